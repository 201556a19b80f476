//! Taking back what the office decided: one operation, or all that one request wrote. What was decided differently since stays.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sync_protocol::{Dot, Op, RecordKey, record::Fed};

use super::{
    alike::{self, Batch},
    deciding,
    drafts::{self, DecisionRequest, Verb},
    store::{self, conflicts, lines},
};
use crate::{
    app::App,
    auth::Principal,
    error::{ErrorCode, Problem},
    sync::drafts::Draft,
};

/// What is to be taken back: a batch or some operations of the office.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct UndoRequest {
    /// `batch` of the answer by which many were decided or settled.
    #[schema(value_type = Option<String>)]
    pub batch: Option<Batch>,
    /// `dot` of the answers by which one was.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub dots: Vec<Dot>,
    /// Why, for the authors to read.
    #[serde(default)]
    pub reason: String,
}

/// What was taken back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Undone {
    /// How many.
    pub count: usize,
    /// By which this can be undone in turn.
    pub batch: Option<String>,
    /// Decisions that were left, since another one stands over them by now.
    pub left: Vec<String>,
}

/// Takes it back, all or nothing.
pub async fn undo(app: &App, who: &Principal, asked: &UndoRequest) -> Result<Undone, Problem> {
    let ops = named(app, who, asked).await?;
    let of_decisions = ops.iter().filter(|op| op.kind == "decision").map(key).collect::<BTreeSet<RecordKey>>();
    let all = ops.iter().map(key).collect();
    let known = conflicts::load(&app.db.read, &app.committer.context(), all).await?;
    if !ops.iter().all(|op| known.facts().is_server(op.dot.install)) {
        return Err(Problem::new(ErrorCode::NotDecidable, "what a phone wrote is not undone but refused"));
    }
    let keys = of_decisions.iter().map(|key| key.0.to_vec()).collect();
    let bodies = lines::bodies(&app.db.read, keys).await?;
    let (mut drafts, mut left) = (Vec::new(), Vec::new());
    for op in &ops {
        let stands = |body: &String| Fed::read(body).is_ok_and(|fed| fed.seen_for(["decision"]).contains(&op.dot));
        match op.kind.as_str() {
            "decision" if bodies.get(key(op).0.as_slice()).is_some_and(stands) => {
                drafts.push(drafts::undecided(op, before(&known, op), &asked.reason));
            }
            "decision" => left.push(op.dot.to_string()),
            _ => drafts.push(refused(op, &asked.reason)?),
        }
    }
    let count = drafts.len();
    let batch = if drafts.is_empty() { None } else { deciding::write_all(app, who, drafts).await? };
    Ok(Undone { count, batch: batch.map(|b| b.to_string()), left })
}

fn key(op: &Op) -> RecordKey {
    RecordKey::of(&op.scope, &op.kind, &op.id)
}

/// The operations named, each of which the person may see.
async fn named(app: &App, who: &Principal, asked: &UndoRequest) -> Result<Vec<Op>, Problem> {
    let mut found: BTreeMap<Dot, Op> = lines::operations(&app.db.read, &asked.dots).await?.into_iter().collect();
    if found.len() < asked.dots.iter().collect::<BTreeSet<_>>().len() {
        return Err(ErrorCode::NotFound.into());
    }
    if let Some(batch) = &asked.batch {
        if batch.to - batch.from >= alike::MOST as u64 {
            return Err(alike::too_many());
        }
        found.extend(store::stretch(&app.db.read, batch).await?.into_iter().map(|op| (op.dot, op)));
    }
    let scopes = who.scopes();
    if found.is_empty() || found.values().any(|op| !store::may_read(&scopes, &op.scope)) {
        return Err(ErrorCode::NotFound.into());
    }
    if found.len() > alike::MOST {
        return Err(alike::too_many());
    }
    Ok(found.into_values().collect())
}

/// What was decided before, as its author saw it.
fn before(known: &conflicts::Known, op: &Op) -> Verb {
    let started = known.origins(&key(op)).map(|o| o.started_from(op.dot, "decision")).unwrap_or_default();
    let verb = |value: &RawValue| serde_json::from_str(value.get()).ok();
    match started.as_slice() {
        [one] => one.field("decision").and_then(verb).unwrap_or(Verb::None),
        _ => Verb::None,
    }
}

/// A settlement, approval or other write is taken back by refusing it: what it wrote over stands again.
fn refused(op: &Op, reason: &str) -> Result<Draft, Problem> {
    let request = DecisionRequest { dot: op.dot, decision: Verb::Refuse, reason: reason.to_owned() };
    drafts::decision(&request, op)
}
