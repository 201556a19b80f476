//! Corrected times in the database. A line with time evidence of its own needs nothing else; the others ("loose" lines, written in a boot
//! that had not heard from the server yet) have a row that says what is known of their time from their neighbours.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{
    Dot, InstallId, Line, Op,
    time::{self, Anchor, Corrected, TimeEvidence, Timed},
};

use super::append::{Fresh, install_id};
use crate::storage::{
    Write,
    entities::{line, loose_line},
    rows,
};

/// Brings the loose lines of installs that wrote something up to date; gives those whose time changed or is new.
pub async fn update(tx: &Write, fresh: &Fresh) -> Result<Vec<Dot>, DbErr> {
    let ids: Vec<Vec<u8>> = fresh.installs.values().map(|i| i.id.clone()).collect();
    let stored = rows::select_in::<loose_line::Entity, _>(tx, loose_line::Column::Install, ids).await?;
    let mut changed = Vec::new();
    for install in affected(fresh, &stored) {
        let before: HashMap<Dot, &loose_line::Model> =
            stored.iter().filter_map(|row| Some((dot(row)?, row))).filter(|(d, _)| d.install == install).collect();
        let fork = fresh.installs.get(&install).and_then(|i| i.fork_seq).map(|s| s as u64);
        let after = loose_rows(tx, install, fork).await?;
        let moved: Vec<loose_line::Model> =
            after.into_iter().filter(|row| dot(row).and_then(|d| before.get(&d)) != Some(&row)).collect();
        changed.extend(moved.iter().filter_map(dot));
        rows::upsert::<loose_line::Entity>(tx, moved).await?;
    }
    Ok(changed)
}

/// Installs with a loose line whose time the new lines may bear on.
fn affected(fresh: &Fresh, stored: &[loose_line::Model]) -> BTreeSet<InstallId> {
    let mut affected: BTreeSet<InstallId> =
        fresh.evidence.iter().filter(|(_, e)| e.own_anchor().is_none()).map(|(dot, _)| dot.install).collect();
    let wrote: HashSet<InstallId> = fresh.evidence.iter().map(|(dot, _)| dot.install).collect();
    let boots: HashSet<(InstallId, &str)> =
        fresh.evidence.iter().filter_map(|(dot, e)| Some((dot.install, e.boot.as_deref()?))).collect();
    for row in stored {
        let Some(install) = install_id(&row.install).filter(|i| wrote.contains(i)) else { continue };
        let same_boot = row.boot.as_deref().is_some_and(|boot| boots.contains(&(install, boot)));
        // Lines above both its bounds say nothing new. Lines below come only where an install forked or a blank was filled.
        let lowest = fresh.evidence.iter().filter(|(d, _)| d.install == install).map(|(d, _)| d.seq as i64).min();
        if same_boot || lowest.is_some_and(|seq| seq <= row.hi_seq) || fresh.forked.contains(&install) {
            affected.insert(install);
        }
    }
    affected
}

/// The loose lines of an install, as all its lines show them.
async fn loose_rows(
    db: &impl ConnectionTrait,
    install: InstallId,
    fork: Option<u64>,
) -> Result<Vec<loose_line::Model>, DbErr> {
    let stored = line::Entity::find().filter(line::Column::Install.eq(install.0.to_vec())).all(db).await?;
    let timed: Vec<Timed> = stored.iter().filter_map(timed).collect();
    let times = time::correct(&timed, fork);
    let anchored: Vec<u64> =
        timed.iter().zip(&times).filter(|(_, t)| t.anchored().is_some()).map(|(l, _)| l.seq).collect();
    let loose = timed.iter().zip(times).filter(|(line, _)| line.evidence.own_anchor().is_none());
    Ok(loose
        .map(|(line, time)| {
            let (at, (lo, hi)) = match time {
                Corrected::At(anchor) => (Some(anchor), (None, None)),
                Corrected::Within(lo, hi) => (None, (lo, hi)),
            };
            loose_line::Model {
                install: install.0.to_vec(),
                seq: line.seq as i64,
                hash: line.hash[..8].to_vec(),
                boot: line.evidence.boot.clone(),
                at_ms: at.map(|a| a.at_ms),
                uncertainty_ms: at.map(|a| a.uncertainty_ms),
                lo_ms: lo,
                hi_ms: hi,
                hi_seq: anchored.iter().copied().filter(|s| *s > line.seq).min().map_or(i64::MAX, |s| s as i64),
            }
        })
        .collect())
}

fn timed(row: &line::Model) -> Option<Timed> {
    let evidence = match row.read()? {
        Line::Op(op) => op.time,
        Line::Time(evidence) => evidence,
        Line::Unreadable(_) => TimeEvidence::default(),
        Line::Blank(_) => return None,
    };
    Some(Timed { seq: row.seq as u64, hash: row.line_hash(), evidence })
}

/// The corrected times of operations.
pub async fn of(db: &impl ConnectionTrait, ops: &[&Op]) -> Result<HashMap<Dot, Corrected>, DbErr> {
    let mut times = HashMap::with_capacity(ops.len());
    let mut loose: BTreeSet<InstallId> = BTreeSet::new();
    for op in ops {
        match op.own_time() {
            Some(time) => {
                times.insert(op.dot, time);
            }
            None => {
                loose.insert(op.dot.install);
            }
        }
    }
    if !loose.is_empty() {
        let ids = loose.iter().map(|i| i.0.to_vec()).collect();
        for row in rows::select_in::<loose_line::Entity, _>(db, loose_line::Column::Install, ids).await? {
            if let Some(dot) = dot(&row) {
                // Of a carried line its own evidence alone speaks, and not that of the install that carries it.
                times.entry(dot).or_insert_with(|| corrected(&row));
            }
        }
    }
    Ok(times)
}

/// What a row says of its line's time.
pub fn corrected(row: &loose_line::Model) -> Corrected {
    match (row.at_ms, row.uncertainty_ms) {
        (Some(at_ms), Some(uncertainty_ms)) => Corrected::At(Anchor { at_ms, uncertainty_ms }),
        _ => Corrected::Within(row.lo_ms, row.hi_ms),
    }
}

fn dot(row: &loose_line::Model) -> Option<Dot> {
    Some(Dot { install: install_id(&row.install)?, seq: row.seq as u64, hash: row.hash.as_slice().try_into().ok()? })
}

/// Makes all loose lines again.
pub async fn rebuild(tx: &Write, installs: &[(InstallId, Option<u64>)]) -> Result<(), DbErr> {
    loose_line::Entity::delete_many().exec(tx).await?;
    for (install, fork) in installs {
        let rows = loose_rows(tx, *install, *fork).await?;
        rows::insert::<loose_line::Entity>(tx, rows).await?;
    }
    Ok(())
}
