//! What was measured or seen at a time: fixes, visits, roll calls, check-ins.

use mobile_schema::kinds::{check_in::CheckIn, fix::Fix, roll_call::RollCall, visit::Visit};
use sync_protocol::{RecordKey, time::Corrected};
use zhucun_presence::day::Span;

use super::{author, span, village_of_scope};
use crate::{
    attendance::subject,
    signals,
    storage::{
        entities::{check_in, fix, roll_call, visit},
        jobs::JobKey,
        projection::{Changed, RowPerRecord},
    },
};

pub(super) struct Fixes;

impl RowPerRecord for Fixes {
    type Entity = fix::Entity;
    const KINDS: &'static [&'static str] = &["fix"];

    fn record_column() -> fix::Column {
        fix::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<fix::Model> {
        let fix: Fix = record.read();
        let author = author(record, "lat")?;
        let span = span(author);
        Some(fix::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: author.person.clone(),
            village: fix.village.map(|v| v.to_string()).or_else(|| village_of_scope(record)),
            lo_ms: span.lo_ms,
            hi_ms: span.hi_ms,
            anchored: matches!(author.time, Corrected::At(_)),
            lat: fix.lat?,
            lon: fix.lon?,
            accuracy_m: fix.accuracy_m,
            datum: fix.datum.map(|d| d.name().to_owned()),
            mock: fix.mock.unwrap_or_default(),
            provider: fix.provider,
            speed_mps: fix.speed_mps,
            place: None,
            distance_m: None,
            probability: None,
            fence: None,
            reasons: None,
        })
    }

    fn jobs(row: &fix::Model) -> Vec<JobKey> {
        subject::evidence(&row.person, Span { lo_ms: row.lo_ms, hi_ms: row.hi_ms })
    }

    /// Of a fix that is there, whoever gives it its verdict looks for photos taken about then.
    fn jobs_between(before: Option<&fix::Model>, after: Option<&fix::Model>) -> Vec<JobKey> {
        let left = |row: &fix::Model| signals::subject::fix(&row.person, Span { lo_ms: row.lo_ms, hi_ms: row.hi_ms });
        before.into_iter().chain(after).flat_map(Self::jobs).chain(before.and_then(left)).collect()
    }
}

pub(super) struct Visits;

impl RowPerRecord for Visits {
    type Entity = visit::Entity;
    const KINDS: &'static [&'static str] = &["visit"];

    fn record_column() -> visit::Column {
        visit::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<visit::Model> {
        let visit: Visit = record.read();
        // A visit comes into being field by field; any author will do until the place is known.
        let author = author(record, "place").or_else(|| record.merged.authors.values().next())?;
        let span = span(author);
        Some(visit::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: visit.person.map_or_else(|| author.person.clone(), |p| p.to_string()),
            village: visit.place.map(|v| v.to_string()).or_else(|| village_of_scope(record)),
            campaign: visit.campaign,
            lo_ms: span.lo_ms,
            hi_ms: span.hi_ms,
        })
    }

    fn jobs(row: &visit::Model) -> Vec<JobKey> {
        subject::evidence(&row.person, Span { lo_ms: row.lo_ms, hi_ms: row.hi_ms })
    }
}

pub(super) struct RollCalls;

impl RowPerRecord for RollCalls {
    type Entity = roll_call::Entity;
    const KINDS: &'static [&'static str] = &["roll_call"];

    fn record_column() -> roll_call::Column {
        roll_call::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<roll_call::Model> {
        let call: RollCall = record.read();
        let author = author(record, "state")?;
        let span = span(author);
        Some(roll_call::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: call.person?.to_string(),
            state: call.state?,
            caller: author.person.clone(),
            village: call.village.map(|v| v.to_string()).or_else(|| village_of_scope(record)),
            lo_ms: span.lo_ms,
            hi_ms: span.hi_ms,
        })
    }

    fn jobs(row: &roll_call::Model) -> Vec<JobKey> {
        subject::evidence(&row.person, Span { lo_ms: row.lo_ms, hi_ms: row.hi_ms })
    }
}

pub(super) struct CheckIns;

impl RowPerRecord for CheckIns {
    type Entity = check_in::Entity;
    const KINDS: &'static [&'static str] = &["check_in"];

    fn record_column() -> check_in::Column {
        check_in::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<check_in::Model> {
        let check_in: CheckIn = record.read();
        let author = ["window", "village", "person"].iter().find_map(|field| author(record, field))?;
        let span = span(author);
        Some(check_in::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            person: check_in.person.as_ref().map_or_else(|| author.person.clone(), ToString::to_string),
            village: check_in.village.map(|v| v.to_string()).or_else(|| village_of_scope(record)),
            slot: check_in.window,
            fix: check_in.fix.map(|id| RecordKey::of(record.name.scope, "fix", &id).0.to_vec()),
            own: check_in.person.is_none_or(|person| *author.person == person.to_string()),
            lo_ms: span.lo_ms,
            hi_ms: span.hi_ms,
        })
    }

    fn jobs(row: &check_in::Model) -> Vec<JobKey> {
        subject::evidence(&row.person, Span { lo_ms: row.lo_ms, hi_ms: row.hi_ms })
    }
}
