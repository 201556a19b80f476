//! Until when one photo is kept, and why.

use serde::Serialize;
use sync_protocol::RecordKey;
use utoipa::ToSchema;

use super::{
    due::{self, Because},
    erase,
    holds::HoldView,
    preview::RuleName,
    rule::Clause,
    store::{self, gate, walk},
    worker::day,
};
use crate::{
    app::{App, now_ms},
    auth::Principal,
    error::Problem,
    office::store::erasable,
};

/// Until when a photo is kept.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct KeptView {
    /// By which rule; by none it is kept.
    pub rule: Option<RuleName>,
    /// What that says.
    pub clause: Option<Clause>,
    /// When it goes, unless held, ms.
    pub due: Option<i64>,
    /// From when the days were counted that make this.
    pub because: Option<Because>,
    /// The legal holds that cover it, of those that the reader may see.
    pub holds: Vec<HoldView>,
    /// Whether any covers it.
    pub is_held: bool,
}

/// Of the photo of that key, in that scope.
pub async fn of(app: &App, who: &Principal, scope: &str, key: &[u8; 20]) -> Result<KeptView, Problem> {
    let now_ms = now_ms();
    let terms = store::terms(&app.db, app.config.retention_floor_days).await?;
    let mut kept = KeptView::default();
    let ages = walk::ages(&app.db.read, vec![key.to_vec()]).await?;
    let applies = terms.of(scope, &day(now_ms, &app.config.time_zone));
    if let Some((applies, (_, age))) = applies.zip(ages.first()) {
        let due = due::due(*age, applies.clause, terms.floor_days);
        kept.rule = RuleName::of(applies.rule);
        (kept.clause, kept.due, kept.because) = (Some(applies.clause), Some(due.at_ms), Some(due.because));
    }
    let erasing = gate::erasing(&app.db).await?;
    if !erasing.holds.is_empty() {
        let ops = erasable::of_records(&app.db.read, vec![RecordKey(*key)]).await?;
        let held = erase::held(&app.db, &ops, &erasing).await?;
        let holds = held.into_values().flatten();
        let (visible, hidden): (Vec<_>, Vec<_>) = holds.partition(|hold| who.may_read(&hold.scope));
        kept.is_held = !(visible.is_empty() && hidden.is_empty());
        kept.holds = visible.into_iter().cloned().map(HoldView::from).collect();
    }
    Ok(kept)
}
