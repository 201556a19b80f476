//! Erasing what was kept for as long as it may: by operations of the server, in the authors' own scopes, and nothing that a hold covers.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use sync_protocol::{InstallId, Op, RecordKey, erase, merge::DELETED};

use super::{
    cover,
    store::{
        facts,
        gate::{self, Erasing},
    },
};
use crate::{
    storage::{
        Db,
        entities::{hold, install},
        rows,
    },
    sync::{
        committer::Committer,
        drafts::{Acting, Basis, Draft},
        store::standings,
    },
};

/// Erasures of one commit.
const MOST_DRAFTS: usize = 1_000;

/// What became of operations that were to be erased.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// So many were.
    pub erased: usize,
    /// So many stay, because a hold covers their records.
    pub held: usize,
}

/// Erases these operations, all that were written to their records, for that reason.
pub async fn erase(db: &Db, committer: &Committer, ops: &[Op], reason: &str) -> anyhow::Result<Done> {
    let erasing = gate::erasing(db).await?;
    let held = held(db, ops, &erasing).await?;
    let left = |op: &&Op| !op.erased && erase::is_erasable(&op.kind);
    let (stay, mut go): (Vec<&Op>, Vec<&Op>) =
        ops.iter().filter(left).partition(|op| held.contains_key(&facts::key(op)));
    // Deletions last: until all the rest is erased the record is to be found as a deleted one.
    go.sort_by_key(|op| (op.field(DELETED).is_some(), op.dot));
    for some in drafts(db, &go, reason).await?.chunks(MOST_DRAFTS) {
        let written = committer.write(&Acting::server(), some.to_vec()).await;
        written.map_err(|problem| anyhow::anyhow!("{problem}")).context("erasing")?;
    }
    Ok(Done { erased: go.len(), held: stay.len() })
}

/// The records, of those that these operations write, that holds cover; with these holds.
pub async fn held<'e>(
    db: &Db,
    ops: &[Op],
    erasing: &'e Erasing,
) -> anyhow::Result<HashMap<RecordKey, Vec<&'e hold::Model>>> {
    if erasing.holds.is_empty() {
        return Ok(HashMap::new());
    }
    let facts = facts::of(&db.read, ops).await?;
    let covering = |facts| cover::covering(&erasing.holds, facts, &erasing.districts);
    let held = facts.iter().map(|(key, facts)| (*key, covering(facts)));
    Ok(held.filter(|(_, holds)| !holds.is_empty()).collect())
}

async fn drafts(db: &Db, ops: &[&Op], reason: &str) -> anyhow::Result<Vec<Draft>> {
    let keys: BTreeSet<RecordKey> = ops.iter().map(|op| RecordKey::of(&op.scope, &op.kind, &op.id)).collect();
    let stand = standings::of_records(&db.read, &keys.into_iter().collect::<Vec<_>>()).await?;
    let ids: BTreeSet<Vec<u8>> = ops.iter().map(|op| op.dot.install.0.to_vec()).collect();
    let installs = rows::select_in::<install::Entity, _>(&db.read, install::Column::Id, ids.into_iter().collect());
    let owners: HashMap<Vec<u8>, install::Model> =
        installs.await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    let draft = |op: &&Op| {
        let scope = told(op, &owners);
        Draft::erasure(op, stand.get(&op.dot), &scope, Basis::RetentionExpired, reason)
    };
    Ok(ops.iter().map(draft).collect())
}

/// The author's own scope: this is of no interest to whoever else reads the record's. Of an author who is not known the latter.
fn told(op: &Op, owners: &HashMap<Vec<u8>, install::Model>) -> String {
    let InstallId(id) = op.dot.install;
    let author = owners.get(id.as_slice()).map(|row| match &op.acting {
        Some((person, _)) if row.server => person.as_str(),
        _ => row.person.as_str(),
    });
    author.filter(|person| !person.is_empty()).map_or_else(|| op.scope.clone(), |person| format!("{person}/own"))
}
