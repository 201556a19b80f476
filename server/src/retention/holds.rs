//! Placing, lifting and listing legal holds. Each is a record: who placed or lifted it, when and why stands in lines, as with all that the office decides.

use mobile_schema::{Lane, Place, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::store::{gate, holds};
use crate::{
    app::{App, random_bytes},
    auth::Principal,
    error::{ErrorCode, Problem},
    office::{
        drafts::REASON_MAX,
        erasing::RecordName,
        filter::ranges,
        page::{PageQuery, cursor},
    },
    storage::entities::hold,
    sync::drafts::{Draft, Saw},
};

/// What is to be held, and why. Of what lies at the place and below it is all, or only what each of the other members names.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    /// A district, town, village, unit or person.
    pub place: String,
    /// Only what is of this person: what they wrote, what is said of them, their own scope.
    pub person: Option<String>,
    /// Only the visit of this id, and what belongs to it.
    pub visit: Option<String>,
    /// Only the visits of this campaign, and what belongs to them.
    pub campaign: Option<String>,
    /// Only this record.
    pub record: Option<RecordName>,
    /// Why, in 1 to 1,000 characters.
    pub reason: String,
}

/// Lifts a hold.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRequest {
    /// Scope of the hold.
    pub scope: String,
    /// Its id.
    pub id: String,
    /// Why, in 1 to 1,000 characters.
    pub reason: String,
}

/// A legal hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldView {
    /// Scope of its record.
    pub scope: String,
    /// Its id.
    pub id: String,
    /// It covers what lies here and below,
    pub place: String,
    /// of this person,
    pub person: Option<String>,
    /// of this visit,
    pub visit: Option<String>,
    /// of this campaign,
    pub campaign: Option<String>,
    /// of this record alone; where these are missing all.
    pub record: Option<RecordName>,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub by: String,
    /// When, ms.
    pub since: i64,
    /// That it was lifted; it stands where missing.
    pub lifted: Option<LiftedView>,
}

/// That a hold was lifted.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiftedView {
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: Option<String>,
    /// When, ms.
    pub at: Option<i64>,
}

/// Which holds.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HoldFilter {
    /// Only those placed at this place and below.
    pub place: Option<String>,
    /// Only those that stand (`true`) or were lifted (`false`).
    pub standing: Option<bool>,
}

/// A page of holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holds {
    /// In the order of their keys.
    pub holds: Vec<HoldView>,
    /// `cursor` of the next page, if there may be one.
    pub next: Option<String>,
}

/// Places a hold. Once this returns, nothing that it covers is erased.
pub async fn place(app: &App, who: &Principal, asked: &HoldRequest) -> Result<HoldView, Problem> {
    let place = Place::parse(&asked.place).ok_or_else(|| bad("place: a district, town, village, unit or person"))?;
    let role = who.office_over(&place)?;
    let id = hex::encode(random_bytes::<16>());
    let scope = Scope::new(place, Lane::Inspection).to_string();
    let draft = draft(&scope, &id, fields(asked)?);
    let placing = gate::placing(&app.db).await?;
    app.committer.write(&who.acting(role), vec![draft]).await?;
    drop(placing);
    view_of(app, who, &scope, &id).await
}

/// Lifts a hold: what it covered may be erased again.
pub async fn lift(app: &App, who: &Principal, asked: &LiftRequest) -> Result<HoldView, Problem> {
    let hold = holds::one(&app.db.read, &who.scopes(), &asked.scope, &asked.id).await?.ok_or(ErrorCode::NotFound)?;
    let place = Place::parse(&hold.place).ok_or(ErrorCode::NotFound)?;
    let role = who.office_over(&place)?;
    if hold.lifted.is_some() {
        return Err(Problem::new(ErrorCode::NotDecidable, "it was lifted already"));
    }
    let fields = Map::from_iter([("lifted".to_owned(), reason(&asked.reason)?)]);
    app.committer.write(&who.acting(role), vec![draft(&hold.scope, &hold.id, fields)]).await?;
    view_of(app, who, &hold.scope, &hold.id).await
}

/// A page of the holds that the person may see.
pub async fn list(app: &App, who: &Principal, filter: &HoldFilter, page: &PageQuery) -> Result<Holds, Problem> {
    let (readable, below) = (who.scopes(), ranges(filter.place.as_deref(), &who.districts)?);
    let within = (readable.as_slice(), below.as_deref());
    let found = holds::list(&app.db.read, within, filter.standing, page.after()?, page.limit()).await?;
    let next = (found.len() == page.limit()).then(|| found.last().map(|last| cursor(&last.record))).flatten();
    Ok(Holds { holds: found.into_iter().map(HoldView::from).collect(), next })
}

async fn view_of(app: &App, who: &Principal, scope: &str, id: &str) -> Result<HoldView, Problem> {
    let row = holds::one(&app.db.read, &who.scopes(), scope, id).await?;
    row.map(HoldView::from).ok_or_else(|| ErrorCode::NotFound.into())
}

fn draft(scope: &str, id: &str, fields: Map<String, Value>) -> Draft {
    Draft { scope: scope.to_owned(), kind: "hold", id: id.to_owned(), fields, saw: Saw::Current, tpl: None }
}

fn fields(asked: &HoldRequest) -> Result<Map<String, Value>, Problem> {
    let HoldRequest { person, visit, campaign, record, .. } = asked;
    let mut fields = Map::from_iter([("reason".to_owned(), reason(&asked.reason)?)]);
    let name = |part: fn(&RecordName) -> &String| record.as_ref().map(|record| part(record).clone());
    for (field, value) in [
        ("person", person.clone()),
        ("visit", visit.clone()),
        ("campaign", campaign.clone()),
        ("scope", name(|record| &record.scope)),
        ("kind", name(|record| &record.kind)),
        ("record", name(|record| &record.id)),
    ] {
        fields.extend(value.map(|value| (field.to_owned(), Value::String(value))));
    }
    Ok(fields)
}

fn reason(text: &str) -> Result<Value, Problem> {
    let text = text.trim();
    match text.chars().count() {
        1..=REASON_MAX => Ok(Value::String(text.to_owned())),
        _ => Err(bad(&format!("reason: 1 to {REASON_MAX} characters"))),
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(ErrorCode::BadRequest, detail)
}

/// That these holds cover what was to be erased, told to somebody who is to see those that they may read.
pub fn refusal<'h>(holds: impl Iterator<Item = &'h hold::Model>, who: &Principal) -> Problem {
    let visible = holds.filter(|hold| who.may_read(&hold.scope)).cloned().map(HoldView::from);
    Problem::from(ErrorCode::OnHold).with("holds", visible.collect::<Vec<_>>())
}

impl From<hold::Model> for HoldView {
    fn from(row: hold::Model) -> Self {
        let lifted = row.lifted.map(|reason| LiftedView { reason, by: row.lifted_by, at: row.lifted_ms });
        let record = row.of_name.as_deref().and_then(|name| {
            let mut parts = name.splitn(3, '\n').map(str::to_owned);
            Some(RecordName { scope: parts.next()?, kind: parts.next()?, id: parts.next()? })
        });
        Self {
            scope: row.scope,
            id: row.id,
            place: row.place,
            person: row.person,
            visit: row.visit,
            campaign: row.campaign,
            record,
            reason: row.reason,
            by: row.by,
            since: row.since_ms,
            lifted,
        }
    }
}
