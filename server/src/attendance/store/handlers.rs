//! The jobs. Each reads its subjects, lets others decide, and either writes verdicts or names further days.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use sea_orm::DbErr;

use super::{Court, days, expand, fixes, verdicts};
use crate::{
    attendance::subject::{self, Stretch},
    config::Config,
    storage::{
        Write,
        jobs::{JobHandler, enqueue},
    },
};

/// All of this feature.
pub fn job_handlers(config: &Config) -> Vec<Arc<dyn JobHandler>> {
    handlers(&Court::of(config))
}

/// All of this feature, judging as that court does.
pub fn handlers(court: &Court) -> Vec<Arc<dyn JobHandler>> {
    let expands = [subject::PERSON_DAYS, subject::VILLAGE_DAYS, subject::DUTY_DAYS];
    let mut all: Vec<Arc<dyn JobHandler>> =
        expands.into_iter().map(|kind| Arc::new(Expand { kind, court: court.clone() }) as _).collect();
    all.push(Arc::new(MemberDays(court.clone())));
    all.push(Arc::new(ErasedEvidence));
    all
}

/// Derives members' days.
struct MemberDays(Court);

#[async_trait]
impl JobHandler for MemberDays {
    fn kind(&self) -> &'static str {
        subject::MEMBER_DAY
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let Self(court) = self;
        let (mut people, mut wanted) = (BTreeSet::new(), BTreeSet::new());
        for subject in subjects {
            let Some((person, days)) = subject::member_days(subject, &court.calendar) else {
                tracing::warn!(subject, "not a member's day");
                continue;
            };
            wanted.extend(days.into_iter().map(|day| (person.clone(), day)));
            people.insert(person);
        }
        fixes::judge(tx, court, &people).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        verdicts::derive(tx, days::load(tx, court, &wanted).await?, now_ms).await
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
    court: Court,
}

#[async_trait]
impl JobHandler for Expand {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let stretches = || subjects.iter().filter_map(|s| Stretch::parse(s, &self.court.calendar)).collect::<Vec<_>>();
        let days = match self.kind {
            subject::PERSON_DAYS => expand::of_people(tx, &self.court, &stretches()).await?,
            subject::VILLAGE_DAYS => expand::of_villages(tx, &self.court, &stretches()).await?,
            _ => expand::of_duties(tx, &self.court, subjects.to_vec()).await?,
        };
        enqueue(tx, days.iter().map(|(person, day)| subject::member_day(person, &day.to_string())), now_ms).await
    }
}
