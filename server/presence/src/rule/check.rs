//! Is a document sound? A rule that contradicts itself is refused where it is written, with all that is wrong with it at once.

use serde::Serialize;
use serde_json::Value;

use super::{DUTIES, Evidence, LEAVES, Period, Rule, Together, holidays};
use crate::day::parse;

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// Where, as `day.windows[1].to`; empty for the whole.
    pub path: String,
    /// Stable code.
    pub code: &'static str,
    /// A sentence in Chinese.
    pub zh: String,
    /// A sentence in English.
    pub en: String,
}

/// Reads a document of key `attendance`.
pub fn read(body: &Value) -> Result<Rule, Vec<Fault>> {
    let rule: Rule = typed(body)?;
    let faults = faults(&rule);
    if faults.is_empty() { Ok(rule) } else { Err(faults) }
}

/// Reads a document of key `holidays`.
pub fn read_holidays(body: &Value) -> Result<holidays::Document, Vec<Fault>> {
    let document: holidays::Document = typed(body)?;
    let mut known = holidays::Holidays::default();
    let mut faults: Vec<Fault> = known
        .add(&document)
        .into_iter()
        .map(|text| {
            fault(
                "off",
                "not_days",
                format!("“{text}”不是日期或不超过 31 天的起止日期"),
                format!("“{text}” is no day, nor a stretch of at most 31 days written first/last."),
            )
        })
        .collect();
    faults.extend(known.contradictions().into_iter().map(|day| {
        fault("work", "off_and_worked", format!("{day} 既放假又上班"), format!("{day} is both off and worked."))
    }));
    if faults.is_empty() { Ok(document) } else { Err(faults) }
}

fn typed<T: serde::de::DeserializeOwned>(body: &Value) -> Result<T, Vec<Fault>> {
    let unreadable = |why: String| {
        vec![fault("", "unreadable", format!("规则无法读取：{why}"), format!("The rule cannot be read: {why}."))]
    };
    if !body.is_object() {
        return Err(unreadable("not a JSON object".to_owned()));
    }
    serde_json::from_value(body.clone()).map_err(|error| unreadable(error.to_string()))
}

fn fault(path: &str, code: &'static str, zh: String, en: String) -> Fault {
    Fault { path: path.to_owned(), code, zh, en }
}

/// All that is wrong with a rule.
pub fn faults(rule: &Rule) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut check = |good: bool, path: &str, code: &'static str, zh: &str, en: &str| {
        if !good {
            faults.push(fault(path, code, zh.to_owned(), en.to_owned()));
        }
    };
    if let Some(floor) = rule.floor {
        let most = if floor.per == Period::Month { 31 } else { 366 };
        check(
            (1..=most).contains(&floor.days),
            "floor.days",
            "floor_out_of_range",
            "最低天数必须至少为 1，且不超过一个周期的天数",
            "The floor is at least 1 day and at most the days of its period.",
        );
    }
    check(
        !rule.required.weekdays.is_empty(),
        "required.weekdays",
        "never_required",
        "至少要有一个要求在岗的星期",
        "At least one day of the week must be required.",
    );
    let day = &rule.day;
    check(
        !day.evidence.is_empty(),
        "day.evidence",
        "no_evidence_counts",
        "至少要有一种证据有效",
        "Some evidence must count.",
    );
    check(
        (1..=24).contains(&day.pieces),
        "day.pieces",
        "pieces_out_of_range",
        "每天需要 1 至 24 条证据",
        "A day takes 1 to 24 pieces.",
    );
    check(
        u32::from(day.pieces.saturating_sub(1)) * u32::from(day.apart_minutes) < 24 * 60,
        "day.apart_minutes",
        "no_room_in_a_day",
        "按要求的间隔，一天之内放不下这么多条证据",
        "So many pieces, so far apart, do not fit into a day.",
    );
    check(
        day.roll_call_suffices || day.evidence.contains(&Evidence::Fix) || day.pieces == 1,
        "day.evidence",
        "only_roll_calls",
        "只计查岗又要求多条，等于要求督查员一天多次到场",
        "Several pieces of nothing but roll calls would ask inspectors to come several times a day.",
    );
    check(
        !day.roll_call_suffices || day.evidence.contains(&Evidence::RollCall),
        "day.roll_call_suffices",
        "roll_call_does_not_count",
        "查岗不计为证据，却又说查岗见到即可",
        "Roll calls do not count, and yet one is said to suffice.",
    );
    for (n, window) in day.windows.iter().enumerate() {
        check(
            window.from < window.to,
            &format!("day.windows[{n}].to"),
            "window_ends_before_it_begins",
            "时段的结束必须晚于开始",
            "A window ends after it begins.",
        );
        check(
            day.windows[..n].iter().all(|other| other.to <= window.from || window.to <= other.from),
            &format!("day.windows[{n}]"),
            "windows_overlap",
            "时段互相重叠",
            "Windows overlap.",
        );
    }
    // Of many alike pieces the server reads some of each quarter of an hour.
    let edges = day.windows.iter().flat_map(|w| [w.from, w.to]).chain(day.night.iter().flat_map(|n| [n.from, n.to]));
    check(
        edges.into_iter().all(|clock| clock.minutes % 15 == 0),
        "day",
        "not_a_quarter",
        "时段和夜间应从整刻钟开始、到整刻钟结束",
        "Windows and nights begin and end on a quarter of an hour.",
    );
    if let Some(night) = day.night {
        check(
            night.from.minutes >= 12 * 60
                && night.to.minutes <= 12 * 60
                && night.from.minutes < 24 * 60
                && night.to.minutes > 0,
            "day.night",
            "not_a_night",
            "夜间应从午后某时到次日中午前某时",
            "A night goes from some time after noon to some time before noon of the next day.",
        );
    }
    each_known(&rule.away.kinds, &DUTIES, "away.kinds", &mut faults);
    each_known(&rule.leave.kinds, &LEAVES, "leave.kinds", &mut faults);
    let offered: Vec<&str> = rule.leave.kinds.iter().map(String::as_str).collect();
    each_known(&rule.leave.lowers_floor, &offered, "leave.lowers_floor", &mut faults);
    levels(rule, &mut faults);
    thresholds(rule, &mut faults);
    together(rule, &mut faults);
    if let Some(check_in) = &rule.check_in {
        let said = |text: &str| text.trim().chars().count() >= 4;
        if !(said(&check_in.legal_basis) && said(&check_in.decided_by) && parse(&check_in.decided_on).is_some()) {
            faults.push(fault(
                "check_in",
                "check_in_without_basis",
                "定时签到默认关闭（国办函〔2026〕12号）；要启用，必须写明法律依据、决定者和决定日期".to_owned(),
                "Scheduled clock-in is off (State Council 2026 no. 12): to switch it on the legal basis, who decided and when must be recorded.".to_owned(),
            ));
        }
    }
    faults
}

