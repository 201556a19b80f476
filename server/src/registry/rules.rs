//! Rules: what their documents may say, looked at when the office writes one, and which rule holds at a place on a day. Pure.

use std::cmp::Reverse;

use mobile_schema::Place;
use serde_json::{Map, Value};
use zhucun_presence::rule::{self as presence, check::Fault};

use crate::{
    auth::principal::{Districts, covers},
    error::{ErrorCode, Problem},
    retention,
    storage::entities::rule,
};

/// What the settings say of rules.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// No photo may be kept for fewer days.
    pub retention_floor_days: u32,
}

/// Whether a document holds together; else what does not, as `path: why`.
type Check = fn(&Value, &Bounds) -> Result<(), String>;

/// The rules that the server goes by. One of another key is kept, fed, and gone by nobody here.
const KEYS: [(&str, Check); 3] = [
    (presence::KEY, |body, _| sound(presence::check::read(body))),
    (presence::holidays::KEY, |body, _| sound(presence::check::read_holidays(body))),
    ("retention", retention::rule::check),
];

/// All faults of a document in one text.
fn sound<T>(read: Result<T, Vec<Fault>>) -> Result<(), String> {
    let told = |fault: Fault| {
        let path = if fault.path.is_empty() { "body".to_owned() } else { format!("body.{}", fault.path) };
        format!("{path}: {}: {} {}", fault.code, fault.zh, fault.en)
    };
    read.map(drop).map_err(|faults| faults.into_iter().map(told).collect::<Vec<_>>().join("; "))
}

/// Whether a rule of which `shown` is there may have this written to it: what it comes to must hold together.
pub fn check(shown: &Map<String, Value>, written: &Map<String, Value>, bounds: &Bounds) -> Result<(), Problem> {
    let field = |name: &str| written.get(name).or_else(|| shown.get(name)).filter(|value| !value.is_null());
    let refused = |why: String| Err(Problem::new(ErrorCode::RuleRefused, why));
    let day = |name: &str| field(name).and_then(Value::as_str);
    // Days are written so that they sort as texts.
    if day("from").zip(day("to")).is_some_and(|(from, to)| to < from) {
        return refused("to: before from".to_owned());
    }
    let key = field("key").and_then(Value::as_str);
    let check = KEYS.iter().find(|(name, _)| Some(*name) == key).map(|(_, check)| check);
    match check.zip(field("body")) {
        Some((check, body)) => check(body, bounds).or_else(refused),
        None => Ok(()),
    }
}

/// Of versions of one rule those that hold at a place on a day, the one to go by first: of the narrowest place, and there the one that began
/// last. Who finds nothing said in it asks the next.
pub fn holding<'r>(rules: &'r [rule::Model], place: &Place, day: &str, districts: &Districts) -> Vec<&'r rule::Model> {
    let holds = |rule: &&rule::Model| {
        let here = Place::parse(&rule.place).is_some_and(|above| covers(&above, place, districts));
        here && *rule.from_day <= *day && rule.to_day.as_deref().is_none_or(|to| day <= to)
    };
    let mut holding: Vec<&rule::Model> = rules.iter().filter(holds).collect();
    holding.sort_by_key(|rule| Reverse((narrowness(&rule.place), &rule.from_day, &rule.id)));
    holding
}

/// Of two places that cover a third the higher is the narrower one.
fn narrowness(place: &str) -> usize {
    match Place::parse(place) {
        Some(place) if place.is_division() => place.as_str().len(),
        // A set of towns, which have nine digits; it may reach beyond a county, which has six.
        Some(place) if place.is_district() => 8,
        // A unit or a person.
        _ => 13,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn refusal(shown: Value, written: Value) -> Option<String> {
        let checked = check(&object(shown), &object(written), &Bounds { retention_floor_days: 30 });
        checked.err().map(|problem| {
            assert_eq!(problem.code, ErrorCode::RuleRefused);
            problem.detail
        })
    }

    #[test]
    fn what_a_rule_comes_to_is_looked_at_and_not_what_is_written_alone() {
        let body = |days: u32| json!({"photos": {"household": {"keep_days": days, "since": "taken"}}});
        let whole = |days| json!({"key": "retention", "from": "2026-01-01", "body": body(days)});
        assert_eq!(refusal(json!({}), whole(30)), None);
        let short = "body.photos.household.keep_days: 30 to 36500";
        assert_eq!(refusal(json!({}), whole(29)).as_deref(), Some(short));
        assert_eq!(refusal(whole(30), json!({"body": body(29)})).as_deref(), Some(short));
        assert_eq!(refusal(json!({"body": body(29)}), json!({"key": "retention"})).as_deref(), Some(short));
        assert_eq!(refusal(whole(30), json!({"to": "2025-12-31"})).as_deref(), Some("to: before from"));
        assert_eq!(refusal(whole(30), json!({"to": "2026-01-01"})), None);
        assert_eq!(refusal(json!({"to": "2025-12-31", "from": "2026-01-01"}), json!({"to": null})), None);
        assert_eq!(refusal(json!({}), json!({"key": "tea", "body": {"cups": 2}})), None, "nobody goes by it");
    }

    #[test]
    fn the_narrowest_place_goes_first_and_there_what_began_last() {
        let rule = |place: &str, id: &str, from: &str, to: Option<&str>| rule::Model {
            record: id.as_bytes().to_vec(),
            key: "retention".into(),
            place: place.into(),
            id: id.into(),
            title: String::new(),
            from_day: from.into(),
            to_day: to.map(str::to_owned),
            body: "{}".into(),
        };
        let rules = [
            rule("440811", "county", "2020-01-01", None),
            rule("zjedz", "district", "2020-01-01", None),
            rule("440811070", "town", "2020-01-01", Some("2026-06-30")),
            rule("440811070", "town, new", "2026-01-01", None),
            rule("440811070", "town, later", "2027-01-01", None),
            rule("440811070201", "village", "2020-01-01", None),
            rule("440811071", "another town", "2020-01-01", None),
        ];
        let districts = Districts::from([("zjedz".to_owned(), vec!["440811070".to_owned(), "440811071".to_owned()])]);
        let holding = |place: &str, day: &str| {
            let place = Place::parse(place).unwrap();
            holding(&rules, &place, day, &districts).into_iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(holding("440811070201", "2026-03-01"), ["village", "town, new", "town", "district", "county"]);
        assert_eq!(holding("440811070202", "2026-07-01"), ["town, new", "district", "county"]);
        assert_eq!(holding("440811070202", "2026-06-30"), ["town, new", "town", "district", "county"]);
        assert_eq!(holding("zjedz.p.a", "2026-03-01"), ["district"]);
        assert!(holding("440811070201", "2019-12-31").is_empty());
    }
}
