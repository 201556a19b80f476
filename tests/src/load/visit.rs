//! A standard visit, as an inspector's phone writes it. Pure: a seed gives the visit.

use mobile_schema::{Wgs84, derived_id};
use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use zhucun_client::Write;

/// Lines of a standard visit.
pub const LINES: usize = 12;
const FIXES: usize = 6;
const TEMPLATE: &str = "work-team@1";
/// Items of the checklist that a photo answers; the fourth photo is of the visit itself.
const PHOTO_ITEMS: [&str; 3] = ["lodging_photo", "industry_photo", "board_photo"];

/// Who, when, where.
#[derive(Debug, Clone)]
pub struct Trip<'a> {
    /// Who goes.
    pub person: &'a str,
    /// Where to.
    pub village: &'a str,
    /// A point well inside the village.
    pub inside: Wgs84,
    /// When it begins, ms.
    pub begins_ms: i64,
    /// Tells it from others.
    pub seed: u64,
}

/// A line to be written, so long after the visit began.
pub type Timed = (i64, Write);

/// The visit's lines in order of time. `id` is the visit's; `own_id` gives ids of evidence.
pub fn write<E>(trip: &Trip<'_>, id: &str, mut own_id: impl FnMut() -> Result<String, E>) -> Result<Vec<Timed>, E> {
    let mut random = StdRng::seed_from_u64(trip.seed);
    let scope = format!("{}/inspection", trip.village);
    let response = derived_id("response", &[id, TEMPLATE]);
    let photos: Vec<String> = (0..4).map(|_| hash(&mut random)).collect();
    let mut lines = vec![(0, Write::new(&scope, "visit", id, visit(trip)))];
    for n in 0..FIXES {
        let after_ms = n as i64 * 18 * MINUTE_MS + random.random_range(0..MINUTE_MS);
        lines.push((after_ms, Write::new(&scope, "fix", &own_id()?, fix(trip, id, after_ms, &mut random))));
    }
    for (n, sha256) in photos.iter().enumerate() {
        let after_ms = (20 + 15 * n as i64) * MINUTE_MS + random.random_range(0..MINUTE_MS);
        let mut fields = photo(trip, sha256, after_ms, &mut random);
        let subject = PHOTO_ITEMS.get(n).map_or(("visit", id), |_| ("response", &*response));
        (fields["subject_kind"], fields["subject_id"]) = (subject.0.into(), subject.1.into());
        if let Some(item) = PHOTO_ITEMS.get(n) {
            fields["item"] = (*item).into();
        }
        lines.push((after_ms, Write::new(&scope, "photo", &own_id()?, fields)));
    }
    let answers = answers(id, &photos, &mut random);
    lines.push((95 * MINUTE_MS, Write::new(&scope, "response", &response, answers).tpl(TEMPLATE)));
    lines.sort_by_key(|(after_ms, _)| *after_ms);
    Ok(lines)
}

const MINUTE_MS: i64 = 60_000;

fn hash(random: &mut StdRng) -> String {
    let mut bytes = [0; 32];
    random.fill_bytes(&mut bytes);
    hex::encode(bytes)
}

fn visit(trip: &Trip<'_>) -> Value {
    json!({
        "person": trip.person, "place": trip.village, "purpose": "专项督查：驻村工作队在岗与帮扶台账",
        "started": trip.begins_ms, "ended": trip.begins_ms + 96 * MINUTE_MS,
    })
}

/// Some tens of metres from the point, as a receiver's fixes scatter; seven digits are centimetres.
fn near(at: Wgs84, random: &mut StdRng) -> (f64, f64) {
    let mut off = |degrees: f64| ((degrees + random.random_range(-0.0003..0.0003)) * 1e7).round() / 1e7;
    (off(at.lat()), off(at.lon()))
}

fn fix(trip: &Trip<'_>, visit: &str, after_ms: i64, random: &mut StdRng) -> Value {
    let (lat, lon) = near(trip.inside, random);
    json!({
        "visit": visit, "lat": lat, "lon": lon, "accuracy_m": f64::from(random.random_range(40..250)) / 10.0, "datum": "wgs84",
        "provider": "gps", "mock": false, "speed_mps": f64::from(random.random_range(0..18)) / 10.0,
        "altitude_m": f64::from(random.random_range(20..400)) / 10.0, "at": trip.begins_ms + after_ms, "village": trip.village,
    })
}

