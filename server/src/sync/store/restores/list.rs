//! What the office is told of restores.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder};
use serde::Serialize;
use sync_protocol::{Dot, Hash};
use utoipa::ToSchema;

use super::here;
use crate::{
    storage::{
        dots,
        entities::{restore, restore_gap, unknown_dot},
        scoping::{ScopeRange, find_in_scopes},
        server_keys,
    },
    sync::store::{append::install_id, chain},
};

/// All that is known of restores.
#[derive(Debug, Serialize, ToSchema)]
pub struct Restores {
    /// The epoch now.
    pub epoch: String,
    /// Restores, the newest first.
    pub restores: Vec<RestoreView>,
    /// Operations that phones had seen and named because this server did not have them, those still missing first.
    pub unknown: Vec<UnknownView>,
    /// How many of them are still missing.
    pub unknown_missing: usize,
}

/// A restore.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestoreView {
    /// The epoch that it began.
    pub epoch: String,
    /// The epoch before.
    pub before: String,
    /// `backup` (`zhucun restore`) or `receipt` (a phone proved it).
    pub how: String,
    /// When it became known, ms.
    pub noticed_at: i64,
    /// The span that was lost begins here: when the newest push that was left had been received, ms.
    pub from: Option<i64>,
    /// It goes at least to here: the newest receipt over something that was lost, ms.
    pub until: Option<i64>,
    /// The phone whose receipt proved it.
    pub proved_by: Option<String>,
    /// What `zhucun restore` did.
    #[schema(value_type = Option<Object>)]
    pub account: Option<serde_json::Value>,
    /// What phones proved to have been lost of theirs.
    pub gaps: Vec<GapView>,
}

/// What a restore lost of an install.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapView {
    /// The install.
    pub install: String,
    /// Whose; none while it is not known.
    pub person: Option<String>,
    /// The first line that was lost.
    pub first: i64,
    /// The last that a receipt covers.
    pub last: i64,
    /// When that had been received, ms.
    pub at: i64,
    /// Whether all of them are here again.
    pub back: bool,
}

/// An operation that phones had seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnknownView {
    /// The operation.
    pub dot: String,
    /// Scope of the record in which it was seen.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// When it was named first, ms.
    pub named_at: i64,
    /// Whether it is here by now.
    pub back: bool,
}

/// All that is known: operations in scopes that the reader sees, gaps of people whom they run.
pub async fn list(db: &impl ConnectionTrait, readable: &[ScopeRange], run: &[ScopeRange]) -> Result<Restores, DbErr> {
    let mut gaps: HashMap<String, Vec<GapView>> = HashMap::new();
    for row in restore_gap::Entity::find().order_by_asc(restore_gap::Column::Install).all(db).await? {
        if let Some(view) = gap_view(db, &row, run).await? {
            gaps.entry(row.epoch).or_default().push(view);
        }
    }
    let rows = restore::Entity::find().order_by_desc(restore::Column::NoticedMs).all(db).await?;
    let restores = rows.into_iter().map(|row| {
        let gaps = gaps.remove(&row.epoch).unwrap_or_default();
        restore_view(row, gaps)
    });
    let unknown = unknown(db, readable).await?;
    Ok(Restores {
        epoch: server_keys::epoch(db).await?,
        restores: restores.collect(),
        unknown_missing: unknown.iter().filter(|view| !view.back).count(),
        unknown,
    })
}

fn restore_view(row: restore::Model, gaps: Vec<GapView>) -> RestoreView {
    RestoreView {
        epoch: row.epoch,
        before: row.before,
        how: row.how,
        noticed_at: row.noticed_ms,
        from: row.newest_ms,
        until: row.lost_until_ms,
        proved_by: row.install.as_deref().and_then(install_id).map(|id| id.to_string()),
        account: row.account.and_then(|text| serde_json::from_str(&text).ok()),
        gaps,
    }
}

async fn gap_view(
    db: &impl ConnectionTrait,
    row: &restore_gap::Model,
    run: &[ScopeRange],
) -> Result<Option<GapView>, DbErr> {
    let Some(id) = install_id(&row.install) else { return Ok(None) };
    let person = chain::find(db, id).await?.map(|row| row.person);
    // Of an install that is not known here nobody knows whose it is; everyone who runs a place is told.
    let theirs = |person: &String| run.iter().any(|range| range.contains(&format!("{person}/own")));
    if person.as_ref().is_some_and(|person| !theirs(person)) {
        return Ok(None);
    }
    let head = <Hash>::try_from(row.head.as_slice()).unwrap_or_default();
    let back = chain::heads_at(db, id, row.upto as u64).await?.contains(&head);
    let (first, last, at) = (row.have + 1, row.upto, row.at_ms);
    Ok(Some(GapView { install: id.to_string(), person, first, last, at, back }))
}

async fn unknown(db: &impl ConnectionTrait, readable: &[ScopeRange]) -> Result<Vec<UnknownView>, DbErr> {
    let query = find_in_scopes::<unknown_dot::Entity>(unknown_dot::Column::Scope, db.get_database_backend(), readable);
    let rows = query.order_by_asc(unknown_dot::Column::Scope).order_by_asc(unknown_dot::Column::Id).all(db).await?;
    let dots: Vec<Dot> = rows.iter().filter_map(|row| dots::dot(&row.install, row.seq, &row.hash)).collect();
    let here = here(db, dots).await?;
    let mut views: Vec<UnknownView> = rows
        .into_iter()
        .filter_map(|row| {
            let dot = dots::dot(&row.install, row.seq, &row.hash)?;
            let (named_at, back) = (row.named_ms, here.contains(&dot));
            Some(UnknownView { dot: dot.to_string(), scope: row.scope, kind: row.kind, id: row.id, named_at, back })
        })
        .collect();
    views.sort_by_key(|view| view.back);
    Ok(views)
}
