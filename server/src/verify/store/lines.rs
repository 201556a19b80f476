//! The lines of an install beside what its signed chain names.

use futures::TryStreamExt as _;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, StreamTrait};
use sync_protocol::{Hash, InstallId, Line, Op, RecordKey, carried, chain, custody::Custody, ids::short};

use crate::{
    storage::entities::line,
    sync::store::{append::record_key, erase::Erasures},
    verify::finding::{Code, Finding, Report},
};

/// So often it is told how far it is.
const TOLD_EVERY: u64 = 1_000_000;

/// Lines looked at.
#[derive(Debug, Default)]
pub struct Seen {
    /// All.
    pub lines: u64,
    /// Of these, those whose bytes the phone had lost.
    blank: u64,
}

impl Seen {
    /// Says what is there in name only.
    pub fn note(&self, report: &mut Report<'_>) {
        if self.blank > 0 {
            report.note(format!("{} lines are blanks: their phones had lost the bytes", self.blank));
        }
    }
}

/// Checks the lines of an install.
pub async fn check<C: ConnectionTrait + StreamTrait>(
    db: &C,
    id: InstallId,
    custody: &Custody,
    erasures: &Erasures,
    seen: &mut Seen,
    report: &mut Report<'_>,
) -> Result<(), DbErr> {
    let mut rows = line::Entity::find()
        .filter(line::Column::Install.eq(id.0.to_vec()))
        .order_by_asc(line::Column::Seq)
        .order_by_asc(line::Column::Hash)
        .stream(db)
        .await?;
    let mut named = custody.seqs().peekable();
    let mut here: Vec<line::Model> = Vec::new();
    loop {
        let mut next = rows.try_next().await?;
        if let Some(row) = next.take_if(|row| here.first().is_some_and(|first| first.seq == row.seq)) {
            here.push(row);
            continue;
        }
        if let Some(seq) = here.first().map(|row| row.seq as u64) {
            while let Some(before) = named.next_if(|named| *named < seq) {
                at(id, before, &[], custody, erasures, report);
            }
            named.next_if_eq(&seq);
            at(id, seq, &here, custody, erasures, report);
            seen.blank += here.iter().filter(|row| chain::blank(&row.bytes).is_some()).count() as u64;
            let before = seen.lines / TOLD_EVERY;
            seen.lines += here.len() as u64;
            if seen.lines / TOLD_EVERY > before {
                report.progress(format!("{} lines", seen.lines));
            }
        }
        match next {
            Some(row) => here = vec![row],
            None => break,
        }
    }
    for missing in named {
        at(id, missing, &[], custody, erasures, report);
    }
    Ok(())
}

/// Checks the lines at one seq.
fn at(id: InstallId, seq: u64, rows: &[line::Model], custody: &Custody, erasures: &Erasures, report: &mut Report<'_>) {
    let mut left: Option<Vec<Hash>> = custody.named(seq).map(<[Hash]>::to_vec);
    let mut odd: Vec<(&line::Model, Hash)> = Vec::new();
    for row in rows {
        let own = row.line_hash();
        let kept_well = row.hash == short(&own);
        let named =
            left.as_mut().and_then(|left| left.iter().position(|hash| *hash == own).map(|i| left.swap_remove(i)));
        let expected = match (named, &left) {
            // Nobody can say what the chain names here: the line can only be held to its own hash.
            (None, None) if kept_well => None,
            (None, None) => Some(format!("bytes with the hash {}", hex::encode(&row.hash))),
            (None, Some(_)) => {
                odd.push((row, own));
                continue;
            }
            (Some(_), _) if !kept_well => Some(format!("hash {}", hex::encode(short(&own)))),
            (Some(_), _) => None,
        };
        match expected {
            Some(expected) => {
                let found = format!("hash {} over bytes with the hash {}", hex::encode(&row.hash), hex::encode(own));
                report.find(Finding::new(Code::LineAltered, about(id, seq, &row.hash), expected, found));
            }
            None => {
                erased(id, row, erasures, report);
                misfiled(id, row, report);
            }
        }
    }
    let mut left = left.unwrap_or_default();
    for (row, own) in odd {
        // Rather the one that it is kept under, so that of two lines at one seq the right one is named.
        let mine = left.iter().position(|hash| row.hash == short(hash)).or_else(|| (!left.is_empty()).then_some(0));
        let found = format!("bytes with the hash {}", hex::encode(own));
        let (code, expected) = match mine.map(|i| left.swap_remove(i)) {
            Some(hash) => {
                (Code::LineAltered, format!("bytes with the hash {}, which the signed chain names", hex::encode(hash)))
            }
            None => (Code::LineUnsigned, "a signed chain that names it".to_owned()),
        };
        report.find(Finding::new(code, about(id, seq, &row.hash), expected, found));
    }
    for hash in left {
        let expected = format!("a line with the hash {}, which the signed chain names", hex::encode(hash));
        report.find(Finding::new(Code::LineMissing, about(id, seq, &short(&hash)), expected, "none"));
    }
}

/// Of a line without bytes: by whom it was erased.
fn erased(id: InstallId, row: &line::Model, erasures: &Erasures, report: &mut Report<'_>) {
    if row.erased.is_none() {
        return;
    }
    let by_line = || row.read().and_then(|line| op(&line).and_then(carried::name)).and_then(|line| erasures.get(&line));
    match row.dot().and_then(|dot| erasures.get(&dot)).or_else(by_line) {
        Some(by) => report.note(format!("install {id}: line {} was erased by {by}", row.seq)),
        None => {
            let about = about(id, row.seq as u64, &row.hash);
            let expected = "its bytes, or an erasure that stands";
            report.find(Finding::new(Code::LineAltered, about, expected, "no bytes, and nobody erased it"));
        }
    }
}

/// Whether it is kept under the record that it writes; or, where it carries another line, that one: what is accepted shows when everything is
/// made again.
fn misfiled(id: InstallId, row: &line::Model, report: &mut Report<'_>) {
    let read = row.read();
    let writes = read.as_ref().and_then(record_key).map(|key| key.0.to_vec());
    let carries = || read.as_ref().and_then(op).and_then(carried::write);
    let carries = || carries().map(|op| RecordKey::of(&op.scope, &op.kind, &op.id).0.to_vec());
    if writes != row.record && (row.record.is_none() || carries() != row.record) {
        let told = |key: &Option<Vec<u8>>| {
            key.as_ref().map_or_else(|| "no record".to_owned(), |key| format!("record {}", hex::encode(key)))
        };
        let about = about(id, row.seq as u64, &row.hash);
        report.find(Finding::new(Code::LineMisfiled, about, told(&writes), told(&row.record)));
    }
}

fn op(line: &Line) -> Option<&Op> {
    match line {
        Line::Op(op) => Some(op),
        _ => None,
    }
}

fn about(id: InstallId, seq: u64, hash: &[u8]) -> (&'static str, Vec<(&'static str, serde_json::Value)>) {
    ("line", vec![("install", id.to_string().into()), ("seq", seq.into()), ("hash", hex::encode(hash).into())])
}
