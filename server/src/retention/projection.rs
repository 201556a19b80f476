//! What is made of `hold` records: one row each. Pure.

use mobile_schema::{Scope, kinds};
use sync_protocol::{RecordKey, merge::Author, time::Corrected};

use crate::storage::{
    entities::hold,
    jobs::JobKey,
    projection::{Changed, RowPerRecord},
};

/// One row a hold.
pub struct Holds;

impl RowPerRecord for Holds {
    type Entity = hold::Entity;

    const KINDS: &'static [&'static str] = &["hold"];

    fn record_column() -> hold::Column {
        hold::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<hold::Model> {
        let fields: kinds::hold::Hold = record.read();
        let placed = author(record, "reason")?;
        let lifted = author(record, "lifted").filter(|_| fields.lifted.is_some());
        let named = fields.scope.zip(fields.kind).zip(fields.record).map(|((scope, kind), id)| [scope, kind, id]);
        Some(hold::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            id: record.name.id.to_owned(),
            place: Scope::parse(record.name.scope)?.place.to_string(),
            person: fields.person.map(|person| person.to_string()),
            visit: fields.visit,
            campaign: fields.campaign,
            of_record: named.as_ref().map(|[scope, kind, id]| RecordKey::of(scope, kind, id).0.to_vec()),
            of_name: named.map(|name| name.join("\n")),
            reason: fields.reason?,
            by: placed.person.clone(),
            since_ms: at_ms(placed),
            lifted: fields.lifted,
            lifted_by: lifted.map(|author| author.person.clone()),
            lifted_ms: lifted.map(at_ms),
        })
    }

    fn jobs(_: &hold::Model) -> Vec<JobKey> {
        Vec::new()
    }
}

/// Who wrote the shown value of that field.
fn author<'r>(record: &Changed<'r>, field: &str) -> Option<&'r Author> {
    record.merged.authors.get(record.merged.fields.get(field)?.shown.as_ref()?.by.first()?)
}

/// When: servers know the time.
fn at_ms(author: &Author) -> i64 {
    match author.time {
        Corrected::At(anchor) => anchor.at_ms,
        Corrected::Within(..) => 0,
    }
}
