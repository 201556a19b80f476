//! What a replay asks of the database: which pushes are there already, and which notices were never written.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use sync_protocol::{Dot, RecordKey, push::Push};

use crate::{
    storage::{
        Db,
        entities::{push, record},
        rows,
    },
    sync::{
        committer::Committer,
        intake::Verified,
        store::{apart, apply},
    },
};

/// Whether that very push is there: nothing of it needs to be looked at again.
pub async fn is_here(db: &Db, pushed: &Push<'_>) -> Result<bool, DbErr> {
    let same = push::Entity::find()
        .filter(push::Column::Install.eq(pushed.header.install.0.to_vec()))
        .filter(push::Column::First.eq(pushed.header.first as i64))
        .filter(push::Column::Sig.eq(&pushed.seal.sig));
    Ok(same.count(&db.read).await? > 0)
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
