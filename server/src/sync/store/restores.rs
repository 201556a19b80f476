//! Restores, what they lost, and operations that phones had seen and that are not here.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};
use sync_protocol::{Dot, Hash, InstallId, ids::lower_hex, sign::Receipt};
use utoipa::ToSchema;

use super::{append::install_id, chain};
use crate::{
    storage::{
        Db, Write,
        entities::{install, line, push, restore, restore_gap, unknown_dot},
        rows,
        scoping::{ScopeRange, find_in_scopes},
        server_keys,
    },
    sync::restores::{Shows, shows},
};

/// Most operations that are kept by name. More are not looked at by any office.
const MOST_KEPT: u64 = 10_000;

/// Whether the lines that a receipt covers are here, under its head.
pub async fn has(db: &impl ConnectionTrait, receipt: &Receipt) -> Result<bool, DbErr> {
    let head: Hash = lower_hex::<32>(&receipt.head).unwrap_or_default();
    let row = chain::find(db, receipt.install).await?;
    if row.is_some_and(|row| row.tip_seq == receipt.to as i64 && row.tip_head == head) {
        return Ok(true);
    }
    Ok(chain::heads_at(db, receipt.install, receipt.to).await?.contains(&head))
}

/// The highest seqs of installs; 0 of those that are not known.
pub async fn have(db: &impl ConnectionTrait, ids: &BTreeSet<InstallId>) -> Result<HashMap<InstallId, u64>, DbErr> {
    let wanted = ids.iter().map(|id| id.0.to_vec()).collect();
    let found = rows::select_in::<install::Entity, _>(db, install::Column::Id, wanted).await?;
    let mut have: HashMap<InstallId, u64> = ids.iter().map(|id| (*id, 0)).collect();
    have.extend(found.iter().filter_map(|row| Some((install_id(&row.id)?, row.tip_seq as u64))));
    Ok(have)
}

/// Notes that the lines of a receipt are not here. Where that proves a restore that was not known, the epoch `fresh` begins, in the same
/// transaction; gives whether it did.
pub async fn lost(db: &Db, receipt: &Receipt, fresh: &str, now_ms: i64) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    // Of several who prove it at once the first begins the epoch; the others wait here and find it begun.
    let epoch = server_keys::lock_epoch(&tx).await?;
    let known = restore::Entity::find().order_by_desc(restore::Column::NoticedMs).all(&tx).await?;
    let begins = shows(&receipt.epoch, &epoch, &ended(&known)) == Shows::NewRestore;
    let row = if begins {
        server_keys::begin_epoch(&tx, fresh).await?;
        proved(&tx, receipt, &epoch, fresh, now_ms).await?
    } else {
        let ended_it = known.into_iter().find(|row| ends(row, &receipt.epoch));
        ended_it.ok_or_else(|| DbErr::RecordNotFound(format!("the restore that ended epoch {}", receipt.epoch)))?
    };
    let epoch = row.epoch.clone();
    let lost_until_ms = row.lost_until_ms.max(Some(receipt.at));
    rows::upsert::<restore::Entity>(&tx, vec![restore::Model { lost_until_ms, ..row }]).await?;
    gap(&tx, receipt, epoch).await?;
    tx.commit().await?;
    Ok(begins)
}

fn ends(row: &restore::Model, epoch: &str) -> bool {
    row.before == epoch || row.proof_epoch.as_deref() == Some(epoch)
}

fn ended(known: &[restore::Model]) -> BTreeSet<String> {
    known.iter().flat_map(|row| [Some(&row.before), row.proof_epoch.as_ref()]).flatten().cloned().collect()
}

async fn proved(
    tx: &Write,
    receipt: &Receipt,
    before: &str,
    fresh: &str,
    now_ms: i64,
) -> Result<restore::Model, DbErr> {
    let newest = push::Entity::find().order_by_desc(push::Column::Id).limit(1).one(tx).await?;
    Ok(restore::Model {
        epoch: fresh.to_owned(),
        before: before.to_owned(),
        proof_epoch: (receipt.epoch != before).then(|| receipt.epoch.clone()),
        how: "receipt".to_owned(),
        noticed_ms: now_ms,
        newest_ms: newest.map(|row| row.received_ms),
        lost_until_ms: Some(receipt.at),
        install: Some(receipt.install.0.to_vec()),
        account: None,
    })
}

