//! Cross-checks: each opens a matter, and none decides. And what makes days be derived again: newer code, a town that changes its district.

use jiff::{ToSpan as _, civil::Date};
use mobile_schema::Wgs84;
use sea_orm::{ConnectionTrait as _, Database as SeaOrm};
use serde_json::{Value, json};
use zhucun_tests::office::{Office, text};

use super::{DATABASES, Member, Town, codes, zone};

const VILLAGE: &str = "440811070201";
const TOWN: &str = "440811070";

/// Some day of last month: all that follow lie in one month.
fn early_in_last_month(office: &Office) -> Date {
    let today = jiff::Timestamp::from_millisecond(office.signed_in_ms).expect("a time").to_zoned(zone()).date();
    today.first_of_month().saturating_sub(1.day()).first_of_month().saturating_add(3.days())
}

fn ms(day: Date, clock: (i8, i8, i8)) -> i64 {
    let at = day.at(clock.0, clock.1, clock.2, 0).to_zoned(zone()).expect("a time");
    at.timestamp().as_millisecond()
}

/// What waits, of all days, as `<person's name> <day> <code> <detail>`.
async fn waiting(town: &Town, code: &str) -> Vec<Value> {
    town.office.settled().await.expect("nothing is left to do");
    let all =
        town.office.get("/v1/attendance/matters", &[("place", VILLAGE), ("code", code)]).await.expect("the queue");
    all["matters"].as_array().expect("a list").clone()
}

fn about(matters: &[Value]) -> Vec<String> {
    let one = |matter: &Value| {
        let [person, day, detail] = ["person", "day", "detail"].map(|field| text(matter, field).expect("a text"));
        format!("{} {day} {detail}", person.trim_start_matches("zjedz.p."))
    };
    let mut all: Vec<String> = matters.iter().map(one).collect();
    all.sort();
    all
}

impl Member {
    /// Positions at these places and times of a day.
    async fn was(&mut self, day: Date, at: &[((i8, i8, i8), Wgs84)]) {
        let mut lines = Vec::new();
        for (clock, place) in at {
            let fields = json!({
                "lat": place.lat(), "lon": place.lon(), "accuracy_m": 12.0, "datum": "wgs84", "provider": "gps",
                "village": self.village,
            });
            self.n += 1;
            self.phone.now_ms = ms(day, *clock);
            let id = self.phone.own_id(&format!("f{}", self.n));
            lines.push(self.phone.line(&format!("{}/presence", self.village), "fix", &id, &fields));
        }
        self.phone.push(&lines).await.expect("they are taken");
    }

    /// A photo of these bytes, promised on that day.
    async fn photographed(&mut self, day: Date, sha256: &str) {
        self.n += 1;
        self.phone.now_ms = ms(day, (9, 30, 0));
        let fields = json!({"sha256": sha256, "size": 1_000, "media_type": "image/jpeg"});
        let id = self.phone.own_id(&format!("p{}", self.n));
        let line = self.phone.line(&format!("{}/presence", self.village), "photo", &id, &fields);
        self.phone.push(&[line]).await.expect("it is taken");
    }

    async fn verdict(&self, town: &Town, day: Date) -> (String, Vec<String>) {
        town.office.settled().await.expect("nothing is left to do");
        let path = format!("/v1/attendance/presence/{}/{day}", self.person);
        let file = town.office.get(&path, &[]).await.expect("the day");
        (text(&file, "verdict").expect("a verdict"), codes(&file).into_iter().map(str::to_owned).collect())
    }
}

#[tokio::test]
async fn each_cross_check_opens_a_matter_and_decides_nothing() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let shipped = town.office.get("/v1/attendance/rules/shipped", &[]).await.unwrap();
        let body =
            shipped.as_array().unwrap().iter().find(|rule| rule["name"] == "days-a-month").unwrap()["body"].clone();
        let first = early_in_last_month(&town.office);
        let rule = json!({"key": "attendance", "title": "每月 20 天", "from": first.first_of_month().to_string(), "body": body});
        town.office.write((&format!("{TOWN}/roster"), "rule", "month"), rule).await.unwrap();
        let mut one = town.member("m-0001", VILLAGE).await;
        let mut other = town.member("m-0002", VILLAGE).await;
        roll_call_against_positions(&town, &mut one, first).await;
        two_places_too_far_apart(&town, &mut one, first.saturating_add(1.days())).await;
        one_photo_on_two_days(&town, &mut one, first.saturating_add(2.days())).await;
        two_phones_as_one(&town, &mut one, &mut other, first.saturating_add(5.days())).await;
        town.end().await;
    }
}

