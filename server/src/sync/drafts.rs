//! What the server itself writes: decisions of the office, imports, jobs. They become lines of this process's install, and enter by the
//! same door as a phone's.

use mobile_schema::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sync_protocol::{Code, Dot, Op, Standing, carried, judge};

use crate::media::projection::promises;

/// Who acts, and in which role. Rights are checked by the caller before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// The person, `district.p.name`.
    pub person: String,
    /// The role in which they act.
    pub role: Role,
}

/// Which values the author saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saw {
    /// Those that stand when the line is written.
    Current,
    /// These.
    These(Vec<Dot>),
}

/// One write, to become a line.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: &'static str,
    /// Id.
    pub id: String,
    /// Fields, a JSON object.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// What the author saw.
    pub saw: Saw,
    /// The template of a response.
    pub tpl: Option<String>,
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The operation.
    pub dot: Dot,
    /// Its standing as of now.
    pub standing: Standing,
}

/// On which legal ground values are erased: those of article 47 of the Personal Information Protection Law (PIPL), in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// What they were taken for is achieved, cannot be, or needs them no more.
    PurposeAchieved,
    /// They have been kept as long as they may.
    RetentionExpired,
    /// The person took their consent back.
    ConsentWithdrawn,
    /// They were taken or used against the law or what was agreed.
    UnlawfulProcessing,
    /// Another law says so.
    OtherLaw,
}

impl Acting {
    /// The server itself, where nobody else acts.
    pub fn server() -> Self {
        Self { person: super::own_chain::SERVER.to_owned(), role: Role::Admin }
    }
}

impl Draft {
    /// That the server first heard of an operation at that moment (`PROTOCOL.md`, section 7).
    pub fn received(dot: Dot, scope: &str, at_ms: i64) -> Self {
        let fields = serde_json::Map::from_iter([("at".to_owned(), at_ms.into())]);
        let (scope, id) = (scope.to_owned(), dot.to_string());
        Self { scope, kind: "received", id, fields, saw: Saw::These(Vec::new()), tpl: None }
    }

    /// The erasure of an operation that stands so now, in that scope. It names the photos that go with it. Of what carries a line it names
    /// the line, so that the line goes wherever else it is.
    pub fn erasure(op: &Op, standing: Option<&Standing>, scope: &str, basis: Basis, reason: &str) -> Self {
        let mut fields = Map::from_iter([("basis".to_owned(), json!(basis)), ("reason".to_owned(), reason.into())]);
        let carried = carried::write(op);
        let broke = standing.filter(|standing| standing.code == Code::Schema).map(|standing| standing.detail.clone());
        if let Some(broke) = broke.or_else(|| judge::fault(carried.as_ref()?)) {
            fields.insert("fault".to_owned(), broke.into());
        }
        let photos: Vec<Value> = promises(op).iter().map(|hash| hex::encode(hash).into()).collect();
        if !photos.is_empty() {
            fields.insert("photos".to_owned(), json!({"add": photos}));
        }
        let line = carried.as_ref().unwrap_or(op).place();
        Self { scope: scope.to_owned(), kind: "erasure", id: line.to_string(), fields, saw: Saw::Current, tpl: None }
    }
}
