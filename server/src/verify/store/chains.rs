//! The chains of all installs: pushes as signed, heads as they were reached, lines as the chains name them.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, StreamTrait,
    sea_query::Query,
};
use sync_protocol::{
    Hash, InstallId,
    custody::{Custody, Fault, Kept, first_of},
    sign::PublicKey,
};

use super::{certificates::Vouched, lines};
use crate::{
    storage::entities::{install, line, push},
    sync::store::{append::install_id, chain, erase},
    verify::finding::{Code, Finding, Report},
};

/// Checks all of them.
pub async fn check<C: ConnectionTrait + StreamTrait>(db: &C, report: &mut Report<'_>) -> Result<(), DbErr> {
    let vouched = Vouched::read(db, report).await?;
    let erasures = erase::deciding(db).await?;
    let (mut installs, mut pushes, mut seen) = (0, 0, lines::Seen::default());
    let rows = install::Entity::find().order_by_asc(install::Column::Id).all(db).await?;
    for row in rows {
        let Some(id) = install_id(&row.id) else {
            let about = ("install", vec![("id", hex::encode(&row.id).into())]);
            report.find(Finding::new(Code::InstallAltered, about, "an id of 16 bytes", "another"));
            continue;
        };
        installs += 1;
        // Without a key nothing can be said of the signatures; that was told.
        let Some(key) = vouched.key_of(id, &row, report) else { continue };
        let (custody, kept) = follow(db, id, key, report).await?;
        pushes += kept;
        let custody = ends(custody, id, &row, report);
        lines::check(db, id, &custody, &erasures, &mut seen, report).await?;
    }
    strays(db, report).await?;
    report.count("installs", installs);
    report.count("pushes", pushes);
    report.count("lines", seen.lines);
    seen.note(report);
    Ok(())
}

/// Follows the pushes of an install.
async fn follow(
    db: &impl ConnectionTrait,
    id: InstallId,
    key: PublicKey,
    report: &mut Report<'_>,
) -> Result<(Custody, u64), DbErr> {
    let mut rows = push::Entity::find().filter(push::Column::Install.eq(id.0.to_vec())).all(db).await?;
    rows.sort_by_key(|row| (first_of(&row.header).unwrap_or(row.first as u64), row.id));
    let mut custody = Custody::new(id, key);
    for row in &rows {
        let hashes: Vec<Hash> = chain::hashes_of(row).collect();
        let head = |bytes: &[u8]| <Hash>::try_from(bytes).unwrap_or_default();
        let looked = custody.look(Kept {
            first: row.first as u64,
            header: &row.header,
            hashes: &hashes,
            before: head(&row.head_before),
            after: head(&row.head_after),
            sig: &row.sig,
        });
        if let Some((from, to)) = looked.gap {
            report.find(missing(id, from, to));
        }
        let about = || {
            let last = row.first + i64::from(row.count) - 1;
            let key = vec![
                ("id", row.id.into()),
                ("install", id.to_string().into()),
                ("first", row.first.into()),
                ("last", last.into()),
            ];
            ("push", key)
        };
        if let Some(fault) = looked.fault {
            let (expected, found) = told(fault);
            report.find(Finding::new(Code::PushAltered, about(), expected, found));
        } else if row.count as usize != hashes.len() {
            let found = format!("count {}", row.count);
            report.find(Finding::new(Code::PushAltered, about(), format!("count {}", hashes.len()), found));
        }
    }
    Ok((custody, rows.len() as u64))
}

/// What of a push should hold, and does not.
pub fn told(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::Seal => {
            ("header, chain and signature as its install signed them", "a header or a signature that was changed")
        }
        Fault::Hashes => ("hashes that add up to the head that was signed", "other hashes"),
        Fault::Before => ("the head that it was signed upon", "another head_before"),
        Fault::After => ("the head that was signed", "another head_after"),
        Fault::First => ("the first seq of its signed header", "another first"),
    }
}

/// Lines of which no push is there.
pub fn missing(id: InstallId, from: u64, to: u64) -> Finding {
    let about = ("push", vec![("install", id.to_string().into()), ("first", from.into()), ("last", to.into())]);
    Finding::new(Code::PushMissing, about, "a push of these lines: the chain goes on behind them", "none")
}

/// Whether the chain ends where the install's row says, and forks where it says.
fn ends(mut custody: Custody, id: InstallId, row: &install::Model, report: &mut Report<'_>) -> Custody {
    let about = || ("install", vec![("id", id.to_string().into())]);
    let tip = row.tip_seq as u64;
    let reached = <Hash>::try_from(row.tip_head.as_slice()).is_ok_and(|head| custody.reaches(tip, &head));
    if !reached && tip > custody.end() {
        let from = custody.end() + 1;
        custody.lacks(from, tip);
        report.find(missing(id, from, tip));
    } else if !reached || tip < custody.end() {
        let expected = format!("the end of its chain, line {}", custody.end());
        report.find(Finding::new(Code::InstallAltered, about(), expected, format!("another head, line {tip}")));
    }
    let fork = custody.fork_seq().map(|seq| seq as i64);
    if row.fork_seq != fork {
        let told = |fork: Option<i64>| fork.map_or_else(|| "no fork".to_owned(), |seq| format!("a fork at line {seq}"));
        report.find(Finding::new(Code::InstallAltered, about(), told(fork), told(row.fork_seq)));
    }
    custody
}

/// Lines and pushes of installs of which there is no row.
async fn strays(db: &impl ConnectionTrait, report: &mut Report<'_>) -> Result<(), DbErr> {
    let known = || Query::select().column(install::Column::Id).from(install::Entity).to_owned();
    let of_pushes = push::Entity::find().filter(push::Column::Install.not_in_subquery(known())).select_only();
    let of_lines = line::Entity::find().filter(line::Column::Install.not_in_subquery(known())).select_only();
    let mut strays: Vec<Vec<u8>> = of_pushes.column(push::Column::Install).distinct().into_tuple().all(db).await?;
    strays.extend(of_lines.column(line::Column::Install).distinct().into_tuple::<Vec<u8>>().all(db).await?);
    strays.sort_unstable();
    strays.dedup();
    for id in strays {
        let about = ("install", vec![("id", hex::encode(id).into())]);
        report.find(Finding::new(Code::InstallMissing, about, "a row: it has lines or pushes", "none"));
    }
    Ok(())
}