/// Notes what the restore lost of an install.
async fn gap(tx: &Write, receipt: &Receipt, epoch: String) -> Result<(), DbErr> {
    let install = receipt.install.0.to_vec();
    let have = chain::find(tx, receipt.install).await?.map_or(0, |row| row.tip_seq);
    let old = restore_gap::Entity::find_by_id((epoch.clone(), install.clone())).one(tx).await?;
    if old.as_ref().is_some_and(|old| old.upto >= receipt.to as i64) {
        return Ok(());
    }
    let have = old.map_or(have, |old| old.have);
    let head = lower_hex::<32>(&receipt.head).unwrap_or_default().to_vec();
    let row = restore_gap::Model { epoch, install, have, upto: receipt.to as i64, head, at_ms: receipt.at };
    rows::upsert::<restore_gap::Entity>(tx, vec![row]).await
}

/// An operation that a phone had seen, and where.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct Named {
    /// The operation.
    #[schema(value_type = String)]
    pub dot: Dot,
    /// Scope of the record in which it was shown or kept beside.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl Named {
    /// Whether it is no longer than names are.
    pub fn is_short(&self) -> bool {
        self.scope.len() <= 200 && self.kind.len() <= 64 && self.id.len() <= 128
    }
}

/// Keeps those that are not here; gives how many are new.
pub async fn note(db: &Db, by: Option<InstallId>, named: Vec<(Dot, Named)>, now_ms: i64) -> Result<usize, DbErr> {
    let here = here(&db.read, named.iter().map(|(dot, _)| *dot).collect()).await?;
    let tx = db.begin().await?;
    let epoch = server_keys::epoch(&tx).await?;
    let before = unknown_dot::Entity::find().count(&tx).await?;
    let room = MOST_KEPT.saturating_sub(before) as usize;
    let new = named.into_iter().filter(|(dot, _)| !here.contains(dot)).take(room).map(|(dot, n)| unknown_dot::Model {
        install: dot.install.0.to_vec(),
        seq: dot.seq as i64,
        hash: dot.hash.to_vec(),
        epoch: epoch.clone(),
        scope: n.scope,
        kind: n.kind,
        id: n.id,
        named_by: by.map(|install| install.0.to_vec()),
        named_ms: now_ms,
    });
    let new: Vec<_> = new.map(IntoActiveModel::into_active_model).collect();
    if !new.is_empty() {
        use unknown_dot::Column::{Hash, Install, Seq};
        let once = OnConflict::columns([Install, Seq, Hash]).do_nothing().to_owned();
        unknown_dot::Entity::insert_many(new).on_conflict(once).exec_without_returning(&tx).await?;
    }
    let after = unknown_dot::Entity::find().count(&tx).await?;
    tx.commit().await?;
    Ok((after - before) as usize)
}

/// Which of these operations are here.
async fn here(db: &impl ConnectionTrait, dots: Vec<Dot>) -> Result<HashSet<Dot>, DbErr> {
    let mut here = HashSet::new();
    for chunk in dots.chunks(200) {
        let mut any = Condition::any();
        for dot in chunk {
            let one = Condition::all().add(line::Column::Install.eq(dot.install.0.to_vec()));
            any = any.add(one.add(line::Column::Seq.eq(dot.seq as i64)).add(line::Column::Hash.eq(dot.hash.to_vec())));
        }
        let found: Vec<(Vec<u8>, i64, Vec<u8>)> = line::Entity::find()
            .select_only()
            .columns([line::Column::Install, line::Column::Seq, line::Column::Hash])
            .filter(any)
            .into_tuple()
            .all(db)
            .await?;
        here.extend(found.iter().filter_map(|(install, seq, hash)| dot_of(install, *seq, hash)));
    }
    Ok(here)
}

fn dot_of(install: &[u8], seq: i64, hash: &[u8]) -> Option<Dot> {
    Some(Dot { install: install_id(install)?, seq: seq as u64, hash: hash.try_into().ok()? })
}

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
    let dots: Vec<Dot> = rows.iter().filter_map(|row| dot_of(&row.install, row.seq, &row.hash)).collect();
    let here = here(db, dots).await?;
    let mut views: Vec<UnknownView> = rows
        .into_iter()
        .filter_map(|row| {
            let dot = dot_of(&row.install, row.seq, &row.hash)?;
            let (named_at, back) = (row.named_ms, here.contains(&dot));
            Some(UnknownView { dot: dot.to_string(), scope: row.scope, kind: row.kind, id: row.id, named_at, back })
        })
        .collect();
    views.sort_by_key(|view| view.back);
    Ok(views)
}
