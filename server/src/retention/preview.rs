//! What would go by when: of the rules as they are, or with one more that is being thought of.

use mobile_schema::{Place, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    due::{DAY_MS, Terms},
    erase,
    rule::{self, Body},
    store::{self, gate, walk::Walk},
    worker::day,
};
use crate::{
    app::now_ms,
    config::Config,
    error::{ErrorCode, Problem},
    office::store::erasable,
    registry::rules::Bounds,
    storage::Db,
};

/// Most photos that are counted. Each is looked at.
const MOST: usize = 100_000;

/// What is asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreviewRequest {
    /// Until when, ms; 30 days from now where missing.
    pub by: Option<i64>,
    /// Only photos at this place and below.
    pub place: Option<String>,
    /// A rule that is not written yet, as if it held already.
    pub rule: Option<Proposed>,
}

/// A rule that is being thought of.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposed {
    /// Where.
    pub place: String,
    /// Its document.
    #[schema(value_type = Body)]
    pub body: serde_json::Value,
}

/// What would go.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// Until then, ms.
    pub by: i64,
    /// How many photos.
    pub count: usize,
    /// How many are due by then and stay, because a legal hold covers them.
    pub held: usize,
    /// Whether there are more: then so many were counted, place by place, and the last place is not whole.
    pub more: bool,
    /// Where any are due, in the order of their codes.
    pub places: Vec<PlaceView>,
}

/// What would go at a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// A code, or a person.
    pub place: String,
    /// The lane.
    pub lane: &'static str,
    /// The rule by which; none of one that is not written yet.
    pub rule: Option<RuleName>,
    /// How many photos.
    pub count: usize,
    /// How many are due and held.
    pub held: usize,
    /// When the first goes, ms; what is due already goes within the hour.
    pub first: i64,
}

/// A rule.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleName {
    /// Where it stands.
    pub place: String,
    /// The id of its record.
    pub id: String,
    /// Its title.
    pub title: String,
}

impl RuleName {
    /// Of a rule that is written.
    pub fn of(rule: &crate::storage::entities::rule::Model) -> Option<Self> {
        let name = || Self { place: rule.place.clone(), id: rule.id.clone(), title: rule.title.clone() };
        (!rule.record.is_empty()).then(name)
    }
}

/// What would go, of the scopes that `looks_at` takes.
pub async fn preview(
    (db, config): (&Db, &Config),
    looks_at: impl Fn(&str) -> bool,
    asked: &PreviewRequest,
) -> Result<Preview, Problem> {
    let by = asked.by.unwrap_or_else(|| now_ms() + 30 * DAY_MS);
    let mut terms = store::terms(db, config.retention_floor_days).await?;
    let on = day(by, &config.time_zone);
    if let Some(proposed) = &asked.rule {
        propose(&mut terms, proposed, &on)?;
    }
    let erasing = gate::erasing(db).await?;
    let mut all = Preview { by, count: 0, held: 0, more: false, places: Vec::new() };
    for scope in store::scopes(&db.read).await?.into_iter().filter(|scope| looks_at(scope)) {
        let (Some(applies), Some(name)) = (terms.of(&scope, &on), Scope::parse(&scope)) else { continue };
        let mut walk = Walk::new(db, &scope, applies.clause, terms.floor_days, by);
        let (mut count, mut held, mut first) = (0, 0, i64::MAX);
        while let Some(due) = walk.next().await? {
            first = due.values().map(|due| due.at_ms).min().unwrap_or(first).min(first);
            let total = due.len();
            let kept = match erasing.holds.is_empty() {
                true => 0,
                false => {
                    let ops = erasable::of_records(&db.read, due.into_keys().collect()).await?;
                    erase::held(db, &ops, &erasing).await?.len()
                }
            };
            count += total - kept;
            held += kept;
            all.more = all.count + all.held + count + held >= MOST;
            if all.more {
                break;
            }
        }
        if count + held > 0 {
            let (place, lane, rule) = (name.place.to_string(), name.lane.name(), RuleName::of(applies.rule));
            all.places.push(PlaceView { place, lane, rule, count, held, first });
        }
        all.count += count;
        all.held += held;
        if all.more {
            break;
        }
    }
    Ok(all)
}

/// Among rules of one place it comes first.
fn propose(terms: &mut Terms, proposed: &Proposed, on: &str) -> Result<(), Problem> {
    let place = Place::parse(&proposed.place);
    let place = place.ok_or_else(|| Problem::new(ErrorCode::BadRequest, "rule.place: a district, town or village"))?;
    let bounds = Bounds { retention_floor_days: terms.floor_days };
    rule::check(&proposed.body, &bounds).map_err(|why| Problem::new(ErrorCode::RuleRefused, why))?;
    let body: Body = serde_json::from_value(proposed.body.clone()).map_err(Problem::internal)?;
    terms.with(&place, &body, on);
    Ok(())
}