fn photo(trip: &Trip<'_>, sha256: &str, after_ms: i64, random: &mut StdRng) -> Value {
    let (lat, lon) = near(trip.inside, random);
    json!({
        "sha256": sha256, "size": random.random_range(2_000_000..4_500_000), "media_type": "image/jpeg",
        "taken": trip.begins_ms + after_ms, "lat": lat, "lon": lon, "accuracy_m": f64::from(random.random_range(40..250)) / 10.0,
        "datum": "wgs84", "preview_sha256": hash(random), "preview_size": random.random_range(18_000..60_000),
    })
}

/// What inspectors write differs from visit to visit, or packing a visit against the one before would look better than it is.
const MISSING: [&str; 5] = [
    "村西头有一户屋顶漏水，老人独居，名册上没有。",
    "分户后的小儿子一家四口没有纳入，靠打零工生活。",
    "新婚迁入的一户去年因病住院，自付两万多，未申报。",
    "鱼塘边住着一对残疾夫妇，证件过期，未享受补贴。",
    "外出务工者返乡后失业半年，家中两个孩子在读高中。",
];
const REMARKS: [&str; 7] = [
    "对虾养殖合作社带动十二户，账目清楚；两户台账收入与实际不符，已当场要求三日内更正。",
    "队长在镇里开会有请假条；果园滴灌设备闲置半年，村支书答应月底前找到承包人并报结果。",
    "公示栏缺第三季度资金明细，会计当面补贴上；抽查五户，四户说得出帮扶干部的名字。",
    "火龙果基地今年受台风影响减产三成，保险理赔未到账，已记下保单号转镇农办跟进。",
    "宿舍有被褥和洗漱用品，灶台近期用过；工作日志漏记两天，说是防汛值班，待核对排班表。",
    "三户危房改造已验收，墙面有裂缝一处，拍照存档；低保动态调整会议纪要缺两人签字。",
    "夜校开了八期，签到表齐全；公益岗位实际到岗少一人，工资表与花名册不一致，要求说明。",
];

/// One of them, by the visit's id.
fn one_of(texts: &[&'static str], visit: &str) -> &'static str {
    texts[visit.bytes().map(usize::from).sum::<usize>() % texts.len()]
}

/// All 30 items answered: the conditions that hide some of them hold.
fn answers(visit: &str, photos: &[String], random: &mut StdRng) -> Value {
    let mut score = |max: u32| random.random_range(5..=max);
    let mut all = json!({
        "visit": visit, "template": TEMPLATE, "done": true,
        "i.members_seen": 2, "i.all_accounted": false, "i.absent_reason": "oral_leave", "i.lodging": "in_village",
        "i.presence_score": score(10), "i.plan_this_year": true, "i.plan_progress": "on_time", "i.households_known": 4,
        "i.last_visit_days": score(30), "i.villagers_know": "by_name", "i.duty_score": score(10), "i.new_households": score(20),
        "i.procedure_followed": true, "i.missing_found": true, "i.missing_note": one_of(&MISSING, visit),
        "i.identification_score": score(10), "i.measures_fit": "partly", "i.industry_running": true, "i.jobs": score(60),
        "i.support_score": score(10), "i.funds_public": true, "i.idle_days": score(90), "i.funds_score": score(10),
        "i.files_match": true, "i.integrity_hints": false, "i.overall": "good",
        "i.remarks": one_of(&REMARKS, visit),
    });
    for (item, sha256) in PHOTO_ITEMS.iter().zip(photos) {
        all[format!("i.{item}")] = json!({"add": [sha256]});
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_measure_says() {
        let inside = Wgs84::new(21.0, 110.5).unwrap();
        let trip = Trip { person: "d.p.a", village: "440811070201", inside, begins_ms: 0, seed: 7 };
        let mut ids = 0;
        let lines = write(&trip, "v", || -> Result<String, ()> {
            ids += 1;
            Ok(format!("i.{ids}"))
        });
        assert_eq!(lines.unwrap().len(), LINES);
        let photos: Vec<String> = (0..4).map(|n| n.to_string()).collect();
        let all = answers("v", &photos, &mut StdRng::seed_from_u64(1));
        let items = all.as_object().unwrap().keys().filter(|name| name.starts_with("i.")).count();
        assert_eq!(items, 30);
    }
}
