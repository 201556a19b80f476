//! Following the chains of installs through the pushes that brought them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sync_protocol::{
    Hash, InstallId,
    chain::{self, Hashes},
    earlier::Earlier,
};

use crate::storage::entities::{install, line, push};

/// The install's row.
pub async fn find(db: &impl ConnectionTrait, id: InstallId) -> Result<Option<install::Model>, DbErr> {
    install::Entity::find_by_id(id.0.to_vec()).one(db).await
}

/// The heads that chains of the install have after that seq.
pub async fn heads_at(db: &impl ConnectionTrait, id: InstallId, seq: u64) -> Result<BTreeSet<Hash>, DbErr> {
    if seq == 0 {
        return Ok([chain::genesis(id)].into());
    }
    let covering = push::Entity::find()
        .filter(push::Column::Install.eq(id.0.to_vec()))
        .filter(push::Column::First.lte(seq as i64))
        .order_by_desc(push::Column::First)
        .all(db)
        .await?;
    Ok(covering.iter().filter_map(|p| head_in(p, seq)).collect())
}

fn head_in(push: &push::Model, seq: u64) -> Option<Hash> {
    let upto = usize::try_from(seq as i64 - push.first + 1).ok()?;
    if upto > push.count as usize {
        return None;
    }
    let head = push.head_before.as_slice().try_into().ok()?;
    Some(hashes_of(push).take(upto).fold(head, |head, hash| chain::next(&head, &hash)))
}

/// The hashes of a push's lines, in order.
pub fn hashes_of(push: &push::Model) -> impl Iterator<Item = Hash> {
    push.hashes.as_chunks::<32>().0.iter().copied()
}

/// Some heads the server knows of the install, newest first and sparser further back, for a phone to find what it has in common with it.
pub async fn known_heads(db: &impl ConnectionTrait, id: InstallId) -> Result<Vec<(u64, Hash)>, DbErr> {
    let pushes = push::Entity::find()
        .filter(push::Column::Install.eq(id.0.to_vec()))
        .order_by_desc(push::Column::First)
        .limit(64)
        .all(db)
        .await?;
    let mut heads: Vec<(u64, Hash)> = pushes
        .iter()
        .filter_map(|p| Some(((p.first + i64::from(p.count) - 1) as u64, p.head_after.as_slice().try_into().ok()?)))
        .collect();
    heads.sort_unstable_by(|a, b| b.cmp(a));
    heads.dedup();
    Ok(heads)
}

/// The bytes of these lines, in order; none unless each is here, once.
pub async fn stretch(db: &impl ConnectionTrait, of: Earlier) -> Result<Option<Vec<Vec<u8>>>, DbErr> {
    let rows: Vec<(i64, Vec<u8>)> = line::Entity::find()
        .select_only()
        .columns([line::Column::Seq, line::Column::Bytes])
        .filter(line::Column::Install.eq(of.install.0.to_vec()))
        .filter(line::Column::Seq.between(of.from as i64, of.to as i64))
        .filter(line::Column::Erased.is_null())
        .order_by_asc(line::Column::Seq)
        .into_tuple()
        .all(db)
        .await?;
    let whole = rows.iter().map(|(seq, _)| *seq as u64).eq(of.from..=of.to);
    Ok(whole.then(|| rows.into_iter().map(|(_, bytes)| bytes).collect()))
}

/// All contents of all seqs of the install.
pub async fn hashes(db: &impl ConnectionTrait, id: InstallId) -> Result<Hashes, DbErr> {
    let pushes = push::Entity::find().filter(push::Column::Install.eq(id.0.to_vec())).all(db).await?;
    let mut all: Hashes = BTreeMap::new();
    for push in &pushes {
        for (seq, hash) in (push.first as u64..).zip(hashes_of(push)) {
            all.entry(seq).or_default().insert(hash);
        }
    }
    Ok(all)
}
