//! Putting lines on their chains: which are new, which fill a blank, where an install forks.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use sync_protocol::{Dot, InstallId, Line, Op, RecordKey, broken, chain, time::TimeEvidence};

use super::chain::heads_at;
use crate::{
    storage::{
        Write,
        entities::{install, line, push},
        rows,
    },
    sync::intake::{InLine, Verified},
};

/// What the pushes brought that was not there before.
#[derive(Default)]
pub struct Fresh {
    /// New operations.
    pub ops: Vec<Op>,
    /// New unreadable lines and their codes.
    pub unreadable: Vec<(Dot, &'static str)>,
    /// Time evidence of all new lines.
    pub evidence: Vec<(Dot, TimeEvidence)>,
    /// Installs that forked, or at a lower seq than known.
    pub forked: BTreeSet<InstallId>,
    /// Lines that were there already.
    pub known: Vec<Dot>,
    /// The installs, as they are now.
    pub installs: HashMap<InstallId, install::Model>,
}

/// Pushes with what is new of them, to be stored.
pub struct SortedOut<'p> {
    /// What is new.
    pub fresh: Fresh,
    kept: Vec<&'p Verified>,
    new_lines: Vec<&'p InLine>,
    fills: Vec<&'p InLine>,
}

/// Finds what is new of these pushes. Locks their installs; stores nothing yet.
pub async fn sort_out<'p>(tx: &Write, pushes: &'p [Verified], now_ms: i64) -> Result<SortedOut<'p>, DbErr> {
    let mut fresh = Fresh { installs: lock_installs(tx, pushes).await?, ..Fresh::default() };
    let (mut new_lines, mut fills, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    let mut in_batch: HashMap<(InstallId, u64), HashSet<[u8; 8]>> = HashMap::new();
    for pushed in pushes {
        let row = row_of(&mut fresh.installs, pushed, now_ms);
        row.heard_ms = row.heard_ms.max(now_ms);
        let follows =
            pushed.first as i64 == row.tip_seq + 1 && row.tip_head == pushed.head_before && row.fork_seq.is_none();
        let mut known = if follows { HashMap::new() } else { contents(tx, pushed).await? };
        let head_known = !follows && heads_at(tx, pushed.install, pushed.last()).await?.contains(&pushed.head_after);
        // A push that fills a blank is kept too: the shipped log must bring the line back.
        let (mut any_new, filled_before) = (false, fills.len());
        for arrived in &pushed.lines {
            let at = (pushed.install, arrived.dot.seq);
            let stored = known.remove(&arrived.dot.seq).unwrap_or_default();
            let here = in_batch.entry(at).or_default();
            let is_same = |hash: &[u8; 8]| *hash == arrived.dot.hash || broken::is("fork keeps first");
            let same = stored.iter().find(|(hash, _)| is_same(hash) && !broken::is("forget what is known"));
            let is_blank = matches!(arrived.line, Line::Blank(_));
            match same {
                Some((_, blank)) if *blank && !is_blank => fills.push(arrived),
                Some(_) => fresh.known.push(arrived.dot),
                None if here.contains(&arrived.dot.hash) => fresh.known.push(arrived.dot),
                None => {
                    any_new = true;
                    if !stored.is_empty() || !here.is_empty() {
                        let seq = arrived.dot.seq as i64;
                        if row.fork_seq.is_none_or(|fork| seq < fork) {
                            row.fork_seq = Some(seq);
                            fresh.forked.insert(pushed.install);
                        }
                    }
                    here.insert(arrived.dot.hash);
                    new_lines.push(arrived);
                }
            }
        }
        if any_new || fills.len() > filled_before || !(follows || head_known) {
            kept.push(pushed);
        }
        if pushed.last() as i64 > row.tip_seq {
            row.tip_seq = pushed.last() as i64;
            row.tip_head = pushed.head_after.to_vec();
        }
    }
    // A blank and the line it stands for may come in one batch: the line wins.
    let fills = merge_fills(&mut new_lines, fills);
    for arrived in new_lines.iter().chain(&fills) {
        match &arrived.line {
            Line::Op(op) => {
                fresh.evidence.push((arrived.dot, op.time.clone()));
                fresh.ops.push((**op).clone());
            }
            Line::Time(evidence) => fresh.evidence.push((arrived.dot, evidence.clone())),
            Line::Unreadable(why) => {
                fresh.evidence.push((arrived.dot, TimeEvidence::default()));
                fresh.unreadable.push((arrived.dot, why.code()));
            }
            Line::Blank(_) => {}
        }
    }
    Ok(SortedOut { fresh, kept, new_lines, fills })
}