fn each_known(kinds: &[String], known: &[&str], path: &str, faults: &mut Vec<Fault>) {
    for kind in kinds.iter().filter(|kind| !known.contains(&kind.as_str())) {
        faults.push(fault(
            path,
            "unknown_kind",
            format!("没有“{kind}”这一种"),
            format!("There is no kind “{kind}” here."),
        ));
    }
}

fn levels(rule: &Rule, faults: &mut Vec<Fault>) {
    let levels = &rule.leave.levels;
    let open_last = levels.last().is_some_and(|last| last.up_to_days.is_none());
    if !open_last {
        faults.push(fault(
            "leave.levels",
            "nobody_approves_long_leave",
            "最后一级必须不限天数，否则较长的假无人可批".to_owned(),
            "The last level has no limit, or nobody could approve longer leave.".to_owned(),
        ));
    }
    let rising = levels.windows(2).all(|two| {
        two[0].by < two[1].by && two[0].up_to_days.zip(two[1].up_to_days.or(Some(u16::MAX))).is_some_and(|(a, b)| a < b)
    });
    if !rising {
        faults.push(fault(
            "leave.levels",
            "levels_do_not_rise",
            "审批级别和天数都必须逐级升高".to_owned(),
            "Levels rise, and so do their days.".to_owned(),
        ));
    }
}

fn thresholds(rule: &Rule, faults: &mut Vec<Fault>) {
    let fix = &rule.fix;
    if !(0.5 < fix.inside_from && fix.inside_from < 1.0 && 0.0 < fix.outside_to && fix.outside_to < 0.5) {
        faults.push(fault(
            "fix",
            "thresholds_out_of_order",
            "inside_from 应在 0.5 与 1 之间，outside_to 应在 0 与 0.5 之间".to_owned(),
            "inside_from lies between 0.5 and 1, outside_to between 0 and 0.5.".to_owned(),
        ));
    }
    let metres = [fix.accuracy_limit_m, fix.assumed_accuracy_m, fix.datum_doubt_m];
    if !metres.iter().all(|m| (1.0..=100_000.0).contains(m)) {
        faults.push(fault(
            "fix",
            "metres_out_of_range",
            "以米计的值应在 1 与 100000 之间".to_owned(),
            "Values in metres lie between 1 and 100,000.".to_owned(),
        ));
    }
}

