//! What the shipper reads: committed pushes behind a mark; and the mark, whose lock says which of several servers ships.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
    sea_query::{LockBehavior, LockType, OnConflict},
};
use sync_protocol::{Hash, chain as protocol_chain, ids::short, push::Seal, sign::Certificate};

use super::{
    holes::{Holes, Look},
    segment::Shipped,
};
use crate::{
    storage::{
        Db, Write,
        entities::{install, line, push, shipping},
        rows, server_keys,
    },
    sync::store::chain,
};

/// The one row of the mark.
const LOG: &str = "log";
/// Most pushes of a segment.
const MOST_PUSHES: u64 = 1_000;
/// A segment is closed when its pushes come to so many bytes.
const MOST_BYTES: usize = 8 << 20;

/// This process's turn to ship: nobody else does until it ends.
pub struct Turn {
    /// How far the log is.
    pub row: shipping::Model,
    lease: Option<Write>,
}

/// Takes the turn; none where another server has it. On SQLite, whose one writer must not wait for a disk, nothing is locked: one server
/// works on it, and a segment's name is taken only once anyhow.
pub async fn turn(db: &Db) -> Result<Option<Turn>, DbErr> {
    let fresh = shipping::Model { name: LOG.into(), strand: String::new(), segment: 0, mark: 0, sha256: String::new() };
    if db.backend() == DbBackend::Sqlite {
        let row = shipping::Entity::find_by_id(LOG).one(&db.read).await?;
        return Ok(Some(Turn { row: row.unwrap_or(fresh), lease: None }));
    }
    let tx = db.begin().await?;
    let once = OnConflict::column(shipping::Column::Name).do_nothing().to_owned();
    let made = shipping::ActiveModel::from(fresh);
    shipping::Entity::insert(made).on_conflict(once).exec_without_returning(&tx).await?;
    let free = shipping::Entity::find_by_id(LOG).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(free.one(&tx).await?.map(|row| Turn { row, lease: Some(tx) }))
}

impl Turn {
    /// Ends the turn; what has been shipped is noted.
    pub async fn end(self, db: &Db) -> Result<(), DbErr> {
        let tx = match self.lease {
            Some(tx) => tx,
            None => db.begin().await?,
        };
        rows::upsert::<shipping::Entity>(&tx, vec![self.row]).await?;
        tx.commit().await
    }
}

/// Pushes that may go into the log now, in the order of their numbers.
pub struct Batch {
    /// The pushes.
    pub pushes: Vec<Shipped>,
    /// The epoch.
    pub epoch: String,
}

/// Whether any push is behind the mark: all that an idle server asks.
pub async fn any_behind(db: &Db, mark: i64) -> Result<bool, DbErr> {
    let newest: Option<i64> = push::Entity::find()
        .filter(push::Column::Id.gt(mark))
        .select_only()
        .column(push::Column::Id)
        .limit(1)
        .into_tuple()
        .one(&db.read)
        .await?;
    Ok(newest.is_some())
}

/// How far the log is, without a turn.
pub async fn mark(db: &impl ConnectionTrait) -> Result<Option<shipping::Model>, DbErr> {
    shipping::Entity::find_by_id(LOG).one(db).await
}

/// The next pushes behind the mark.
pub async fn batch(db: &Db, mark: i64, holes: &mut Holes) -> Result<Batch, DbErr> {
    let tx = db.snapshot().await?;
    let found = push::Entity::find()
        .filter(push::Column::Id.gt(mark))
        .order_by_asc(push::Column::Id)
        .limit(MOST_PUSHES)
        .all(&tx)
        .await?;
    let ids: Vec<i64> = found.iter().map(|row| row.id).collect();
    let go = holes.may_go(mark, &ids, look(&tx).await?);
    let mut certificates = certificates(&tx, &found[..go]).await?;
    let (mut pushes, mut bytes) = (Vec::new(), 0);
    for row in &found[..go] {
        let body = body(&tx, row).await?;
        bytes += body.len();
        pushes.push(Shipped { id: row.id, at: row.received_ms, cert: certificates.remove(&row.install), body });
        if bytes > MOST_BYTES {
            break;
        }
    }
    let epoch = server_keys::epoch(&tx).await?;
    tx.commit().await?;
    Ok(Batch { pushes, epoch })
}

/// None on SQLite: with one writer numbers are committed in their order.
async fn look(tx: &DatabaseTransaction) -> Result<Option<Look>, DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let sql =
        "SELECT pg_snapshot_xmin(s)::text AS xmin, pg_snapshot_xmax(s)::text AS xmax FROM pg_current_snapshot() AS s";
    let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("pg_current_snapshot".to_owned()))?;
    let number = |name: &str| -> Result<u64, DbErr> {
        let text: String = row.try_get("", name)?;
        text.parse().map_err(|_| DbErr::Type(format!("{name}: {text}")))
    };
    Ok(Some(Look { xmin: number("xmin")?, xmax: number("xmax")? }))
}

async fn certificates(
    db: &impl ConnectionTrait,
    pushes: &[push::Model],
) -> Result<HashMap<Vec<u8>, Certificate>, DbErr> {
    let ids: HashSet<Vec<u8>> = pushes.iter().map(|row| row.install.clone()).collect();
    let found = rows::select_in::<install::Entity, _>(db, install::Column::Id, ids.into_iter().collect()).await?;
    Ok(found.into_iter().filter_map(|row| Some((row.id, serde_json::from_str(&row.certificate).ok()?))).collect())
}

/// The push as it was sent; for a line whose bytes are not here, or not any more, its blank.
async fn body(db: &impl ConnectionTrait, row: &push::Model) -> Result<Vec<u8>, DbErr> {
    let last = row.first + i64::from(row.count) - 1;
    let stored = line::Entity::find()
        .filter(line::Column::Install.eq(row.install.clone()))
        .filter(line::Column::Seq.between(row.first, last))
        .filter(line::Column::Erased.is_null())
        .all(db)
        .await?;
    let lines: HashMap<(i64, Vec<u8>), Vec<u8>> = stored.into_iter().map(|l| ((l.seq, l.hash), l.bytes)).collect();
    let mut body = row.header.clone();
    for (seq, hash) in (row.first..).zip(chain::hashes_of(row)) {
        body.push(b'\n');
        match lines.get(&(seq, short(&hash).to_vec())) {
            Some(bytes) => body.extend(bytes),
            None => body.extend(protocol_chain::blank_line(&hash)),
        }
    }
    let after = <Hash>::try_from(row.head_after.as_slice()).unwrap_or_default();
    let seal = Seal { head: hex::encode(short(&after)), sig: row.sig.clone() };
    body.push(b'\n');
    body.extend(serde_json::to_vec(&seal).map_err(|error| DbErr::Custom(error.to_string()))?);
    body.push(b'\n');
    Ok(body)
}

/// Whether each of these pushes is the one that this database has under its number.
pub async fn has(db: &impl ConnectionTrait, pushes: &[Shipped]) -> Result<bool, DbErr> {
    let ids = pushes.iter().map(|push| push.id).collect();
    let found = rows::select_in::<push::Entity, _>(db, push::Column::Id, ids).await?;
    let seals: HashMap<i64, String> = found.into_iter().map(|row| (row.id, row.sig)).collect();
    let same = |shipped: &Shipped| {
        let read = sync_protocol::push::Push::read(&shipped.body).ok();
        read.is_some_and(|push| seals.get(&shipped.id) == Some(&push.seal.sig))
    };
    Ok(pushes.iter().all(same))
}
