//! What a replay asks of the database: which pushes are there already, and which notices were never written.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{Dot, RecordKey, chain, ids::short, push::Push};

use crate::{
    storage::{
        Db,
        entities::{line, record},
        rows,
    },
    sync::{
        committer::Committer,
        intake::Verified,
        store::{apart, apply},
    },
};

/// Whether all lines of that push are there, with their bytes as far as it has them: phones may have sent them again in other pushes.
pub async fn is_here(db: &Db, pushed: &Push<'_>) -> Result<bool, DbErr> {
    let (first, count) = (pushed.header.first, pushed.lines.len() as u64);
    let stored = line::Entity::find()
        .filter(line::Column::Install.eq(pushed.header.install.0.to_vec()))
        .filter(line::Column::Seq.between(first as i64, (first + count) as i64 - 1))
        .all(&db.read)
        .await?;
    let there: HashMap<(u64, Vec<u8>), bool> =
        stored.into_iter().map(|row| ((row.seq as u64, row.hash), chain::blank(&row.bytes).is_some())).collect();
    Ok((first..).zip(&pushed.lines).all(|(seq, bytes)| {
        let blank = there.get(&(seq, short(&chain::line_hash(bytes)).to_vec()));
        blank.is_some_and(|blank| !blank || chain::blank(bytes).is_some())
    }))
}

/// A notice that came: the operation, the scope of its record.
pub type Notice = (Dot, String);

/// Works pushes in as they were at that time; gives the notices among them. What cannot be worked in is held, as by the committer.
pub async fn work_in(db: &Db, committer: &Committer, pushes: &[Verified], at_ms: i64) -> Result<Vec<Notice>, DbErr> {
    let context = committer.context();
    let tx = db.begin().await?;
    match apply::apply(&tx, &context, pushes, at_ms).await {
        Ok(applied) => {
            tx.commit().await?;
            Ok(applied.noticed)
        }
        Err(error) => {
            tracing::warn!(%error, "pushes of the log could not be worked in together; trying one by one");
            tx.rollback().await?;
            for push in pushes {
                apart::apply(db, &context, push, at_ms).await?;
            }
            Ok(Vec::new())
        }
    }
}

/// Those of which no `received` operation is there, though one was written with each: the log ends between the two.
pub async fn without_note(db: &Db, notices: Vec<(Notice, i64)>) -> Result<Vec<(Notice, i64)>, DbErr> {
    let key = |(dot, scope): &Notice| RecordKey::of(scope, "received", &dot.to_string()).0.to_vec();
    let keys = notices.iter().map(|(notice, _)| key(notice)).collect();
    let found = rows::select_in::<record::Entity, _>(&db.read, record::Column::Key, keys).await?;
    let there: HashSet<Vec<u8>> = found.into_iter().filter(|row| !row.empty).map(|row| row.key).collect();
    Ok(notices.into_iter().filter(|(notice, _)| !there.contains(&key(notice))).collect())
}
