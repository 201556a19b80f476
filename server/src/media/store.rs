//! What the tables say of photos and uploads; [`erase`] takes bytes away; [`pictures`]: what was seen in them; [`views`]: who looked.

pub mod erase;
pub mod pictures;
pub mod views;

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _, OnConflict, Query},
};
use sync_protocol::{
    Hash, Line, State, carried, standing,
    upload::{Named, Promise},
};

use super::{projection, tus::UploadId};
use crate::storage::{
    Db, Write,
    entities::{erased_photo, install, line as line_row, photo, standing as standing_row, stored_blob, upload},
    jobs, rows,
};

/// Records that name any of these hashes, as original or as preview.
pub async fn naming(db: &impl ConnectionTrait, hashes: &[Hash]) -> Result<Vec<photo::Model>, DbErr> {
    let hashes = bytes(hashes);
    let mut found = rows::select_in::<photo::Entity, _>(db, photo::Column::Sha256, hashes.clone()).await?;
    found.extend(rows::select_in::<photo::Entity, _>(db, photo::Column::PreviewSha256, hashes).await?);
    found.sort_by(|a, b| a.record.cmp(&b.record));
    found.dedup_by(|a, b| a.record == b.record);
    Ok(found)
}

/// Which of these hashes are promised: by a record, or by an operation of this person's phones that waits for a decision. A photo is taken
/// in though it is not yet known whether it counts: its phone may be gone when that is decided (P9).
pub async fn promised(db: &impl ConnectionTrait, by: Promiser<'_>, hashes: &[Hash]) -> Result<HashSet<Hash>, DbErr> {
    let asked: HashSet<Hash> = hashes.iter().copied().collect();
    let rows = naming(db, hashes).await?;
    let named =
        rows.iter().flat_map(|row| [&row.sha256, &row.preview_sha256]).flatten().filter_map(|hash| as_hash(hash));
    let mut promised: HashSet<Hash> = named.filter(|hash| asked.contains(hash)).collect();
    if promised.len() < asked.len() {
        let waiting = waiting(db, by).await?;
        let named = waiting.iter().flat_map(|named| [named.original, named.preview]).flatten();
        promised.extend(named.filter(|hash| asked.contains(hash)));
    }
    Ok(promised)
}

/// Whether somebody keeps that promise, in the same ways.
pub async fn is_promised(db: &impl ConnectionTrait, by: Promiser<'_>, promise: &Promise) -> Result<bool, DbErr> {
    let named = |row: photo::Model| Named {
        record: row.id,
        original: row.sha256.as_deref().and_then(as_hash),
        preview: row.preview_sha256.as_deref().and_then(as_hash),
    };
    if naming(db, &[promise.sha256]).await?.into_iter().any(|row| promise.is_of(&named(row))) {
        return Ok(true);
    }
    Ok(waiting(db, by).await?.iter().any(|named| promise.is_of(named)))
}

/// Whose operations that wait count as promises.
#[derive(Debug, Clone, Copy)]
pub enum Promiser<'p> {
    /// This person's: nobody else's may let them send bytes.
    Person(&'p str),
    /// Anybody's.
    Anyone,
}

/// What operations that wait for a decision name.
async fn waiting(db: &impl ConnectionTrait, by: Promiser<'_>) -> Result<Vec<Named>, DbErr> {
    let waits =
        standing::Code::ALL.iter().filter(|c| matches!(c.state(), State::Quarantined | State::Held)).map(|c| c.name());
    let theirs = match by {
        Promiser::Person(person) => install::Column::Person.eq(person),
        Promiser::Anyone => install::Column::Server.eq(false),
    };
    let theirs = Query::select().column(install::Column::Id).from(install::Entity).and_where(theirs).to_owned();
    let standings: Vec<(Vec<u8>, i64, Vec<u8>)> = standing_row::Entity::find()
        .select_only()
        .columns([standing_row::Column::Install, standing_row::Column::Seq, standing_row::Column::Hash])
        .filter(standing_row::Column::Install.in_subquery(theirs))
        .filter(standing_row::Column::Kind.is_in(["photo", carried::KIND]))
        .filter(standing_row::Column::Code.is_in(waits))
        .into_tuple()
        .all(db)
        .await?;
    let mut found = Vec::new();
    for chunk in standings.chunks(300) {
        let mut any = Condition::any();
        for (install, seq, hash) in chunk {
            let dot = line_row::Column::Install.eq(install.clone()).and(line_row::Column::Seq.eq(*seq));
            any = any.add(dot.and(line_row::Column::Hash.eq(hash.clone())));
        }
        for row in line_row::Entity::find().filter(any).all(db).await? {
            if let Some(Line::Op(op)) = row.read() {
                found.extend(projection::named(&op));
            }
        }
    }
    Ok(found)
}

