//! The jobs. Each reads its subjects, lets others decide, and either writes verdicts or names further days.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use jiff::civil::Date;
use sea_orm::DbErr;
use zhucun_presence::{day::Calendar, month::Month};

use super::{book::Bench, days, expand, fixes, noticing, verdicts};
use crate::{
    attendance::subject::{self, Stretch},
    config::Config,
    signals,
    storage::{
        Write, feed,
        jobs::{JobHandler, enqueue},
    },
};

/// All of this feature.
pub fn job_handlers(config: &Config) -> Vec<Arc<dyn JobHandler>> {
    handlers(&Calendar(config.time_zone.clone()))
}

/// All of this feature, where days are those of that calendar.
pub fn handlers(calendar: &Calendar) -> Vec<Arc<dyn JobHandler>> {
    let bench = Bench::new(calendar);
    let expands = [subject::PERSON_DAYS, subject::VILLAGE_DAYS, subject::DUTY_DAYS];
    let mut all: Vec<Arc<dyn JobHandler>> =
        expands.into_iter().map(|kind| Arc::new(Expand { kind, bench: bench.clone() }) as _).collect();
    all.push(Arc::new(RuleDays(calendar.clone())));
    all.push(Arc::new(MemberDays(bench.clone())));
    all.push(Arc::new(MemberMonths(bench)));
    all.push(Arc::new(ErasedEvidence));
    all
}

/// Derives members' days.
struct MemberDays(Bench);

#[async_trait]
impl JobHandler for MemberDays {
    fn kind(&self) -> &'static str {
        subject::MEMBER_DAY
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let court = &self.0.sit(tx).await?;
        let night_minutes = court.book.longest_night_minutes();
        let (mut people, mut wanted) = (BTreeSet::new(), BTreeSet::new());
        for subject in subjects {
            let Some((person, days)) = subject::member_days(subject, &court.calendar, night_minutes) else {
                tracing::warn!(subject, "not a member's day");
                continue;
            };
            wanted.extend(days.into_iter().map(|day| (person.clone(), day)));
            people.insert(person);
        }
        // Before any fix is, as a push does: one that changes fixes and its author's own records would otherwise be crossed.
        feed::keep(tx, people.iter().map(|person| format!("{person}/own"))).await?;
        let judged = fixes::judge(tx, court, &people).await?;
        if !wanted.is_empty() {
            verdicts::derive(tx, days::load(tx, court, &wanted).await?, now_ms).await?;
        }
        enqueue(tx, signals::store::expand::jobs_about(tx, judged).await?, now_ms).await
    }
}

/// Adds up members' months.
struct MemberMonths(Bench);

#[async_trait]
impl JobHandler for MemberMonths {
    fn kind(&self) -> &'static str {
        subject::MEMBER_MONTH
    }

    fn comes_after(&self) -> Option<&'static str> {
        Some(subject::MEMBER_DAY)
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let court = &self.0.sit(tx).await?;
        let mut wanted: BTreeMap<Month, BTreeSet<String>> = BTreeMap::new();
        for subject in subjects {
            let named = subject.split_once('|').and_then(|(person, month)| Some((person, Month::parse(month)?)));
            let Some((person, month)) = named else {
                tracing::warn!(subject, "not a member's month");
                continue;
            };
            wanted.entry(month).or_default().insert(person.to_owned());
        }
        noticing::derive(tx, court, wanted, now_ms).await
    }
}

/// Forgets earlier verdicts that rest on erased evidence.
struct ErasedEvidence;

#[async_trait]
impl JobHandler for ErasedEvidence {
    fn kind(&self) -> &'static str {
        subject::ERASED_EVIDENCE
    }

    async fn run(&self, tx: &Write, subjects: &[String], _now_ms: i64) -> Result<(), DbErr> {
        verdicts::forget(tx, subjects).await
    }
}

/// Names the days that hang on something that lasts.
struct Expand {
    kind: &'static str,
    bench: Bench,
}

#[async_trait]
impl JobHandler for Expand {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let court = &self.bench.sit(tx).await?;
        let stretches = || subjects.iter().filter_map(|s| Stretch::parse(s, &court.calendar)).collect::<Vec<_>>();
        let days = match self.kind {
            subject::PERSON_DAYS => expand::of_people(tx, court, &stretches()).await?,
            subject::VILLAGE_DAYS => expand::of_villages(tx, court, &stretches()).await?,
            _ => expand::of_duties(tx, court, subjects.to_vec()).await?,
        };
        let months = match self.kind {
            subject::PERSON_DAYS => expand::months(tx, &stretches(), "person").await?,
            subject::VILLAGE_DAYS => expand::months(tx, &stretches(), "village").await?,
            _ => BTreeSet::new(),
        };
        let days = days.iter().map(|(person, day)| subject::member_day(person, &day.to_string()));
        let months = months.iter().map(|(person, month)| subject::member_month(person, month));
        enqueue(tx, days.chain(months), now_ms).await
    }
}

/// Names the villages that hang on a rule.
struct RuleDays(Calendar);

#[async_trait]
impl JobHandler for RuleDays {
    fn kind(&self) -> &'static str {
        subject::RULE_DAYS
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let mut jobs = Vec::new();
        for stretch in subjects.iter().filter_map(|s| Stretch::parse(s, &self.0)) {
            let text = |day: Option<Date>| day.map(|day| day.to_string());
            let (first, last) = (text(stretch.first).unwrap_or_else(|| "-".to_owned()), text(stretch.last));
            let villages = expand::villages_of(tx, &stretch.of).await?;
            jobs.extend(villages.iter().flat_map(|village| subject::of_fence(village, &first, last.as_deref())));
        }
        enqueue(tx, jobs, now_ms).await
    }
}
