//! What the office signs: sealed months, and what it took note of.

use mobile_schema::kinds::{acknowledgement::Acknowledgement, seal::Seal};
use sync_protocol::{merge::Author, time::Corrected};
use zhucun_presence::{month::Month, seal::Sealed};

use super::{author, person_of_scope};
use crate::{
    attendance::subject,
    storage::{
        entities::{acknowledgement, seal},
        jobs::JobKey,
        projection::{Changed, RowPerRecord},
    },
};

pub(super) struct Seals;

impl RowPerRecord for Seals {
    type Entity = seal::Entity;
    const KINDS: &'static [&'static str] = &["seal"];

    fn record_column() -> seal::Column {
        seal::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<seal::Model> {
        let seal: Seal = record.read();
        let signed = author(record, "body")?;
        let lifted = author(record, "lifted").filter(|_| seal.lifted.is_some());
        let body: Sealed = serde_json::from_value(seal.body?).ok()?;
        Some(seal::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            id: record.name.id.to_owned(),
            person: person_of_scope(record)?,
            village: seal.village?.to_string(),
            month: Month::parse(&seal.month?)?.to_string(),
            act: seal.act?,
            at_ms: seal.at?,
            by: signed.person.clone(),
            digest: body.digest(),
            body: serde_json::to_string(&body).ok()?,
            reason: seal.reason,
            lifted: seal.lifted,
            lifted_by: lifted.map(|author| author.person.clone()),
            lifted_ms: lifted.map(at_ms),
        })
    }

    fn jobs(row: &seal::Model) -> Vec<JobKey> {
        vec![subject::member_month(&row.person, &row.month)]
    }
}

pub(super) struct Acknowledgements;

impl RowPerRecord for Acknowledgements {
    type Entity = acknowledgement::Entity;
    const KINDS: &'static [&'static str] = &["acknowledgement"];

    fn record_column() -> acknowledgement::Column {
        acknowledgement::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<acknowledgement::Model> {
        let noted: Acknowledgement = record.read();
        Some(acknowledgement::Model {
            record: record.key.0.to_vec(),
            person: person_of_scope(record)?,
            day: noted.day?,
            engine: noted.engine.and_then(|engine| i32::try_from(engine).ok()).unwrap_or_default(),
            as_one: noted.as_one.map(|noted| noted.to_string()),
        })
    }

    fn jobs(row: &acknowledgement::Model) -> Vec<JobKey> {
        row.day.get(..7).map(|month| subject::member_month(&row.person, month)).into_iter().collect()
    }
}

/// When: servers know the time.
fn at_ms(author: &Author) -> i64 {
    match author.time {
        Corrected::At(anchor) => anchor.at_ms,
        Corrected::Within(lo_ms, _) => lo_ms.unwrap_or_default(),
    }
}
