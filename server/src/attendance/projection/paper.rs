//! What is asked for and decided on: leave, duty away, when it was reported, reviews.
//!
//! These live in a person's own scope, and bear on that person alone: whoever may write in one scope must not be able to excuse, or
//! accuse, somebody else.

use mobile_schema::kinds::{duty_away::DutyAway, leave::Leave, received::Received, review::Review};
use zhucun_presence::decide::Verdict;

use super::{author, by_another, person_of_scope, writers};
use crate::{
    attendance::subject,
    storage::{
        entities::{duty_away, leave, received, review},
        jobs::JobKey,
        projection::{Changed, RowPerRecord},
    },
};

pub(super) struct Leaves;

impl RowPerRecord for Leaves {
    type Entity = leave::Entity;
    const KINDS: &'static [&'static str] = &["leave"];

    fn record_column() -> leave::Column {
        leave::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<leave::Model> {
        let leave: Leave = record.read();
        let from_day = leave.from?;
        Some(leave::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: person_of_scope(record)?,
            to_day: leave.to.unwrap_or_else(|| from_day.clone()),
            from_day,
            kind: leave.kind,
            approval: leave.approval,
            approved_by: author(record, "approval").map(|author| author.authority.name().to_owned()),
        })
    }

    fn jobs(row: &leave::Model) -> Vec<JobKey> {
        vec![subject::between_days(&row.person, Some(&row.from_day), Some(&row.to_day))]
    }
}

pub(super) struct Duties;

impl RowPerRecord for Duties {
    type Entity = duty_away::Entity;
    const KINDS: &'static [&'static str] = &["duty_away"];

    fn record_column() -> duty_away::Column {
        duty_away::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<duty_away::Model> {
        let duty: DutyAway = record.read();
        let from_ms = duty.from?;
        let dots = |field: &str| writers(record, field).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Some(duty_away::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: person_of_scope(record)?,
            from_ms,
            to_ms: duty.to.unwrap_or(from_ms + 1),
            kind: duty.kind,
            approval: duty.approval,
            dots: format!("{},{}", dots("from"), dots("to")),
        })
    }

    fn jobs(row: &duty_away::Model) -> Vec<JobKey> {
        vec![subject::between_ms(&row.person, Some(row.from_ms), Some(row.to_ms - 1))]
    }
}

pub(super) struct Receipts;

impl RowPerRecord for Receipts {
    type Entity = received::Entity;
    const KINDS: &'static [&'static str] = &["received"];

    fn record_column() -> received::Column {
        received::Column::Record
    }

    /// Several servers may have noted it: the earliest counts, shown or kept beside.
    fn row(record: &Changed<'_>) -> Option<received::Model> {
        let shown: Received = record.read();
        let beside = record.merged.fields.get("at").map_or(&[][..], |f| &f.beside);
        let earliest = beside.iter().filter_map(|b| b.value.raw.get().parse().ok()).chain(shown.at).min()?;
        Some(received::Model { record: record.key.0.to_vec(), scope: record.name.scope.to_owned(), at_ms: earliest })
    }

    fn jobs(row: &received::Model) -> Vec<JobKey> {
        let own = row.scope.strip_suffix("/own").filter(|person| person.contains(".p."));
        own.map(|person| JobKey { kind: subject::DUTY_DAYS, subject: person.to_owned() }).into_iter().collect()
    }
}

pub(super) struct Reviews;

impl RowPerRecord for Reviews {
    type Entity = review::Entity;
    const KINDS: &'static [&'static str] = &["review"];

    fn record_column() -> review::Column {
        review::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<review::Model> {
        let review: Review = record.read();
        Verdict::parse(review.verdict.as_deref()?)?;
        Some(review::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: person_of_scope(record)?,
            day: review.day?,
            decided_by: author(record, "verdict").map(|author| author.person.clone()).unwrap_or_default(),
            seconded: review.second == review.verdict && by_another(record, "second", "verdict"),
            verdict: review.verdict?,
            reason: review.reason.unwrap_or_default(),
        })
    }

    fn jobs(row: &review::Model) -> Vec<JobKey> {
        vec![subject::member_day(&row.person, &row.day)]
    }
}
