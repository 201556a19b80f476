//! What the server itself writes: decisions of the office, imports, jobs. They become lines of this process's install, and enter by the
//! same door as a phone's.

use mobile_schema::Role;
use sync_protocol::{Dot, Standing};

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
}
