//! What it weighs that two records have one picture. Across villages, people or days it ranks above all else; twice in one visit it may be
//! nothing but a form that asks twice.

use serde_json::{Value, json};

use super::{
    judge::Photo,
    signal::{Code, Signal},
};

/// How two records have one picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Used {
    /// The same bytes.
    Bytes,
    /// Pictures that look alike: how far they agree, 0 to 1.
    Alike(f64),
}

/// Across villages.
const VILLAGES: f64 = 1.0;
/// By different people in one village.
const PEOPLE: f64 = 0.95;
/// On different days.
const DAYS: f64 = 0.9;
/// By one person on one day, in different visits or in none.
const VISITS: f64 = 0.5;
/// In one visit.
const ONE_VISIT: f64 = 0.2;
/// Of these, where the pictures look alike but are not the same bytes. The weakest that is across is still above 0.7.
const ALIKE: f64 = 0.9;

/// The signal of one record that points to the other.
pub(super) fn signal(photo: &Photo, other: &Photo, used: Used) -> Signal {
    let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    let villages = differ(&photo.village, &other.village);
    let people = photo.person != other.person;
    let days = photo.day.zip(other.day).map_or(0, |(one, other)| days_between(one, other));
    let one_visit = photo.visit.is_some() && photo.visit == other.visit;
    let strength = match (villages, people, days, one_visit) {
        (true, ..) => VILLAGES,
        (_, true, ..) => PEOPLE,
        (.., 1.., _) => DAYS,
        (.., false) => VISITS,
        (.., true) => ONE_VISIT,
    };
    let (zh, en) = apart(villages, people, days, one_visit);
    let mut facts = json!({
        "villages_differ": villages, "people_differ": people, "days_apart": days, "one_visit": one_visit,
        "apart_zh": zh, "apart_en": en,
    });
    match used {
        Used::Bytes => Signal::new(Code::SameBytes, strength, Some(other.key), facts),
        Used::Alike(agreement) => {
            facts["agreement_percent"] = Value::from((agreement * 100.0).round() as i64);
            Signal::new(Code::LooksAlike, strength * ALIKE, Some(other.key), facts)
        }
    }
}

fn days_between(one: jiff::civil::Date, other: jiff::civil::Date) -> i64 {
    i64::from((one - other).get_days()).abs()
}

/// In how far two uses are apart, in Chinese and English.
fn apart(villages: bool, people: bool, days: i64, one_visit: bool) -> (String, String) {
    let zh = [
        villages.then(|| "在另一个村".to_owned()),
        people.then(|| "由另一人拍摄".to_owned()),
        (days > 0).then(|| format!("相隔 {days} 天")),
    ];
    let en = [
        villages.then(|| "in another village".to_owned()),
        people.then(|| "by another person".to_owned()),
        (days > 0).then(|| format!("{days} day(s) apart")),
    ];
    let (zh, en): (Vec<String>, Vec<String>) = (zh.into_iter().flatten().collect(), en.into_iter().flatten().collect());
    match (zh.is_empty(), one_visit) {
        (false, _) => (zh.join("，"), en.join(", ")),
        (true, true) => ("在同一次走访中".to_owned(), "in the same visit".to_owned()),
        (true, false) => (
            "由同一人在同一天拍摄，不在同一次走访中".to_owned(),
            "by the same person on the same day, not in one visit".to_owned(),
        ),
    }
}