/// Which of these are complete.
pub async fn stored(db: &Db, hashes: &[Hash]) -> Result<HashMap<Hash, stored_blob::Model>, DbErr> {
    let found = rows::select_in::<stored_blob::Entity, _>(&db.read, stored_blob::Column::Sha256, bytes(hashes)).await?;
    Ok(found.into_iter().filter_map(|row| Some((as_hash(&row.sha256)?, row))).collect())
}

/// Which of these an erasure names.
pub async fn erased(db: &impl ConnectionTrait, hashes: &[Hash]) -> Result<HashSet<Hash>, DbErr> {
    let found = rows::select_in::<erased_photo::Entity, _>(db, erased_photo::Column::Sha256, bytes(hashes)).await?;
    Ok(found.iter().filter_map(|row| as_hash(&row.sha256)).collect())
}

/// Forgets that the bytes were ever here, and uploads of them; gives the ids of these.
pub async fn forget_bytes(tx: &Write, hash: &Hash) -> Result<Vec<UploadId>, DbErr> {
    stored_blob::Entity::delete_by_id(hash.to_vec()).exec(tx).await?;
    let uploads = upload::Entity::find().filter(upload::Column::Sha256.eq(hash.to_vec())).all(tx).await?;
    for row in &uploads {
        forget_in(tx, &row.id).await?;
    }
    Ok(uploads.iter().filter_map(|row| row.id.as_slice().try_into().ok().map(UploadId)).collect())
}

/// The upload.
pub async fn upload(db: &Db, id: UploadId) -> Result<Option<upload::Model>, DbErr> {
    upload::Entity::find_by_id(id.0.to_vec()).one(&db.read).await
}

/// Uploads under way of these hashes, oldest first; of one person, or of all.
pub async fn under_way(db: &Db, hashes: &[Hash], person: Option<&str>) -> Result<Vec<upload::Model>, DbErr> {
    let mut found = Vec::new();
    for chunk in rows::lists(&bytes(hashes)) {
        let mut query = upload::Entity::find().filter(upload::Column::Sha256.is_in(chunk));
        query = query.filter(upload::Column::DoneMs.is_null());
        if let Some(person) = person {
            query = query.filter(upload::Column::Person.eq(person));
        }
        found.extend(query.all(&db.read).await?);
    }
    found.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
    Ok(found)
}

/// That person's parts that nothing has joined, oldest first.
pub async fn loose_parts(db: &Db, person: &str) -> Result<Vec<upload::Model>, DbErr> {
    let mine = upload::Entity::find().filter(upload::Column::Person.eq(person));
    let loose = mine.filter(upload::Column::Sha256.is_null()).filter(upload::Column::Joined.is_null());
    loose.order_by_asc(upload::Column::CreatedMs).order_by_asc(upload::Column::Id).all(&db.read).await
}

/// All uploads, under way or done, those that join parts among them; not the parts that were joined, which go with these.
pub async fn uploads(db: &Db) -> Result<Vec<upload::Model>, DbErr> {
    let own = upload::Entity::find().filter(upload::Column::Joined.is_null());
    own.order_by_asc(upload::Column::CreatedMs).all(&db.read).await
}

/// Writes a new upload.
pub async fn begin(db: &Db, row: upload::Model) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    rows::insert::<upload::Entity>(&tx, vec![row]).await?;
    tx.commit().await
}

/// Writes an upload that joins these parts, which are it from now on.
pub async fn join(db: &Db, row: upload::Model, parts: &[Vec<u8>]) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    upload::Entity::update_many()
        .col_expr(upload::Column::Joined, Expr::value(row.id.clone()))
        .filter(upload::Column::Id.is_in(parts.to_vec()))
        .exec(&tx)
        .await?;
    rows::insert::<upload::Entity>(&tx, vec![row]).await?;
    tx.commit().await
}

