//! A member's month in a village as it was signed off, and where it differs from what is derived now.
//!
//! What is sealed says all by itself: each day's verdict and the hash of what it was derived from, the sums and the floor, by which rules and which
//! version of the code. So what was signed can be read when evidence, rules and code have long changed.
//!
//! It quotes nobody. What a person wrote may have to be erased, and a seal can neither be written over nor lose a word without its hash being another; so of
//! a sentence that quotes it has the rest, and a hash by which the whole is known as long as it stands elsewhere.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    day::parse,
    decide::{PresenceVerdict, Verdict},
    inputs::DayInputs,
    month::{Day, Sums, sums},
    reason::Reason,
    rule::ENGINE,
};

/// Most characters of a sentence that is sealed: a reason of the office may be a whole page.
const MOST_CHARS: usize = 200;

/// A member's month in a village, as signed off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Version of the code that decided.
    pub engine: i32,
    /// The rules that held, by which the days name theirs.
    pub rules: Vec<SealedRule>,
    /// The days that counted there, in order.
    pub days: Vec<SealedDay>,
    /// Added up.
    pub sums: Sums,
}

/// Which rule held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SealedRule {
    /// `<place>/<id>`, or `default`.
    pub name: String,
    /// SHA-256 of what it says, in hex.
    pub digest: String,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDay {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// What it counts as.
    pub verdict: Verdict,
    /// Which of the rules.
    pub rule: usize,
    /// Hash of what it was derived from.
    pub inputs: String,
    /// Of an exceptional day: why, in Chinese.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub zh: String,
    /// In English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
    /// Where the sentence quotes somebody, which these two leave out: [`SealedDay::hash_of`] the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quoted: String,
}

impl SealedDay {
    /// By what a reason that quotes somebody is known again on that day: SHA-256, in hex, with what the day was derived from, so that the same words on two
    /// days have nothing in common.
    pub fn hash_of(inputs: &str, reason: &Reason) -> String {
        hex::encode(Sha256::digest(format!("{inputs}\n{}\n{}", reason.zh, reason.en)))
    }

    /// Whether this is the reason that was sealed.
    pub fn is_of(&self, reason: &Reason) -> bool {
        !self.quoted.is_empty() && self.quoted == Self::hash_of(&self.inputs, reason)
    }
}

impl Sealed {
    /// Of these days, in order.
    pub fn of(days: &[(&DayInputs, &PresenceVerdict)]) -> Self {
        let rule = |day: &DayInputs| SealedRule { name: day.ruling.name.clone(), digest: day.ruling.digest.clone() };
        let mut rules: Vec<SealedRule> = days.iter().map(|(day, _)| rule(day)).collect();
        rules.sort_unstable();
        rules.dedup();
        let sealed = days.iter().map(|(day, decided)| {
            let (rule, inputs) = (rules.binary_search(&rule(day)).unwrap_or_default(), day.hash());
            let reason = decided.reasons.first().filter(|_| is_exceptional(decided.verdict));
            let (zh, en) = reason.map_or_else(Default::default, |reason| {
                let plain = reason.unquoted();
                (short(&plain.zh), short(&plain.en))
            });
            let quotes = reason.filter(|reason| reason.code.quotes());
            let quoted = quotes.map_or_else(String::new, |reason| SealedDay::hash_of(&inputs, reason));
            SealedDay { day: day.day.clone(), verdict: decided.verdict, rule, inputs, zh, en, quoted }
        });
        let sums = sums(days.iter().filter_map(|(day, decided)| Day::of(day, decided.verdict)));
        Self { engine: ENGINE, days: sealed.collect(), sums, rules }
    }

    /// SHA-256 of it, in hex.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(serde_json::to_vec(self).expect("plain values serialise")))
    }

    /// The days that nobody could decide.
    pub fn open(&self) -> impl Iterator<Item = &SealedDay> {
        self.days.iter().filter(|day| day.verdict == Verdict::Unconfirmed)
    }
}

/// Whether a sheet says why.
pub fn is_exceptional(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Present | Verdict::NotRequired)
}

/// The sentence, or its beginning.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a day counts as, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Counted {
    /// As what.
    pub verdict: Verdict,
    /// In which village.
    pub village: Option<String>,
}

/// A day on which what is derived now differs from what was sealed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which.
    pub day: Date,
    /// As sealed; none where the month of the village was sealed without the member's day.
    pub sealed: Option<Counted>,
    /// As derived.
    pub now: Counted,
}

impl Difference {
    /// The village in whose sealed month it is.
    pub fn village(&self) -> &str {
        let sealed = self.sealed.as_ref().and_then(|counted| counted.village.as_deref());
        sealed.or(self.now.village.as_deref()).unwrap_or_default()
    }

    /// From what to what: `present@440811070201>absent@440811070201`; `-` where there is nothing.
    pub fn detail(&self) -> String {
        let one =
            |counted: &Counted| format!("{}@{}", counted.verdict.name(), counted.village.as_deref().unwrap_or("-"));
        format!("{}>{}", self.sealed.as_ref().map_or_else(|| "-".to_owned(), one), one(&self.now))
    }
}

