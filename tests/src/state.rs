//! What a database of the server says the world is, in the form of `sync_protocol::world::fold`, to be held to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use anyhow::{Context as _, Result, ensure};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _, QuerySelect as _};
use sync_protocol::{
    Code, Dot, InstallId, Line, Standing, carried, erase,
    sign::PublicKey,
    world::{self, Placed, World},
};
use zhucun::{
    storage::entities::{conflict, install, line, record, scope, standing},
    sync::store::standings,
};

fn install_of(bytes: &[u8]) -> Result<InstallId> {
    Ok(InstallId(bytes.try_into().context("an install has 16 bytes")?))
}

/// The lines as stored, but for those that were erased.
pub async fn lines(db: &impl ConnectionTrait) -> Result<Vec<Placed>> {
    let rows = line::Entity::find().filter(line::Column::Erased.is_null()).all(db).await?;
    let placed = |r: line::Model| Ok(Placed { install: install_of(&r.install)?, seq: r.seq as u64, bytes: r.bytes });
    rows.into_iter().map(placed).collect()
}

/// What the lines as stored, and the skeletons of those that were erased, come to at once.
pub async fn fold(db: &impl ConnectionTrait, servers: &[PublicKey]) -> Result<World> {
    let erased = line::Entity::find().filter(line::Column::Erased.is_not_null()).all(db).await?;
    let skeletons = erased.iter().filter_map(|row| match row.read()? {
        Line::Op(op) => Some((row.line_hash(), *op)),
        _ => None,
    });
    Ok(world::fold_skeletons(&lines(db).await?, skeletons, servers))
}

/// The operations that erasures among the records take, and that are still there with their values.
pub async fn unerased(db: &impl ConnectionTrait, state: &World) -> Result<Vec<Dot>> {
    let named: BTreeSet<&str> =
        state.records.keys().filter(|(_, kind, _)| kind == "erasure").map(|(.., id)| id.as_str()).collect();
    let rows = line::Entity::find().filter(line::Column::Erased.is_null()).all(db).await?;
    let is_named = |dot: Dot| named.contains(dot.to_string().as_str());
    let still = rows.iter().filter_map(|row| match row.read()? {
        Line::Op(op)
            if erase::is_erasable(&op.kind) && (is_named(op.dot) || carried::name(&op).is_some_and(is_named)) =>
        {
            Some(op.dot)
        }
        _ => None,
    });
    Ok(still.collect())
}

/// The records that stand, the derived ones too.
pub async fn records(db: &impl ConnectionTrait) -> Result<Vec<record::Model>> {
    let rows = record::Entity::find().all(db).await?;
    Ok(rows.into_iter().filter(|row| !row.empty).collect())
}

/// Scope and position of all records in feeds, with those of which nothing stands any more.
pub async fn positions(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>> {
    let rows = record::Entity::find().select_only().column(record::Column::Scope).column(record::Column::Pos);
    Ok(rows.into_tuple().all(db).await?)
}

/// What the tables say: records, standings, digests, forks.
pub async fn state(db: &impl ConnectionTrait) -> Result<World> {
    let mut state = World::default();
    for row in records(db).await?.into_iter().filter(|row| !row.derived) {
        state.records.insert((row.scope, row.kind, row.id), row.body);
    }
    let mut stored: BTreeMap<Dot, Standing> = BTreeMap::new();
    for row in standing::Entity::find().all(db).await? {
        stored.extend(standings::read(&row));
    }
    for row in line::Entity::find().all(db).await? {
        let (dot, read) = row.dot().zip(row.read()).with_context(|| format!("a line that is not whole: {row:?}"))?;
        if matches!(read, Line::Op(_) | Line::Unreadable(_)) {
            let standing = stored.remove(&dot).unwrap_or(Standing::of(Code::Applied));
            state.standings.insert(dot, standing);
        }
    }
    ensure!(stored.is_empty(), "standings of lines that are not there: {stored:?}");
    for row in scope::Entity::find().all(db).await? {
        let digest = hex::encode(&row.digest);
        if digest.bytes().any(|b| b != b'0') {
            state.digests.insert(row.scope, digest);
        }
    }
    for row in install::Entity::find().all(db).await? {
        if let Some(fork) = row.fork_seq {
            state.forks.insert(install_of(&row.id)?, fork as u64);
        }
    }
    Ok(state)
}

/// Whether the list of conflicts is that of the records.
pub async fn conflicts_agree(db: &impl ConnectionTrait, state: &World) -> Result<()> {
    let open = state.records.values().filter(|body| body.contains("\"open\":[")).count();
    let conflicts: BTreeSet<Vec<u8>> = conflict::Entity::find().all(db).await?.into_iter().map(|c| c.record).collect();
    ensure!(conflicts.len() == open, "{} records are listed in conflict, {open} are", conflicts.len());
    Ok(())
}

/// Where a database and the fold differ; empty where they do not.
pub fn unlike(state: &World, folded: &World) -> String {
    [
        unlike_maps(&state.forks, &folded.forks),
        unlike_maps(&state.standings, &folded.standings),
        unlike_maps(&state.records, &folded.records),
        unlike_maps(&state.digests, &folded.digests),
    ]
    .concat()
}

fn unlike_maps<K: Ord + Debug, V: PartialEq + Debug>(database: &BTreeMap<K, V>, fold: &BTreeMap<K, V>) -> String {
    let keys: BTreeSet<&K> = database.keys().chain(fold.keys()).collect();
    let unlike = keys.into_iter().filter(|k| database.get(k) != fold.get(k));
    unlike.map(|k| format!("{k:?}\n  database {:?}\n  fold     {:?}\n", database.get(k), fold.get(k))).collect()
}