/// The length of an upload is known now.
pub async fn set_length(db: &Db, id: &[u8], length: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    upload::Entity::update_many()
        .col_expr(upload::Column::Length, Expr::value(length))
        .filter(upload::Column::Id.eq(id.to_vec()))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// Forgets an upload, and the parts that it joined.
pub async fn forget(db: &Db, id: &[u8]) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    forget_in(&tx, id).await?;
    tx.commit().await
}

async fn forget_in(tx: &Write, id: &[u8]) -> Result<(), DbErr> {
    let it = Condition::any().add(upload::Column::Id.eq(id.to_vec())).add(upload::Column::Joined.eq(id.to_vec()));
    upload::Entity::delete_many().filter(it).exec(tx).await?;
    Ok(())
}

/// The upload is done, and its bytes are complete.
pub async fn complete(db: &Db, id: &[u8], blob: stored_blob::Model, now_ms: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let (hash, size) = (blob.sha256.clone(), blob.size);
    let row = stored_blob::ActiveModel {
        sha256: Set(blob.sha256),
        size: Set(blob.size),
        media_type: Set(blob.media_type),
        stored_ms: Set(blob.stored_ms),
    };
    // The first time they were complete is the time that receipts name.
    let keep = OnConflict::column(stored_blob::Column::Sha256).do_nothing().to_owned();
    stored_blob::Entity::insert_many([row]).on_conflict(keep).exec_without_returning(&tx).await?;
    upload::Entity::update_many()
        .col_expr(upload::Column::DoneMs, Expr::value(now_ms))
        .col_expr(upload::Column::Length, Expr::value(size))
        .filter(upload::Column::Id.eq(id.to_vec()))
        .exec(&tx)
        .await?;
    jobs::enqueue(&tx, [pictures::job(&hash)], now_ms).await?;
    tx.commit().await
}

/// Photo records of a scope in the order of their ids, from behind `after`.
pub async fn of_scope(db: &Db, scope: &str, after: &str, limit: u64) -> Result<Vec<photo::Model>, DbErr> {
    photo::Entity::find()
        .filter(photo::Column::Scope.eq(scope))
        .filter(photo::Column::Id.gt(after))
        .order_by_asc(photo::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await
}

/// Photos of one person in one scope whose originals are not complete and not given up.
#[derive(Debug, FromQueryResult)]
pub struct Pending {
    /// Scope.
    pub scope: String,
    /// Who took them.
    pub person: String,
    /// How many.
    pub photos: i64,
    /// Their claimed bytes; none if no record says.
    pub bytes: Option<i64>,
    /// The oldest known time, ms.
    pub oldest_ms: Option<i64>,
}

/// What is promised and not complete, by scope and person.
pub async fn pending(db: &Db) -> Result<Vec<Pending>, DbErr> {
    awaited()
        .select_only()
        .columns([photo::Column::Scope, photo::Column::Person])
        .column_as(photo::Column::Record.count(), "photos")
        // PostgreSQL sums integers to a decimal.
        .column_as(photo::Column::Size.sum().cast_as("bigint"), "bytes")
        .column_as(photo::Column::AtMs.min(), "oldest_ms")
        .group_by(photo::Column::Scope)
        .group_by(photo::Column::Person)
        .into_model()
        .all(&db.read)
        .await
}

/// Of these, by scope and person, how many have a complete preview.
pub async fn previewed(db: &Db) -> Result<Vec<(String, String, i64)>, DbErr> {
    awaited()
        .select_only()
        .columns([photo::Column::Scope, photo::Column::Person])
        .column_as(photo::Column::Record.count(), "photos")
        .filter(photo::Column::PreviewSha256.in_subquery(complete_hashes()))
        .group_by(photo::Column::Scope)
        .group_by(photo::Column::Person)
        .into_tuple()
        .all(&db.read)
        .await
}

fn awaited() -> sea_orm::Select<photo::Entity> {
    photo::Entity::find()
        .filter(photo::Column::GivenUp.is_null())
        .filter(photo::Column::Sha256.is_not_null())
        .filter(photo::Column::Sha256.not_in_subquery(complete_hashes()))
}

fn complete_hashes() -> sea_orm::sea_query::SelectStatement {
    Query::select().column(stored_blob::Column::Sha256).from(stored_blob::Entity).to_owned()
}

/// 32 bytes of a column, as what they are.
pub fn as_hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

fn bytes(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.to_vec()).collect()
}
