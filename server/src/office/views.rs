//! What the office sees of what waits. Pure: from rows and bodies to what is sent.

use serde::Serialize;
use serde_json::value::RawValue;
use sync_protocol::{
    judge::Authority,
    record::{Fed, FedTime},
};

use super::store::Waiting;

/// An operation that is not simply applied.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StandingView {
    /// The operation.
    pub dot: String,
    /// Who wrote it, as far as known.
    pub person: String,
    /// Scope of its record; empty of a line that cannot be read.
    pub scope: String,
    /// Kind of its record.
    pub kind: String,
    /// Id of its record.
    pub id: String,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub code: String,
    /// What exactly: a field's path, an unknown template.
    pub detail: String,
    /// Why, for a person (Chinese).
    pub sentence: String,
    /// Why, for a person (English).
    pub sentence_en: String,
}

impl From<Waiting> for StandingView {
    fn from(w: Waiting) -> Self {
        let [scope, kind, id] = w.record;
        let (zh, en) = w.standing.code.sentence();
        Self {
            dot: w.dot.to_string(),
            person: w.person,
            scope,
            kind,
            id,
            state: w.standing.state().name().to_owned(),
            code: w.standing.code.name().to_owned(),
            detail: w.standing.detail,
            sentence: zh.to_owned(),
            sentence_en: en.to_owned(),
        }
    }
}

/// Operations in one state.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Standings {
    /// At most 500, by install and seq.
    pub standings: Vec<StandingView>,
}

/// A field with differing values.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConflictView {
    /// Scope of the record.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The field.
    pub field: String,
    /// Its values, the one shown first.
    pub values: Vec<ValueView>,
}

/// One of the values of a field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ValueView {
    /// The value.
    #[schema(value_type = Object)]
    pub value: Box<RawValue>,
    /// Whether it is the one shown.
    pub shown: bool,
    /// Why it is not.
    pub why: Option<String>,
    /// Who wrote it; equal values are one.
    pub by: Vec<AuthorView>,
}

/// Who wrote a value.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuthorView {
    /// The operation.
    pub dot: String,
    /// The person.
    pub person: String,
    /// With what authority.
    #[schema(value_type = String)]
    pub authority: Authority,
    /// When, ms, if known.
    pub at: Option<i64>,
    /// Else not before, ms.
    pub not_before: Option<i64>,
    /// And not after, ms.
    pub not_after: Option<i64>,
}

/// Open conflicts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Conflicts {
    /// At most 500, by scope and id.
    pub conflicts: Vec<ConflictView>,
}

/// The values of a field of a record.
pub fn conflict(fed: &Fed<'_>, field: &str) -> ConflictView {
    let authors = |by: &[usize]| by.iter().filter_map(|i| fed.by.get(*i)).map(author).collect();
    let shown = fed.f.get(field).map(|value| ValueView {
        value: (*value).to_owned(),
        shown: true,
        why: None,
        by: authors(fed.w.get(field).map_or(&[0], Vec::as_slice)),
    });
    let beside = fed.alt.get(field).into_iter().flatten().map(|b| ValueView {
        value: b.v.to_owned(),
        shown: false,
        why: Some(b.why.clone()),
        by: authors(&b.by),
    });
    ConflictView {
        scope: fed.s.clone(),
        kind: fed.k.clone(),
        id: fed.id.clone(),
        field: field.to_owned(),
        values: shown.into_iter().chain(beside).collect(),
    }
}

fn author((dot, person, authority, time): &(sync_protocol::Dot, String, Authority, FedTime)) -> AuthorView {
    let (not_before, not_after) = match time {
        FedTime::At(_) => (None, None),
        FedTime::Within(lo, hi) => (*lo, *hi),
    };
    AuthorView {
        dot: dot.to_string(),
        person: person.clone(),
        authority: *authority,
        at: time.at(),
        not_before,
        not_after,
    }
}
