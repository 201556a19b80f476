//! Compares each picture that was opened with all others, outside any transaction, and writes down in one which are alike.
//!
//! Several servers do this at once. A picture gets the next number, under a turn, in the transaction that writes with which it is alike; so whoever has
//! read all numbers up to one knows all pictures up to it, and only compares with those above once it has its turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use zhucun_pictures::{
    Likeness, Sketch, Sketches,
    likeness::{ALIKE, NEAR},
};

use crate::{
    app::now_ms,
    signals::subject::{self, MATCH_PICTURE},
    storage::{
        Db, Write,
        entities::{alike, picture, sketch},
        jobs::{self, Claim},
        rows,
        turns::{self, Turn},
    },
};

/// Between two looks for jobs.
const PAUSE: Duration = Duration::from_millis(250);
/// So long a job is a worker's own. Comparing takes a fraction of a second; after this the worker is taken for dead.
const LEASE_MS: i64 = 30_000;
/// What cannot be done now is tried again after so long.
const AGAIN_MS: i64 = 10_000;
/// Most candidates, the nearest, that are looked at closely. Of a million pictures some hundred come near one.
const MOST_CANDIDATES: usize = 1_000;
/// Sketches read at once.
const CHUNK: u64 = 50_000;

/// Compares what waits until the server stops.
pub async fn run(db: Db) {
    let mut known = Sketches::default();
    // On SQLite there is one server: when it starts, nobody has claimed anything. On PostgreSQL others may have, and leases tell.
    let alone = db.backend() == DbBackend::Sqlite;
    if alone && let Err(error) = jobs::make_due(&db, MATCH_PICTURE, now_ms()).await {
        tracing::warn!(%error, "jobs of a server that ended are taken when their lease ends");
    }
    loop {
        if once(&db, &mut known).await == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Does all that is due; gives how many jobs there were.
pub async fn once(db: &Db, known: &mut Sketches) -> usize {
    let mut done = 0;
    loop {
        match jobs::claim(db, MATCH_PICTURE, LEASE_MS, now_ms()).await {
            Ok(Some(claim)) => {
                done += 1;
                if let Err(error) = one(db, known, &claim).await {
                    tracing::warn!(subject = claim.subject(), %error, "a picture could not be compared now");
                    if let Err(error) = jobs::give_back(db, &claim, &error.to_string(), now_ms() + AGAIN_MS).await {
                        tracing::warn!(%error, "a job could not be given back; it is taken again when its lease ends");
                    }
                }
            }
            Ok(None) => return done,
            Err(error) => {
                tracing::warn!(%error, "pictures to compare cannot be looked up; trying again");
                return done;
            }
        }
    }
}

async fn one(db: &Db, known: &mut Sketches, claim: &Claim) -> Result<(), DbErr> {
    let sha256 = hex::decode(claim.subject()).unwrap_or_default();
    let likeness = likeness_of(&db.read, &sha256).await?;
    let mut found = BTreeMap::new();
    if let Some(likeness) = &likeness {
        read_on(&db.read, known).await?;
        found = alike_among(&db.read, known, likeness, 0).await?;
    }
    let tx = db.begin().await?;
    turns::take(&tx, Turn::Jobs(MATCH_PICTURE)).await?;
    let was_alike = neighbours(&tx, &sha256).await?;
    // It may have been erased while it was compared.
    match likeness_of(&tx, &sha256).await? {
        Some(likeness) => {
            let seen = known.last();
            read_on(&tx, known).await?;
            found.extend(alike_among(&tx, known, &likeness, seen).await?);
            found.remove(&sha256);
            write(&tx, known.last() + 1, &sha256, &likeness, &found).await?;
        }
        None => forget(&tx, &sha256).await?,
    }
    // Of those that are alike the jobs are found by this one, and of those that were by themselves.
    let touched: BTreeSet<_> = was_alike.iter().chain([&sha256]).map(|sha256| subject::bytes(sha256)).collect();
    jobs::enqueue(&tx, touched, now_ms()).await?;
    jobs::end(&tx, claim).await?;
    tx.commit().await?;
    db.stir();
    Ok(())
}

/// Reads the sketches of pictures that were compared since.
pub async fn read_on(db: &impl ConnectionTrait, known: &mut Sketches) -> Result<(), DbErr> {
    loop {
        let behind = sketch::Entity::find().filter(sketch::Column::N.gt(known.last()));
        let behind = behind.select_only().columns([sketch::Column::N, sketch::Column::Bits]);
        let read: Vec<(i64, i64)> = behind.order_by_asc(sketch::Column::N).limit(CHUNK).into_tuple().all(db).await?;
        let last = (read.len() as u64) < CHUNK;
        for (number, bits) in read {
            known.push(number, Sketch(bits.cast_unsigned()));
        }
        if last {
            return Ok(());
        }
    }
}

/// The pictures that look like it, of those with numbers above `from`, and how far they agree.
async fn alike_among(
    db: &impl ConnectionTrait,
    known: &Sketches,
    likeness: &Likeness,
    from: i64,
) -> Result<BTreeMap<Vec<u8>, f64>, DbErr> {
    let near = known.near(likeness.sketch, NEAR, from, MOST_CANDIDATES);
    let rows = rows::select_in::<sketch::Entity, _>(db, sketch::Column::N, near).await?;
    let mut found = BTreeMap::new();
    for list in rows::lists(&rows.into_iter().filter_map(|row| row.sha256).collect::<Vec<_>>()) {
        let candidates = picture::Entity::find().filter(picture::Column::Sha256.is_in(list)).select_only();
        let candidates: Vec<(Vec<u8>, Option<Vec<u8>>)> =
            candidates.columns([picture::Column::Sha256, picture::Column::Likeness]).into_tuple().all(db).await?;
        let likeness = likeness.clone();
        let compared = tokio::task::spawn_blocking(move || {
            let agreement = |bytes: &[u8]| Some(f64::from(Likeness::from_bytes(bytes)?.agreement(&likeness)));
            let agreed = candidates.into_iter().filter_map(|(sha256, bytes)| Some((sha256, agreement(&bytes?)?)));
            agreed.filter(|(_, agreement)| *agreement >= f64::from(ALIKE)).collect::<Vec<_>>()
        });
        found.extend(compared.await.map_err(|ended| DbErr::Custom(ended.to_string()))?);
    }
    Ok(found)
}

async fn likeness_of(db: &impl ConnectionTrait, sha256: &[u8]) -> Result<Option<Likeness>, DbErr> {
    let row = picture::Entity::find_by_id(sha256.to_vec()).one(db).await?;
    Ok(row.and_then(|row| Likeness::from_bytes(&row.likeness?)))
}

/// The pictures that are written down as alike.
async fn neighbours(tx: &Write, sha256: &[u8]) -> Result<Vec<Vec<u8>>, DbErr> {
    let found = alike::Entity::find().filter(alike::Column::One.eq(sha256)).select_only();
    found.column(alike::Column::Other).into_tuple().all(tx).await
}

async fn write(
    tx: &Write,
    number: i64,
    sha256: &[u8],
    likeness: &Likeness,
    found: &BTreeMap<Vec<u8>, f64>,
) -> Result<(), DbErr> {
    let numbered = sketch::Entity::find().filter(sketch::Column::Sha256.eq(sha256)).one(tx).await?;
    if numbered.is_none() {
        let row = sketch::Model { n: number, sha256: Some(sha256.to_vec()), bits: likeness.sketch.0.cast_signed() };
        rows::insert::<sketch::Entity>(tx, vec![row]).await?;
    }
    let both = found.iter().flat_map(|(other, agreement)| {
        let pair =
            |one: &[u8], other: &[u8]| alike::Model { one: one.to_vec(), other: other.to_vec(), agreement: *agreement };
        [pair(sha256, other), pair(other, sha256)]
    });
    rows::upsert::<alike::Entity>(tx, both.collect()).await
}

/// A picture that is gone looks like nothing. Its number stays, with nothing in it: were the highest one given again, who knows it would not
/// read the new one.
async fn forget(tx: &Write, sha256: &[u8]) -> Result<(), DbErr> {
    sketch::Entity::update_many()
        .col_expr(sketch::Column::Sha256, Expr::value(None::<Vec<u8>>))
        .col_expr(sketch::Column::Bits, Expr::value(0_i64))
        .filter(sketch::Column::Sha256.eq(sha256))
        .exec(tx)
        .await?;
    let either = Condition::any().add(alike::Column::One.eq(sha256)).add(alike::Column::Other.eq(sha256));
    alike::Entity::delete_many().filter(either).exec(tx).await.map(drop)
}