async fn roll_call_against_positions(town: &Town, member: &mut Member, day: Date) {
    let inside = member.inside;
    member.was(day, &[((9, 0, 0), inside)]).await;
    assert_eq!(member.verdict(town, day).await.0, "present");
    let mut inspector = town.inspector().await;
    inspector.now_ms = ms(day, (10, 0, 0));
    let fields = json!({"person": member.person, "village": VILLAGE, "state": "absent"});
    let line = inspector.line(&format!("{VILLAGE}/inspection"), "roll_call", &inspector.own_id("c1"), &fields);
    inspector.push(&[line]).await.unwrap();
    let (verdict, reasons) = member.verdict(town, day).await;
    assert_eq!(
        (verdict.as_str(), reasons[0].as_str()),
        ("unconfirmed", "contradiction"),
        "neither word holds until a person decides"
    );
    assert_eq!(about(&waiting(town, "contradiction").await), [format!("m-0001 {day} ")]);
}

async fn two_places_too_far_apart(town: &Town, member: &mut Member, day: Date) {
    let inside = member.inside;
    member.was(day, &[((9, 0, 0), inside)]).await;
    let before = member.verdict(town, day).await.0;
    let far = Wgs84::new(inside.lat() + 0.9, inside.lon()).unwrap();
    member.was(day, &[((9, 2, 0), far)]).await;
    let (verdict, reasons) = member.verdict(town, day).await;
    assert_eq!((verdict.as_str(), before.as_str()), ("present", "present"));
    assert!(reasons.contains(&"signal_speed".to_owned()), "{reasons:?}");
    assert_eq!(about(&waiting(town, "signal").await), [format!("m-0001 {day} impossible_speed")]);
}

async fn one_photo_on_two_days(town: &Town, member: &mut Member, day: Date) {
    let (next, inside) = (day.saturating_add(1.days()), member.inside);
    let (before, sha256) = (waiting(town, "signal").await.len(), "ab".repeat(32));
    for day in [day, next] {
        member.was(day, &[((9, 0, 0), inside)]).await;
        assert_eq!(member.verdict(town, day).await.0, "present");
        member.photographed(day, &sha256).await;
    }
    let waits = about(&waiting(town, "signal").await);
    assert_eq!(waits.len(), before + 2, "{waits:?}");
    for day in [day, next] {
        assert!(waits.contains(&format!("m-0001 {day} photo")), "{waits:?}");
        let (verdict, reasons) = member.verdict(town, day).await;
        assert!(verdict == "present" && reasons.contains(&"signal_photo".to_owned()), "{verdict} {reasons:?}");
    }
}

/// Both phones in one bag, for five days.
async fn two_phones_as_one(town: &Town, one: &mut Member, other: &mut Member, first: Date) {
    let beside = Wgs84::new(one.inside.lat() + 3e-5, one.inside.lon()).unwrap();
    for n in 0..5 {
        let day = first.saturating_add((2 * n).days());
        let inside = one.inside;
        one.was(day, &[((9, 0, 0), inside), ((15, 10, 0), inside)]).await;
        other.was(day, &[((9, 0, 25), beside), ((15, 10, 40), beside)]).await;
        assert!(n == 4 || waiting(town, "as_one").await.is_empty(), "four days are chance");
    }
    // On the days before, one of them was out alone: four of nine days are too many.
    assert!(waiting(town, "as_one").await.is_empty());
    for n in 0..4 {
        let (day, inside) = (first.saturating_sub((5 - n).days()), one.inside);
        other.was(day, &[((9, 0, 20), inside)]).await;
    }
    let found = waiting(town, "as_one").await;
    let day = text(&found[0], "day").unwrap();
    assert_eq!(about(&found), [format!("m-0001 {day} zjedz.p.m-0002")]);
    assert!(found[0]["zh"].as_str().unwrap().contains("的记录总是同时同地"), "{found:?}");
    assert!(!found[0]["zh"].as_str().unwrap().contains("zjedz"), "by name: {found:?}");
    for n in 0..5 {
        let day = first.saturating_add((2 * n).days());
        assert_eq!(
            (one.verdict(town, day).await.0.as_str(), other.verdict(town, day).await.0.as_str()),
            ("present", "present")
        );
    }

    let note = json!({"days": [{"person": one.person, "day": day}], "code": "as_one", "reason": "二人同住，每日同行"});
    town.asked(&town.office, "/v1/attendance/acknowledge", note.clone()).await.success().unwrap();
    assert!(waiting(town, "as_one").await.is_empty());
    town.asked(&town.office, "/v1/attendance/acknowledge", note).await.refused(404, "not_found");
}

