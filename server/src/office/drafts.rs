//! From what a person at a desk asks to the draft of an operation. Pure.

use mobile_schema::{Policy, Scope, Template, kind};
use serde_json::{Map, Value, value::RawValue};
use sync_protocol::{Dot, Op, judge::policy_of, record::Fed};

use super::views::conflict::ConflictView;
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
    /// Why, for everyone to read: at most 1,000 characters. It stands in the line, beside the value, and is fed with it.
    #[serde(default)]
    pub reason: String,
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

/// Most characters of a reason: a remark of some sentences, as the schema's own.
pub const REASON_MAX: usize = 1_000;

/// Of the field that says why a value is the one written beside it (`PROTOCOL.md`, section 8).
const WHY: &str = "_why.";

/// The draft of a decision on that operation.
pub fn decision(request: &DecisionRequest, op: &Op) -> Result<Draft, Problem> {
    if op.kind == "erasure" {
        return Err(Problem::new(ErrorCode::NotDecidable, "what was erased is gone; an erasure cannot be undone"));
    }
    if op.kind == "hold" {
        return Err(Problem::new(ErrorCode::NotDecidable, "a legal hold is lifted, not decided on"));
    }
    if op.kind == "seal" {
        return Err(Problem::new(
            ErrorCode::NotDecidable,
            "a seal is lifted, not decided on: what was sealed stays readable",
        ));
    }
    if kind(&op.kind).is_some_and(|k| k.ruling) {
        let detail = format!("a {} is changed by writing it again, not by deciding on it", op.kind);
        return Err(Problem::new(ErrorCode::NotDecidable, detail));
    }
    let mut fields = Map::from_iter([("decision".to_owned(), word(request.decision))]);
    if !request.reason.is_empty() {
        fields.insert("reason".to_owned(), Value::String(request.reason.clone()));
    }
    Ok(decided(op.scope.clone(), request.dot.to_string(), fields))
}

/// The draft that takes that decision back: what was decided before it holds again.
pub fn undecided(decision: &Op, before: Verb, reason: &str) -> Draft {
    // A reason left standing would be that of the decision taken back.
    let reason = if reason.is_empty() { Value::Null } else { Value::String(reason.to_owned()) };
    let fields = Map::from_iter([("decision".to_owned(), word(before)), ("reason".to_owned(), reason)]);
    decided(decision.scope.clone(), decision.id.clone(), fields)
}

fn word(verb: Verb) -> Value {
    serde_json::to_value(verb).expect("a word serialises")
}

fn decided(scope: String, id: String, fields: Map<String, Value>) -> Draft {
    Draft { scope, kind: "decision", id, fields, saw: Saw::Current, tpl: None }
}

/// The draft of a settlement of that record.
pub fn settlement(request: &SettlementRequest, fed: &Fed<'_>, template: Option<&Template>) -> Result<Draft, Problem> {
    if !fed.f.contains_key(&request.field) && !fed.alt.contains_key(&request.field) {
        return Err(Problem::new(ErrorCode::NotFound, format!("the record has no value of {}", request.field)));
    }
    let policy = kind(&request.kind).map(|spec| policy_of(spec, &request.field, template));
    if matches!(policy, Some(Policy::Once | Policy::Set)) {
        let detail = "evidence is not changed, and of a set elements are added and removed";
        return Err(Problem::new(ErrorCode::NotDecidable, detail));
    }
    if request.reason.chars().count() > REASON_MAX {
        return Err(Problem::new(ErrorCode::BadRequest, format!("reason: at most {REASON_MAX} characters")));
    }
    operation(&OperationRequest {
        scope: request.scope.clone(),
        kind: request.kind.clone(),
        id: request.id.clone(),
        fields: settling(&request.field, request.value.clone(), &request.reason),
        tpl: fed.tpl.clone(),
        seen: request.seen.clone(),
    })
}

/// The draft that settles that conflict over the values in it, and no other.
pub fn settled(conflict: &ConflictView, value: &RawValue, reason: &str) -> Result<Draft, Problem> {
    let value = serde_json::from_str(value.get()).map_err(Problem::internal)?;
    operation(&OperationRequest {
        scope: conflict.scope.clone(),
        kind: conflict.kind.clone(),
        id: conflict.id.clone(),
        fields: settling(&conflict.field, value, reason),
        tpl: conflict.tpl.clone(),
        seen: Some(conflict.seen()),
    })
}

/// The value and, where one is given, the reason.
fn settling(field: &str, value: Value, reason: &str) -> Map<String, Value> {
    let mut fields = Map::from_iter([(field.to_owned(), value)]);
    if !reason.is_empty() {
        fields.insert(format!("{WHY}{field}"), Value::String(reason.to_owned()));
    }
    fields
}

/// The draft of any write.
pub fn operation(request: &OperationRequest) -> Result<Draft, Problem> {
    let bad = |what: &str| Problem::new(ErrorCode::BadRequest, what.to_owned());
    let spec = kind(&request.kind).ok_or_else(|| bad("there is no such kind"))?;
    let scope = Scope::parse(&request.scope).ok_or_else(|| bad("the scope is not of the form place/lane"))?;
    if spec.lane(scope.lane).is_none() {
        return Err(bad("this kind does not live in that lane"));
    }
    // Made by enrolling, deciding, erasing, receiving and holding, where what they claim is checked.
    if matches!(spec.name, "enrolment" | "decision" | "erasure" | "received" | "hold") {
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
