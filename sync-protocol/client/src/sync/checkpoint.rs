//! The switch at a checkpoint: what was staged becomes what is shown, in one transaction.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde::Deserialize;
use sync_protocol::{Dot, pull::Checkpoint, record::Digest};

use super::healing;
use crate::{
    engine::drop_left_scopes,
    store::{
        Result, chain, records,
        staging::{self, Staged},
        standings::{self, HeardStanding},
    },
};

/// What a switch came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Switched {
    /// Scopes whose digest differs from the server's.
    pub differ: Vec<String>,
    /// Scopes dropped.
    pub dropped: u32,
    /// The server sent a scope whole that this phone had and did not ask for.
    pub unexpected_reset: bool,
}

/// `doubted`: the server may have been put back to an earlier state.
pub(super) fn switch(db: &Connection, told: &Checkpoint, doubted: bool) -> Result<Switched> {
    let known = records::scopes(db)?;
    // To a phone without cursor a server tells all that it may read as entered, and cannot know what it had besides.
    let mut left = told.left.clone();
    if staging::is_whole(db)? {
        left.extend(known.iter().map(|s| s.scope.clone()).filter(|s| !told.entered.contains(s)));
    }
    let asked = |scope: &String| known.iter().any(|s| s.scope == *scope && s.again);
    let unexpected_reset = told.reset.iter().any(|scope| !asked(scope));
    // A scope entered is sent whole too: it may have been left before, and not dropped yet for its queue.
    let whole = || told.reset.iter().chain(&told.entered);
    // To a server put back, a scope without records is one that is not there. Otherwise what is left is not missed.
    let missed = left.iter().filter(|_| doubted || unexpected_reset);
    let before = healing::shown(db, whole().chain(missed))?;
    for scope in whole() {
        records::clear_scope(db, scope)?;
    }
    apply(db, &left)?;
    if !before.is_empty() {
        healing::keep_unseen(db, before, &healing::shown(db, whole())?)?;
    }
    staging::end(db, &told.cursor)?;
    records::again_answered(db)?;
    for scope in &left {
        records::set_leaving(db, scope)?;
    }
    let dropped = drop_left_scopes(db)?;

    let mut marks = chain::marks(db)?;
    marks.reflected = marks.pulling;
    chain::set_marks(db, &marks)?;

    let mut differ = Vec::new();
    for (scope, theirs) in &told.digests {
        if !left.contains(scope) && records::digest(db, scope)?.hex() != *theirs {
            differ.push(scope.clone());
        }
    }
    Ok(Switched { differ, dropped, unexpected_reset })
}

/// Works the staged bodies in, and keeps the digests of their scopes running: no record is hashed twice.
fn apply(db: &Connection, left: &BTreeSet<String>) -> Result<()> {
    let own = chain::marks(db)?.install;
    let mut current: Option<(String, Digest)> = None;
    staging::each(db, |row| {
        // What came before the right ended is not shown any more; the scope's own records wait for the queue.
        if left.contains(&row.scope) {
            return Ok(());
        }
        let mut digest = match current.take() {
            Some((scope, digest)) if scope == row.scope => digest,
            other => {
                finish(db, other)?;
                records::digest(db, &row.scope)?
            }
        };
        if let Some(old) = records::hash_of(db, &row.scope, &row.kind, &row.id)? {
            digest.remove(&old);
        }
        if let Some(new) = &row.hash {
            digest.add(new);
        }
        match row.empty {
            true => records::forget(db, &row.scope, &row.kind, &row.id)?,
            false => records::put(db, &row.scope, &row.kind, &row.id, row.hash.as_ref(), &row.body)?,
        }
        if row.kind == "standing" {
            hear_standing(db, own, &row)?;
        }
        current = Some((row.scope, digest));
        Ok(())
    })?;
    finish(db, current)
}

fn finish(db: &Connection, current: Option<(String, Digest)>) -> Result<()> {
    match current {
        Some((scope, digest)) => records::set_digest(db, &scope, &digest),
        None => Ok(()),
    }
}

/// A standing that changed since the push was answered comes by the feed.
fn hear_standing(db: &Connection, own: sync_protocol::InstallId, row: &Staged) -> Result<()> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        f: Fields,
    }
    #[derive(Default, Deserialize)]
    struct Fields {
        #[serde(default)]
        standing: String,
        #[serde(default)]
        code: String,
        #[serde(default)]
        sentence: String,
    }
    let Some(dot) = row.id.parse::<Dot>().ok().filter(|dot| dot.install == own) else { return Ok(()) };
    // One that cannot be read keeps nobody from the rest.
    let Ok(Body { f }) = serde_json::from_str(&row.body) else { return Ok(()) };
    if row.empty || f.standing.is_empty() || f.standing == "applied" {
        return standings::clear(db, dot.seq, dot.seq);
    }
    standings::set(db, &HeardStanding { seq: dot.seq, state: f.standing, code: f.code, sentence: f.sentence })
}