/// A server with newer code derives all days again when it starts, and tells what it judges otherwise; nobody has to remember it.
#[tokio::test]
async fn a_server_with_a_newer_engine_derives_all_days_again_and_tells_what_changed() {
    for database in DATABASES {
        let mut town = Town::on(database).await;
        let mut member = town.member("m-0001", VILLAGE).await;
        let inside = member.inside;
        member.measures(9, inside).await;
        assert_eq!(town.file(&member).await["verdict"], "present");
        town.server.stop().await.unwrap();
        // As older code left it.
        let db = SeaOrm::connect(town.server.database_url()).await.unwrap();
        for sql in [
            "UPDATE presence SET engine = 1, verdict = 'absent'",
            "UPDATE setting SET value = '1' WHERE name = 'presence_engine'",
        ] {
            assert!(db.execute_unprepared(sql).await.unwrap().rows_affected() > 0, "{sql}");
        }
        db.close().await.unwrap();
        town.server.start().await.unwrap();
        town.office = Office::sign_in(&town.server.url(), "office", "zhucun-demo").await.unwrap();
        let file = town.file(&member).await;
        assert_eq!((&file["verdict"], &file["history"][0]["verdict"]), (&json!("present"), &json!("absent")));
        assert_eq!(town.waits(&member).await, ["engine_changed"]);
        town.end().await;
    }
}

/// Rules hold by district: the villages of a town that leaves one go by others, and by its own again once it is back.
#[tokio::test]
async fn a_town_that_leaves_its_district_goes_by_other_rules() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let mut member = town.member("m-0001", VILLAGE).await;
        let body = json!({"day": {"windows": [{"name": "上午", "from": "06:00", "to": "12:00"}, {"name": "下午", "from": "14:00", "to": "20:00"}]}});
        let rule = json!({"key": "attendance", "title": "两时段", "from": "2020-01-01", "body": body});
        town.office.write(("zjedz/roster", "rule", "two"), rule).await.unwrap();
        let inside = member.inside;
        member.measures(9, inside).await;
        let seen = async || {
            let file = town.file(&member).await;
            (text(&file, "verdict").unwrap(), text(&file, "rule").unwrap())
        };
        let by_district = ("unconfirmed".to_owned(), "zjedz/two".to_owned());
        assert_eq!(seen().await, by_district);
        let name = ("zjedz/roster", "place", "zjedz");
        let district = town.office.record(name).await.unwrap();
        let nth = district["f"]["towns"].as_array().unwrap().iter().position(|town| town == TOWN).unwrap();
        let adders = district["el"]["towns"][nth].as_array().unwrap().iter();
        let adders: Vec<&Value> = adders.map(|i| &district["by"][i.as_u64().unwrap() as usize][0]).collect();
        let admin = Office::sign_in(&town.server.url(), "admin", "zhucun-demo").await.unwrap();
        admin.write(name, json!({"towns": {"remove": [[TOWN, adders]]}})).await.unwrap();
        assert_eq!(seen().await, ("present".to_owned(), "default".to_owned()));
        admin.write(name, json!({"towns": {"add": [TOWN]}})).await.unwrap();
        assert_eq!(seen().await, by_district);
        town.end().await;
    }
}
