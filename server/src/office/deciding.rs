//! Deciding on operations: one, or all that are alike.

use mobile_schema::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_protocol::{Dot, State, carried};

use super::{
    alike::{self, Batch},
    drafts::{self, DecisionRequest, Verb},
    filter::{self, StandingFilter},
    page::{PageQuery, cursor},
    store::{self, lines, waiting},
    views::standing::Standings,
};
use crate::{
    app::App,
    auth::{Principal, may_write_now},
    error::{ErrorCode, Problem},
    registry::rules::{self, Bounds},
    storage::scoping::ScopeRange,
    sync::drafts::{Draft, Written},
};

/// Decides alike on all quarantined operations that a filter takes.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct DecideAlike {
    /// Which.
    #[serde(default)]
    pub filter: StandingFilter,
    /// Of these only those ticked; all when missing.
    #[schema(value_type = Option<Vec<String>>)]
    pub dots: Option<Vec<Dot>>,
    /// `accept` or `refuse`.
    pub decision: Verb,
    /// Why, for the authors to read.
    #[serde(default)]
    pub reason: String,
    /// `confirm` of the dry run. Without it this is one, and nothing is written.
    pub confirm: Option<String>,
}

/// What a request for many comes to, or came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DecidedAlike {
    /// How many.
    pub count: usize,
    /// To be sent with the same request to have it done.
    pub confirm: String,
    /// Whether it was done.
    pub done: bool,
    /// By which all of it can be undone; none of a dry run, or where there was nothing to do.
    pub batch: Option<String>,
    /// Which.
    pub operations: Vec<AlikeOperation>,
}

/// One of the operations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AlikeOperation {
    /// The operation.
    pub dot: String,
    /// Who wrote it.
    pub person: String,
    /// Scope of its record.
    pub scope: String,
    /// Kind of its record.
    pub kind: String,
    /// Id of its record.
    pub id: String,
    /// Why it waits.
    pub code: String,
}

/// A page of operations in that state that the person may see.
pub async fn list(
    app: &App,
    who: &Principal,
    state: State,
    filter: &StandingFilter,
    page: &PageQuery,
) -> Result<Standings, Problem> {
    let sees_person = |person: &str| sees(who, person);
    let sought = sought(who, who.scopes(), state, filter, &sees_person)?;
    let (found, next) = waiting::page(&app.db.read, &sought, page.after()?, page.limit()).await?;
    let standings = waiting::views(&app.db.read, found).await?;
    Ok(Standings { standings, next: next.as_ref().map(cursor) })
}

/// Lines that nobody can read lie in no scope: they are shown to who reads evidence of the person.
fn sees(who: &Principal, person: &str) -> bool {
    use mobile_schema::{Place, Role};
    Place::parse(person).is_some_and(|p| who.role_over(&[Role::Manager, Role::Office, Role::Admin], &p).is_some())
}

fn sought<'a>(
    who: &Principal,
    readable: Vec<ScopeRange>,
    state: State,
    filter: &'a StandingFilter,
    sees_person: &'a (dyn Fn(&str) -> bool + Send + Sync),
) -> Result<waiting::Sought<'a>, Problem> {
    let below = filter::ranges(filter.place.as_deref(), &who.districts)?;
    Ok(waiting::Sought { readable, below, codes: filter.codes(state)?, filter, sees_person })
}

/// Decides on one.
pub async fn one(app: &App, who: &Principal, asked: &DecisionRequest) -> Result<Written, Problem> {
    let op = store::operation(&app.db.read, &who.scopes(), &asked.dot).await?.ok_or(ErrorCode::NotFound)?;
    write(app, who, drafts::decision(asked, &op)?).await
}

/// Writes one draft, in the role in which the person may.
pub async fn write(app: &App, who: &Principal, draft: Draft) -> Result<Written, Problem> {
    let carried = carried_scopes(app, std::slice::from_ref(&draft)).await?;
    if !carried.is_empty() {
        alike::role(who, carried.iter().map(String::as_str))?;
    }
    let role = may_write_now(app, who, &draft).await?;
    check_rule(app, who, &draft).await?;
    let mut written = app.committer.write(&who.acting(role), vec![draft]).await?;
    written.pop().ok_or_else(|| ErrorCode::Busy.into())
}

