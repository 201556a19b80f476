//! Settling fields with several values: one, or all that are alike by a rule.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sync_protocol::record::Fed;

use super::{
    alike, deciding,
    drafts::{self, SettlementRequest},
    filter::{self, ConflictFilter, Sort},
    page::{PageQuery, cursor},
    rules::{Chosen, Rule},
    store::{self, conflicts, contested},
    views::{
        Because,
        conflict::{ConflictView, Conflicts},
    },
};
use crate::{
    app::App,
    auth::Principal,
    error::{ErrorCode, Problem},
    storage::scoping::ScopeRange,
    sync::drafts::{Draft, Written},
};

/// Settles by a rule all that a filter takes.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct SettleAlike {
    /// Which.
    #[serde(default)]
    pub filter: ConflictFilter,
    /// Which of the values is to stand.
    pub rule: Rule,
    /// Why, for everyone to read, beside the rule.
    #[serde(default)]
    pub reason: String,
    /// `confirm` of the dry run. Without it this is one, and nothing is written.
    pub confirm: Option<String>,
}

/// What a request for many comes to, or came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettledAlike {
    /// How many.
    pub count: usize,
    /// To be sent with the same request to have it done.
    pub confirm: String,
    /// Whether it was done.
    pub done: bool,
    /// By which all of it can be undone; none of a dry run, or where there was nothing to do.
    pub batch: Option<String>,
    /// Which, and what is to stand.
    pub settlements: Vec<AlikeSettlement>,
    /// Of which the rule says nothing. They are left as they are.
    pub undecided: Vec<AlikeUndecided>,
}

/// One of the settlements.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlikeSettlement {
    /// Scope of the record.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The field.
    pub field: String,
    /// The value that is to stand.
    #[schema(value_type = Object)]
    pub value: Box<RawValue>,
    /// By which rule.
    pub because: Because,
}

/// One of which the rule says nothing.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlikeUndecided {
    /// Scope of the record.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The field.
    pub field: String,
    /// Why the rule says nothing.
    pub because: Because,
}

/// A page of fields with several values that the person may see.
pub async fn list(
    app: &App,
    who: &Principal,
    filter: &ConflictFilter,
    sort: Sort,
    page: &PageQuery,
) -> Result<Conflicts, Problem> {
    let sought = sought(who, who.scopes(), filter)?;
    let (found, next) = contested::page(&app.db.read, &sought, sort, page.after()?, page.limit()).await?;
    let conflicts = conflicts::views(&app.db.read, &app.committer.context(), &found).await?;
    Ok(Conflicts { conflicts, next: next.as_ref().map(cursor) })
}

fn sought<'a>(
    who: &Principal,
    readable: Vec<ScopeRange>,
    filter: &'a ConflictFilter,
) -> Result<contested::Sought<'a>, Problem> {
    let below = filter::ranges(filter.place.as_deref(), &who.districts)?;
    Ok(contested::Sought { readable, below, filter })
}

/// Settles one.
pub async fn one(app: &App, who: &Principal, asked: &SettlementRequest) -> Result<Written, Problem> {
    let row = store::record(&app.db.read, &who.scopes(), &asked.scope, &asked.kind, &asked.id).await?;
    let body = row.ok_or(ErrorCode::NotFound)?.body;
    let fed = Fed::read(&body).map_err(Problem::internal)?;
    let templates = contested::templates(&app.db.read, fed.tpl.iter().cloned().collect()).await?;
    let template = fed.tpl.as_ref().and_then(|tpl| templates.get(tpl));
    deciding::write(app, who, drafts::settlement(asked, &fed, template)?).await
}

/// Settles all that are alike, or tells which they are and what would stand.
pub async fn alike(app: &App, who: &Principal, asked: &SettleAlike) -> Result<SettledAlike, Problem> {
    let found = gather(app, who, &asked.filter).await?;
    let (mut chosen, mut undecided) = (Vec::new(), Vec::new());
    for conflict in found {
        match asked.rule.choose(&conflict) {
            Ok(choice) => chosen.push((conflict, choice)),
            Err(because) => undecided.push(AlikeUndecided::of(conflict, because)),
        }
    }
    let names: Vec<String> = chosen.iter().map(|(conflict, choice)| name(conflict, choice)).collect();
    let done = alike::is_confirmed(asked.confirm.as_deref(), &names)?;
    let mut batch = None;
    if done && !chosen.is_empty() {
        let drafts = chosen.iter().map(|(conflict, choice)| draft(conflict, choice, &asked.reason));
        batch = deciding::write_all(app, who, drafts.collect::<Result<_, _>>()?).await?;
    }
    Ok(SettledAlike {
        count: names.len(),
        confirm: alike::word(&names),
        done,
        batch: batch.map(|b| b.to_string()),
        settlements: chosen.into_iter().map(|(conflict, choice)| AlikeSettlement::of(conflict, choice)).collect(),
        undecided,
    })
}

/// All of what the person runs that the filter takes. What rules over others is written one by one.
async fn gather(app: &App, who: &Principal, filter: &ConflictFilter) -> Result<Vec<ConflictView>, Problem> {
    let sought = sought(who, who.run_scopes(), filter)?;
    let (mut found, next) = contested::page(&app.db.read, &sought, Sort::Place, None, alike::MOST).await?;
    if next.is_some() {
        return Err(alike::too_many());
    }
    found.retain(|one| mobile_schema::kind(&one.name.1).is_some_and(|kind| !kind.ruling));
    Ok(conflicts::views(&app.db.read, &app.committer.context(), &found).await?)
}

/// What confirming it confirms: the field, all the values that were there, and the one that is to stand.
fn name(conflict: &ConflictView, choice: &Chosen) -> String {
    let seen: Vec<String> = conflict.seen().iter().map(ToString::to_string).collect();
    let ConflictView { scope, kind, id, field, .. } = conflict;
    format!("{scope} {kind} {id} {field} {} {}", choice.value, seen.join(","))
}

fn draft(conflict: &ConflictView, choice: &Chosen, reason: &str) -> Result<Draft, Problem> {
    drafts::settled(conflict, &choice.value, &choice.reason(reason))
}

impl AlikeSettlement {
    fn of(conflict: ConflictView, choice: Chosen) -> Self {
        let ConflictView { scope, kind, id, field, .. } = conflict;
        Self { scope, kind, id, field, value: choice.value, because: choice.because }
    }
}

impl AlikeUndecided {
    fn of(conflict: ConflictView, because: Because) -> Self {
        let ConflictView { scope, kind, id, field, .. } = conflict;
        Self { scope, kind, id, field, because }
    }
}