/// Fewer days, or wider bounds, would find everybody who lives in one house.
fn together(rule: &Rule, faults: &mut Vec<Fault>) {
    let Together { days, seconds, metres, apart_percent } = rule.together;
    let sound = (days == 0 || (3..=28).contains(&days))
        && (10..=300).contains(&seconds)
        && (5..=100).contains(&metres)
        && apart_percent <= 20;
    if !sound {
        faults.push(fault(
            "together",
            "together_out_of_range",
            "days 应为 0（不查）或 3 至 28，seconds 10 至 300，metres 5 至 100，apart_percent 不超过 20".to_owned(),
            "days is 0 (not looked for) or 3 to 28, seconds 10 to 300, metres 5 to 100, apart_percent at most 20."
                .to_owned(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::shipped;

    #[test]
    fn the_rule_sets_that_ship_are_sound() {
        for shipped in shipped::ALL {
            let body = serde_json::from_str(shipped.body).unwrap();
            match shipped.key {
                holidays::KEY => drop(read_holidays(&body).unwrap()),
                _ => drop(read(&body).unwrap()),
            }
        }
        assert_eq!(read(&json!({})), Ok(Rule::default()));
    }

    #[test]
    fn what_contradicts_itself_is_told_with_its_place() {
        let wrong = [
            (json!({"floor": {"days": 40, "per": "month"}}), "floor_out_of_range"),
            (json!({"floor": {"days": 0, "per": "year"}}), "floor_out_of_range"),
            (json!({"required": {"weekdays": []}}), "never_required"),
            (json!({"day": {"evidence": [], "roll_call_suffices": false}}), "no_evidence_counts"),
            (json!({"day": {"pieces": 0}}), "pieces_out_of_range"),
            (json!({"day": {"pieces": 4, "apart_minutes": 480}}), "no_room_in_a_day"),
            (json!({"day": {"pieces": 3, "evidence": ["roll_call"], "roll_call_suffices": false}}), "only_roll_calls"),
            (json!({"day": {"evidence": ["fix"]}}), "roll_call_does_not_count"),
            (
                json!({"day": {"windows": [{"name": "a", "from": "12:00", "to": "08:00"}]}}),
                "window_ends_before_it_begins",
            ),
            (
                json!({"day": {"windows": [{"name": "a", "from": "08:00", "to": "12:00"}, {"name": "b", "from": "11:00", "to": "13:00"}]}}),
                "windows_overlap",
            ),
            (json!({"day": {"night": {"from": "02:00", "to": "06:00"}}}), "not_a_night"),
            (json!({"day": {"night": {"from": "20:10", "to": "06:00"}}}), "not_a_quarter"),
            (json!({"away": {"kinds": ["holiday"]}}), "unknown_kind"),
            (json!({"leave": {"kinds": ["sick"], "lowers_floor": ["annual"]}}), "unknown_kind"),
            (json!({"leave": {"levels": [{"up_to_days": 3, "by": "town"}]}}), "nobody_approves_long_leave"),
            (json!({"leave": {"levels": []}}), "nobody_approves_long_leave"),
            (json!({"leave": {"levels": [{"by": "office"}, {"by": "town"}]}}), "levels_do_not_rise"),
            (json!({"fix": {"inside_from": 0.4}}), "thresholds_out_of_order"),
            (json!({"fix": {"accuracy_limit_m": 0.0}}), "metres_out_of_range"),
            (
                json!({"check_in": {"legal_basis": "", "decided_by": "办公室", "decided_on": "2026-01-10"}}),
                "check_in_without_basis",
            ),
            (json!({"together": {"days": 1}}), "together_out_of_range"),
            (json!({"together": {"metres": 500}}), "together_out_of_range"),
            (json!({"check_in": {}}), "unreadable"),
            (json!({"ranking": true}), "unreadable"),
            (json!([]), "unreadable"),
        ];
        for (body, code) in wrong {
            let faults = read(&body).unwrap_err();
            assert!(faults.iter().any(|fault| fault.code == code), "{body}: {faults:?}");
            assert!(faults.iter().all(|fault| !fault.zh.is_empty() && !fault.en.is_empty()));
        }
        let holidays = json!({"off": ["2026-01-01/2026-01-03", "x"], "work": ["2026-01-02"]});
        let codes: Vec<&str> = read_holidays(&holidays).unwrap_err().iter().map(|fault| fault.code).collect();
        assert_eq!(codes, ["not_days", "off_and_worked"]);
    }

    #[test]
    fn a_document_written_and_read_again_is_the_same() {
        for body in [include_str!("../../rules/days-a-year.json"), include_str!("../../rules/two-windows.json")] {
            let rule = read(&serde_json::from_str(body).unwrap()).unwrap();
            assert_eq!(read(&serde_json::to_value(&rule).unwrap()), Ok(rule));
        }
    }
}
