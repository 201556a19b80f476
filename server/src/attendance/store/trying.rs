//! What a rule would have changed, had it held: days that are past are decided by it, and nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr};
use zhucun_presence::{
    decide::{PresenceVerdict, decide},
    inputs::DayInputs,
    month::{Day, Sums, sums},
    rule::Rule,
};

use super::{
    Court,
    days::{self, MemberDay},
    read::{self, ListError, Wanted},
};
use crate::attendance::asker::Asker;

/// A member whose days, or whose sums, would be others.
#[derive(Debug)]
pub struct Changed {
    /// The member.
    pub person: String,
    /// By the rules as they are.
    pub before: Sums,
    /// By the rule that is tried.
    pub after: Sums,
    /// Days that would count as something else: day, before, after.
    pub days: Vec<(String, PresenceVerdict, PresenceVerdict)>,
}

/// What would be others, by person, and how many member-days were looked at.
pub async fn run(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    wanted: &Wanted,
    (place, rule): (&str, Rule),
) -> Result<(Vec<Changed>, usize), ListError> {
    let days: BTreeSet<MemberDay> = read::member_days(db, court, asker, wanted).await?;
    let tried = Court { calendar: court.calendar.clone(), book: court.book.with(place, rule).into() };
    let before = decided(db, court, &days).await?;
    let after = decided(db, &tried, &days).await?;
    let mut people: BTreeMap<&str, Vec<(&Decided, &Decided)>> = BTreeMap::new();
    for (old, new) in before.iter().zip(&after) {
        people.entry(&old.0.person).or_default().push((old, new));
    }
    let changed = people.into_iter().filter_map(|(person, days)| {
        let before = sums(days.iter().filter_map(|(old, _)| day(old)));
        let after = sums(days.iter().filter_map(|(_, new)| day(new)));
        let others: Vec<_> = days
            .iter()
            .filter(|(old, new)| old.1.verdict != new.1.verdict)
            .map(|(old, new)| (old.0.day.clone(), old.1.clone(), new.1.clone()))
            .collect();
        let is_other = before != after || !others.is_empty();
        is_other.then(|| Changed { person: person.to_owned(), before, after, days: others })
    });
    Ok((changed.collect(), days.len()))
}

type Decided = (DayInputs, PresenceVerdict);

async fn decided(db: &impl ConnectionTrait, court: &Court, days: &BTreeSet<MemberDay>) -> Result<Vec<Decided>, DbErr> {
    let loaded = days::load(db, court, days).await?;
    Ok(loaded.inputs.into_iter().map(|day| (decide(&day), day)).map(|(verdict, day)| (day, verdict)).collect())
}

fn day((inputs, decided): &Decided) -> Option<Day<'_>> {
    Day::of(inputs, decided.verdict)
}
