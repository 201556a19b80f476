//! What a member says of a day: work logs, appeals.

use mobile_schema::kinds::{appeal::Appeal, work_log::WorkLog};

use super::{author, person_of_scope, village_of_scope};
use crate::{
    attendance::subject,
    storage::{
        entities::{appeal, work_log},
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

/// Appeals are no evidence: they ask a person to look, and are answered by a review.
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
            person: appeal.person.map(|p| p.to_string()).or_else(|| person_of_scope(record))?,
            day: appeal.day?,
            text: appeal.text.unwrap_or_default(),
            answer: appeal.answer,
            answer_text: appeal.answer_text,
        })
    }

    fn jobs(row: &appeal::Model) -> Vec<JobKey> {
        vec![subject::member_day(&row.person, &row.day)]
    }
}