/// Where a member's days differ from the seals of that month. `sealed` has the member's own seals that hold, by village, and also the villages whose month
/// was sealed without the member.
pub fn differences(sealed: &BTreeMap<String, Option<Sealed>>, days: &[(Date, Counted)]) -> Vec<Difference> {
    let mut all = Vec::new();
    let now: BTreeMap<Date, &Counted> = days.iter().map(|(day, counted)| (*day, counted)).collect();
    let mut named = Vec::new();
    for (village, body) in sealed {
        for day in body.iter().flat_map(|body| &body.days) {
            let Some(date) = parse(&day.day) else { continue };
            let then = Counted { verdict: day.verdict, village: Some(village.clone()) };
            let Some(counted) = now.get(&date) else { continue };
            named.push((date, village));
            if then != **counted {
                all.push(Difference { day: date, sealed: Some(then), now: (*counted).clone() });
            }
        }
    }
    for (day, counted) in days {
        let Some(village) = counted.village.as_ref().filter(|village| sealed.contains_key(*village)) else { continue };
        if !named.contains(&(*day, village)) {
            all.push(Difference { day: *day, sealed: None, now: counted.clone() });
        }
    }
    // Of a day that moved from one sealed village to another both notices say the same; the first will do for each pair.
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Absent, NotRequired, Present, Unconfirmed};

    fn sealed(days: &[(&str, Verdict)]) -> Sealed {
        let day = |(day, verdict): &(&str, Verdict)| SealedDay {
            day: (*day).to_owned(),
            verdict: *verdict,
            rule: 0,
            inputs: "00".repeat(32),
            zh: String::new(),
            en: String::new(),
            quoted: String::new(),
        };
        let rules = vec![SealedRule { name: "default".into(), digest: "11".repeat(32) }];
        Sealed { engine: 1, rules, days: days.iter().map(day).collect(), sums: Sums::default() }
    }

    fn now(days: &[(&str, Verdict, Option<&str>)]) -> Vec<(Date, Counted)> {
        let one = |(day, verdict, village): &(&str, Verdict, Option<&str>)| {
            (parse(day).unwrap(), Counted { verdict: *verdict, village: village.map(str::to_owned) })
        };
        days.iter().map(one).collect()
    }

    fn told(sealed: &[(&str, Option<Sealed>)], days: &[(&str, Verdict, Option<&str>)]) -> Vec<String> {
        let sealed = sealed.iter().map(|(village, body)| ((*village).to_owned(), body.clone())).collect();
        differences(&sealed, &now(days)).iter().map(|d| format!("{} {}", d.day, d.detail())).collect()
    }

    #[test]
    fn what_differs_is_named_and_what_does_not_is_not() {
        let a = sealed(&[("2026-03-01", Present), ("2026-03-02", Unconfirmed), ("2026-03-03", Present)]);
        let same = [
            ("2026-03-01", Present, Some("A")),
            ("2026-03-02", Unconfirmed, Some("A")),
            ("2026-03-03", Present, Some("A")),
        ];
        assert!(told(&[("A", Some(a.clone()))], &same).is_empty());
        let days = [
            ("2026-03-01", Absent, Some("A")),
            ("2026-03-02", Unconfirmed, Some("A")),
            ("2026-03-03", NotRequired, None),
        ];
        assert_eq!(
            told(&[("A", Some(a.clone()))], &days),
            ["2026-03-01 present@A>absent@A", "2026-03-03 present@A>not_required@-"]
        );
        assert!(told(&[], &days).is_empty(), "an open month differs from nothing");
    }

    #[test]
    fn a_day_that_came_to_a_sealed_village_or_moved_away_is_a_difference() {
        assert_eq!(told(&[("A", None)], &[("2026-03-01", Present, Some("A"))]), ["2026-03-01 ->present@A"]);
        let a = sealed(&[("2026-03-01", Present)]);
        let moved = [("2026-03-01", Present, Some("B"))];
        assert_eq!(told(&[("A", Some(a.clone()))], &moved), ["2026-03-01 present@A>present@B"]);
        // B was sealed too, with the day in it: what A's seal says is still another thing.
        let b = sealed(&[("2026-03-01", Present)]);
        assert_eq!(told(&[("A", Some(a)), ("B", Some(b))], &moved), ["2026-03-01 present@A>present@B"]);
    }

    #[test]
    fn the_longest_month_fits_into_a_line() {
        let mut body = sealed(&[]);
        body.days = (1..=31)
            .map(|n| SealedDay {
                day: format!("2026-01-{n:02}"),
                verdict: Unconfirmed,
                rule: 1_000,
                inputs: "00".repeat(32),
                zh: short(&"村".repeat(1_100)),
                en: short(&"村".repeat(1_100)),
                quoted: "00".repeat(32),
            })
            .collect();
        let field = mobile_schema::kind("seal").unwrap().field("body").unwrap();
        let mobile_schema::FieldType::Json { max_bytes } = field.ty else { panic!("not JSON") };
        let bytes = serde_json::to_vec(&body).unwrap().len();
        assert!(bytes < max_bytes, "{bytes}");
        assert_eq!(serde_json::from_slice::<Sealed>(&serde_json::to_vec(&body).unwrap()).unwrap(), body);
        assert_eq!(body.open().count(), 31);
    }
}
