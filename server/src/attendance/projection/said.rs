//! What a member says of a day: work logs, appeals, answers to what the office asks.

use mobile_schema::kinds::{appeal::Appeal, inquiry::Inquiry, work_log::WorkLog};

use super::{author, by_another, person_of_scope, village_of_scope};
use crate::{
    attendance::subject,
    storage::{
        entities::{appeal, inquiry, work_log},
        jobs::JobKey,
        projection::{Changed, RowPerRecord},
    },
};

pub(super) struct WorkLogs;

impl RowPerRecord for WorkLogs {
    type Entity = work_log::Entity;
    const KINDS: &'static [&'static str] = &["work_log"];

    fn record_column() -> work_log::Column {
        work_log::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<work_log::Model> {
        let log: WorkLog = record.read();
        Some(work_log::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: log.person.map(|p| p.to_string()).or_else(|| author(record, "day").map(|a| a.person.clone()))?,
            village: log.village.map(|v| v.to_string()).or_else(|| village_of_scope(record)),
            day: log.day?,
        })
    }

    fn jobs(row: &work_log::Model) -> Vec<JobKey> {
        vec![subject::member_day(&row.person, &row.day)]
    }
}

/// Appeals are no evidence: they ask a person to look.
pub(super) struct Appeals;

impl RowPerRecord for Appeals {
    type Entity = appeal::Entity;
    const KINDS: &'static [&'static str] = &["appeal"];

    fn record_column() -> appeal::Column {
        appeal::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<appeal::Model> {
        let appeal: Appeal = record.read();
        Some(appeal::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: person_of_scope(record)?,
            day: appeal.day?,
            text: appeal.text.unwrap_or_default(),
            answered_by: author(record, "answer").map(|author| author.person.clone()).unwrap_or_default(),
            seconded: appeal.second == appeal.answer && by_another(record, "second", "answer"),
            answer: appeal.answer,
            answer_text: appeal.answer_text,
        })
    }

    fn jobs(row: &appeal::Model) -> Vec<JobKey> {
        vec![subject::member_day(&row.person, &row.day)]
    }
}

/// What the office asks, and what the member says to it. No evidence either.
pub(super) struct Inquiries;

impl RowPerRecord for Inquiries {
    type Entity = inquiry::Entity;
    const KINDS: &'static [&'static str] = &["inquiry"];

    fn record_column() -> inquiry::Column {
        inquiry::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<inquiry::Model> {
        let inquiry: Inquiry = record.read();
        Some(inquiry::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: person_of_scope(record)?,
            day: inquiry.day?,
            question: inquiry.question?,
            answer: inquiry.answer.filter(|answer| !answer.trim().is_empty()),
        })
    }

    fn jobs(row: &inquiry::Model) -> Vec<JobKey> {
        vec![subject::member_day(&row.person, &row.day)]
    }
}
