//! Restores, what they lost, and operations that phones had seen and that are not here. [`list`] is what the office is told of them.

pub mod list;

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use serde::Deserialize;
use sync_protocol::{Dot, Hash, InstallId, ids::lower_hex, sign::Receipt};
use utoipa::ToSchema;

use super::{append::install_id, chain};
use crate::{
    storage::{
        Db, Write, dots,
        entities::{install, line, push, restore, restore_gap, unknown_dot},
        rows, server_keys,
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
async fn here(db: &impl ConnectionTrait, named: Vec<Dot>) -> Result<HashSet<Dot>, DbErr> {
    use line::Column::{Hash, Install, Seq};
    let mut here = HashSet::new();
    for chunk in named.chunks(dots::A_STATEMENT) {
        let found: Vec<(Vec<u8>, i64, Vec<u8>)> = line::Entity::find()
            .select_only()
            .columns([Install, Seq, Hash])
            .filter(dots::among((Install, Seq, Hash), chunk))
            .into_tuple()
            .all(db)
            .await?;
        here.extend(found.iter().filter_map(|(install, seq, hash)| dots::dot(install, *seq, hash)));
    }
    Ok(here)
}