/// The shown values of a record as fed.
#[derive(Deserialize)]
struct Shown {
    f: Map<String, Value>,
}

/// A rule must hold together before anything goes by it.
async fn check_rule(app: &App, who: &Principal, draft: &Draft) -> Result<(), Problem> {
    if draft.kind != "rule" {
        return Ok(());
    }
    let row = store::record(&app.db.read, &who.scopes(), &draft.scope, draft.kind, &draft.id).await?;
    let fed = row.as_ref().and_then(|row| serde_json::from_str::<Shown>(&row.body).ok());
    let shown = fed.map(|fed| fed.f).unwrap_or_default();
    rules::check(&shown, &draft.fields, &Bounds { retention_floor_days: app.config.retention_floor_days })
}

/// Decides on all that are alike, or tells which they are.
pub async fn alike(app: &App, who: &Principal, asked: &DecideAlike) -> Result<DecidedAlike, Problem> {
    if asked.decision == Verb::None {
        return Err(Problem::new(ErrorCode::BadRequest, "decision: accept or refuse; undo takes a decision back"));
    }
    let found = gather(app, who, asked).await?;
    let names: Vec<String> = found.iter().map(|one| one.dot.to_string()).collect();
    let done = alike::is_confirmed(asked.confirm.as_deref(), &names)?;
    let mut batch = None;
    if done && !found.is_empty() {
        let (decision, reason) = (asked.decision, &asked.reason);
        let request = |dot| DecisionRequest { dot, decision, reason: reason.clone() };
        let drafts = found.iter().filter_map(|one| Some(drafts::decision(&request(one.dot), one.op.as_ref()?)));
        batch = write_all(app, who, drafts.collect::<Result<_, _>>()?).await?;
    }
    let operations = found.into_iter().map(AlikeOperation::from).collect();
    Ok(DecidedAlike {
        count: names.len(),
        confirm: alike::word(&names),
        done,
        batch: batch.map(|b| b.to_string()),
        operations,
    })
}

/// What waits, of what the person runs.
async fn gather(app: &App, who: &Principal, asked: &DecideAlike) -> Result<Vec<waiting::Found>, Problem> {
    let nobody = |_: &str| false;
    let sought = sought(who, who.run_scopes(), State::Quarantined, &asked.filter, &nobody)?;
    let ticked = |one: &waiting::Found| asked.dots.as_ref().is_none_or(|dots| dots.contains(&one.dot));
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (some, next) = waiting::page(&app.db.read, &sought, after, alike::MOST).await?;
        found.extend(some.into_iter().filter(ticked));
        if found.len() > alike::MOST {
            return Err(alike::too_many());
        }
        after = next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Writes the drafts, all or none, none of which is of a ruling kind but decisions. Gives by which they can be undone.
pub async fn write_all(app: &App, who: &Principal, drafts: Vec<Draft>) -> Result<Option<Batch>, Problem> {
    let carried = carried_scopes(app, &drafts).await?;
    let scopes = drafts.iter().map(|draft| &draft.scope).chain(&carried);
    let role = alike::role(who, scopes.map(String::as_str))?;
    for draft in &drafts {
        check_rule(app, who, draft).await?;
    }
    let written = app.committer.write(&who.acting(role), drafts).await?;
    Ok(Batch::of(&written.iter().map(|one| one.dot).collect::<Vec<_>>()))
}

/// The scopes of what is carried by the operations that these decide on: a decision on a phone's operation reaches there.
async fn carried_scopes(app: &App, drafts: &[Draft]) -> Result<Vec<String>, Problem> {
    let decided = drafts.iter().filter(|draft| draft.kind == "decision");
    let dots: Vec<Dot> = decided.filter_map(|draft| draft.id.parse().ok()).collect();
    let ops = lines::operations(&app.db.read, &dots).await?;
    let scopes = ops.values().filter_map(carried::write).map(|write| write.scope);
    // What lies in no scope is refused, whatever is decided.
    Ok(scopes.filter(|scope| Scope::parse(scope).is_some()).collect())
}

impl From<waiting::Found> for AlikeOperation {
    fn from(one: waiting::Found) -> Self {
        let [scope, kind, id] = one.name;
        let code = one.standing.code.name().to_owned();
        Self { dot: one.dot.to_string(), person: one.person, scope, kind, id, code }
    }
}
