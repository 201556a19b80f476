//! What is made of records of evidence: one row each, and the jobs that hang on it. Pure.

mod paper;
mod said;
mod seen;

use sync_protocol::{Dot, judge::creator, merge::Author};

use zhucun_presence::day::Span;

use super::store;
use crate::storage::projection::{Changed, Projection, Rows};

/// All of them. Fences and stations are projected by the registry, which asks [`subject`](super::subject) what hangs on them.
pub fn projections() -> Vec<Box<dyn Projection>> {
    vec![
        Rows::<seen::Fixes>::boxed(),
        Rows::<seen::Visits>::boxed(),
        Rows::<seen::RollCalls>::boxed(),
        Rows::<seen::CheckIns>::boxed(),
        Rows::<said::WorkLogs>::boxed(),
        Rows::<said::Appeals>::boxed(),
        Rows::<said::Inquiries>::boxed(),
        Rows::<paper::Leaves>::boxed(),
        Rows::<paper::Duties>::boxed(),
        Rows::<paper::Receipts>::boxed(),
        Rows::<paper::Reviews>::boxed(),
        store::verdicts::cleared_by_rebuild(),
    ]
}

/// The operations whose value of that field is shown.
fn writers<'a>(record: &'a Changed<'_>, field: &str) -> &'a [Dot] {
    record.merged.fields.get(field).and_then(|f| f.shown.as_ref()).map_or(&[], |v| &v.by)
}

/// Who wrote the shown value of that field. Where several wrote it alike: of evidence the creating install, which the id names; then
/// the lowest dot.
fn author<'a>(record: &'a Changed<'_>, field: &str) -> Option<&'a Author> {
    let creator = creator(record.name.id);
    let first = writers(record, field).iter().min_by_key(|dot| (Some(dot.install) != creator, **dot))?;
    record.merged.authors.get(first)
}

/// Whether one field was written by another person than the other field, which was there before: who seconds must have seen what.
fn by_another(record: &Changed<'_>, second: &str, first: &str) -> bool {
    author(record, second).zip(author(record, first)).is_some_and(|(second, first)| second.person != first.person)
}

/// When that author wrote.
fn span(author: &Author) -> Span {
    Span::from(author.time)
}

/// The village whose scope the record is in, if it is one's.
fn village_of_scope(record: &Changed<'_>) -> Option<String> {
    let (place, _) = record.name.scope.split_once('/')?;
    mobile_schema::VillageCode::parse(place).map(|v| v.to_string())
}

/// The person whose own scope the record is in.
fn person_of_scope(record: &Changed<'_>) -> Option<String> {
    let (place, lane) = record.name.scope.split_once('/')?;
    (lane == "own" && place.contains(".p.")).then(|| place.to_owned())
}