impl SortedOut<'_> {
    /// Stores it.
    pub async fn store(self, tx: &Write, now_ms: i64) -> Result<Fresh, DbErr> {
        write(tx, &self.kept, &self.new_lines, &self.fills, now_ms).await?;
        rows::upsert::<install::Entity>(tx, self.fresh.installs.values().cloned().collect()).await?;
        Ok(self.fresh)
    }
}

/// Locked in order of their ids: two servers that write for the same installs wait, and do not deadlock.
async fn lock_installs(tx: &Write, pushes: &[Verified]) -> Result<HashMap<InstallId, install::Model>, DbErr> {
    let ids: BTreeSet<Vec<u8>> = pushes.iter().map(|p| p.install.0.to_vec()).collect();
    let rows = install::Entity::find()
        .filter(install::Column::Id.is_in(ids))
        .order_by_asc(install::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((install_id(&row.id)?, row))).collect())
}

/// The install of these 16 bytes.
pub fn install_id(bytes: &[u8]) -> Option<InstallId> {
    bytes.try_into().ok().map(InstallId)
}

fn row_of<'a>(
    installs: &'a mut HashMap<InstallId, install::Model>,
    push: &Verified,
    now_ms: i64,
) -> &'a mut install::Model {
    installs.entry(push.install).or_insert_with(|| {
        let certificate = push.certificate.as_ref();
        install::Model {
            id: push.install.0.to_vec(),
            certificate: certificate.map_or_else(String::new, |c| serde_json::to_string(c).expect("serialises")),
            person: certificate.map_or_else(String::new, |c| c.person.clone()),
            server: certificate.is_some_and(|c| c.role == sync_protocol::sign::InstallRole::Server),
            tip_seq: 0,
            tip_head: chain::genesis(push.install).to_vec(),
            fork_seq: None,
            heard_ms: now_ms,
        }
    })
}

type Contents = HashMap<u64, Vec<([u8; 8], bool)>>;

/// What is stored in the seqs of a push: hash, and whether it is a blank.
async fn contents(tx: &Write, push: &Verified) -> Result<Contents, DbErr> {
    let stored = line::Entity::find()
        .filter(line::Column::Install.eq(push.install.0.to_vec()))
        .filter(line::Column::Seq.between(push.first as i64, push.last() as i64))
        .all(tx)
        .await?;
    let mut contents: Contents = HashMap::new();
    for row in stored {
        let hash = row.hash.as_slice().try_into().unwrap_or_default();
        contents.entry(row.seq as u64).or_default().push((hash, chain::blank(&row.bytes).is_some()));
    }
    Ok(contents)
}

/// Of several lines with one name in the batch one is stored: the real one, if there is one.
fn merge_fills<'a>(new_lines: &mut [&'a InLine], fills: Vec<&'a InLine>) -> Vec<&'a InLine> {
    let mut left: HashMap<Dot, &InLine> = fills.into_iter().map(|l| (l.dot, l)).collect();
    for line in new_lines.iter_mut() {
        if let Some(real) = left.remove(&line.dot) {
            *line = real;
        }
    }
    let mut rest: Vec<&InLine> = left.into_values().collect();
    rest.sort_unstable_by_key(|l| l.dot);
    rest
}

async fn write(
    tx: &Write,
    kept: &[&Verified],
    new_lines: &[&InLine],
    fills: &[&InLine],
    now_ms: i64,
) -> Result<(), DbErr> {
    if !kept.is_empty() {
        let models = kept.iter().map(|p| push::ActiveModel {
            id: NotSet,
            install: Set(p.install.0.to_vec()),
            first: Set(p.first as i64),
            count: Set(p.lines.len() as i32),
            header: Set(p.header.clone()),
            sig: Set(p.sig.clone()),
            hashes: Set(p.lines.iter().flat_map(|l| l.hash).collect()),
            head_before: Set(p.head_before.to_vec()),
            head_after: Set(p.head_after.to_vec()),
            received_ms: Set(now_ms),
        });
        push::Entity::insert_many(models).exec_without_returning(tx).await?;
    }
    let row = |l: &&InLine| line::Model {
        install: l.dot.install.0.to_vec(),
        seq: l.dot.seq as i64,
        hash: l.dot.hash.to_vec(),
        record: record_key(&l.line).map(|key| key.0.to_vec()),
        bytes: l.bytes.clone(),
        erased: None,
    };
    rows::insert::<line::Entity>(tx, new_lines.iter().map(row).collect()).await?;
    rows::upsert::<line::Entity>(tx, fills.iter().map(row).collect()).await
}

/// The key of the record a line writes.
pub fn record_key(line: &Line) -> Option<RecordKey> {
    match line {
        Line::Op(op) => Some(RecordKey::of(&op.scope, &op.kind, &op.id)),
        _ => None,
    }
}
