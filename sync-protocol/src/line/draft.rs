//! Lines to be written.

use mobile_schema::Role;
use serde_json::value::RawValue;

use super::Op;
use crate::{ids::Dot, time::TimeEvidence};

/// What a client gives to write a line. Turned into bytes once, by [`LineDraft::bytes`]; the bytes are what counts from then on.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct LineDraft<'a> {
    /// Scope; none in a `time` line.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'a str>,
    /// Kind.
    #[serde(rename = "k")]
    pub kind: &'a str,
    /// Id; none in a `time` line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// Schema version.
    #[serde(rename = "v", skip_serializing_if = "is_one")]
    pub version: u64,
    /// Template of a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpl: Option<&'a str>,
    /// Acting person, of a server install.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
    /// Acting role, of a server install.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub as_role: Option<Role>,
    /// Fields, as a JSON object.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    pub fields: Option<&'a RawValue>,
    /// Dots seen.
    #[serde(skip_serializing_if = "<[Dot]>::is_empty")]
    pub seen: &'a [Dot],
    /// Time evidence.
    #[serde(rename = "t")]
    pub time: TimeEvidence,
}

fn is_one(v: &u64) -> bool {
    *v <= 1
}

impl<'a> LineDraft<'a> {
    /// A line that says what the operation does, with those fields.
    pub fn of(op: &'a Op, fields: &'a RawValue) -> Self {
        let (by, as_role) = op.acting.as_ref().map(|(person, role)| (person.as_str(), *role)).unzip();
        Self {
            scope: Some(&op.scope),
            kind: &op.kind,
            id: Some(&op.id),
            version: op.version,
            tpl: op.tpl.as_deref(),
            by,
            as_role,
            fields: Some(fields),
            seen: &op.seen,
            time: op.time.clone(),
        }
    }

    /// The line.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain values serialise")
    }
}
