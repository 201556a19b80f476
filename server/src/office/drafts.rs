//! From what a person at a desk asks to the draft of an operation. Pure.

use mobile_schema::{Scope, kind};
use serde_json::{Map, Value};
use sync_protocol::{Dot, Op, record::Fed};

use crate::{
    error::{ErrorCode, Problem},
    sync::drafts::{Draft, Saw},
};

/// What to do with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It counts, though quarantined.
    Accept,
    /// It does not count.
    Refuse,
    /// Takes an earlier decision back.
    None,
}

/// A decision on one operation.
#[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
pub struct DecisionRequest {
    /// The operation.
    #[schema(value_type = String)]
    pub dot: Dot,
    /// What to do with it.
    pub decision: Verb,
    /// Why, for the author to read.
    #[serde(default)]
    pub reason: String,
}

/// Settles a conflict: writes the value that is to stand over all that stand now.
#[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
pub struct SettlementRequest {
    /// Scope of the record.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The field.
    pub field: String,
    /// The value that is to stand: one of those, or another.
    pub value: Value,
    /// The dots of the values the person saw. Without them those that stand now: then a value that came meanwhile is written over unseen.
    #[schema(value_type = Option<Vec<String>>)]
    pub seen: Option<Vec<Dot>>,
}

/// Any other write of the office: an approval, a review, a grant.
#[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
pub struct OperationRequest {
    /// Scope of the record.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The fields to write.
    pub fields: Map<String, Value>,
    /// The template of a response.
    pub tpl: Option<String>,
    /// The dots of the values the person saw.
    #[schema(value_type = Option<Vec<String>>)]
    pub seen: Option<Vec<Dot>>,
}

/// The draft of a decision on that operation.
pub fn decision(request: &DecisionRequest, op: &Op) -> Result<Draft, Problem> {
    if kind(&op.kind).is_some_and(|k| k.ruling) {
        let detail = format!("a {} is changed by writing it again, not by deciding on it", op.kind);
        return Err(Problem::new(ErrorCode::NotDecidable, detail));
    }
    let verb = serde_json::to_value(request.decision).expect("a word serialises");
    let mut fields = Map::from_iter([("decision".to_owned(), verb)]);
    if !request.reason.is_empty() {
        fields.insert("reason".to_owned(), Value::String(request.reason.clone()));
    }
    Ok(Draft {
        scope: op.scope.clone(),
        kind: "decision",
        id: request.dot.to_string(),
        fields,
        saw: Saw::Current,
        tpl: None,
    })
}

/// The draft of a settlement of that record.
pub fn settlement(request: &SettlementRequest, fed: &Fed<'_>) -> Result<Draft, Problem> {
    if !fed.f.contains_key(&request.field) && !fed.alt.contains_key(&request.field) {
        return Err(Problem::new(ErrorCode::NotFound, format!("the record has no value of {}", request.field)));
    }
    operation(&OperationRequest {
        scope: request.scope.clone(),
        kind: request.kind.clone(),
        id: request.id.clone(),
        fields: Map::from_iter([(request.field.clone(), request.value.clone())]),
        tpl: fed.tpl.clone(),
        seen: request.seen.clone(),
    })
}

/// The draft of any write.
pub fn operation(request: &OperationRequest) -> Result<Draft, Problem> {
    let bad = |what: &str| Problem::new(ErrorCode::BadRequest, what.to_owned());
    let spec = kind(&request.kind).ok_or_else(|| bad("there is no such kind"))?;
    let scope = Scope::parse(&request.scope).ok_or_else(|| bad("the scope is not of the form place/lane"))?;
    if spec.lane(scope.lane).is_none() {
        return Err(bad("this kind does not live in that lane"));
    }
    // Made by enrolling, deciding and receiving, where what they claim is checked.
    if matches!(spec.name, "enrolment" | "decision" | "received") {
        return Err(Problem::from(ErrorCode::NotDecidable));
    }
    Ok(Draft {
        scope: request.scope.clone(),
        kind: spec.name,
        id: request.id.clone(),
        fields: request.fields.clone(),
        saw: request.seen.clone().map_or(Saw::Current, Saw::These),
        tpl: request.tpl.clone(),
    })
}
