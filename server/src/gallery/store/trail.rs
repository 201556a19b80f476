//! The lines of one photo, and what was measured around it.

use std::collections::{BTreeSet, HashMap};

use mobile_schema::kinds::photo::Photo;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};
use sync_protocol::{Code, Dot, Hash, Op, RecordKey, Standing, record::Fed, time::Corrected};

use crate::{
    office::store::lines,
    storage::{
        entities::{fix, line, push, record, stored_blob},
        scoping::{ScopeRange, find_in_scopes},
    },
    sync::store::{carried, standings},
};

/// An operation on a record, and what is known of it.
pub struct Written {
    /// What it says.
    pub op: Op,
    /// Who wrote it, or acted.
    pub person: String,
    /// What they are called.
    pub name: Option<String>,
    /// When.
    pub time: Corrected,
    /// When it first came, ms.
    pub received_ms: Option<i64>,
    /// Where it stands.
    pub standing: Standing,
}

/// The shown fields of a photo record.
pub async fn fields(db: &impl ConnectionTrait, key: &[u8]) -> Result<Photo, DbErr> {
    let row = record::Entity::find_by_id(key.to_vec()).one(db).await?;
    let fields = row.and_then(|row| serde_json::to_string(&Fed::read(&row.body).ok()?.f).ok());
    Ok(fields.and_then(|fields| serde_json::from_str(&fields).ok()).unwrap_or_default())
}

/// The operations on a record, by chain and place in it.
pub async fn written(db: &impl ConnectionTrait, key: &[u8]) -> Result<Vec<Written>, DbErr> {
    let rows = line::Entity::find()
        .filter(line::Column::Record.eq(key))
        .order_by_asc(line::Column::Install)
        .order_by_asc(line::Column::Seq)
        .all(db)
        .await?;
    let ops: Vec<Op> = rows.iter().filter_map(carried::stored).collect();
    let times = lines::times(db, &ops.iter().collect::<Vec<_>>()).await?;
    let owners = lines::owners(db, ops.iter().map(|op| op.dot.install).collect()).await?;
    let standings = match key.try_into().map(RecordKey) {
        Ok(key) => standings::of_records(db, &[key]).await?,
        Err(_) => HashMap::new(),
    };
    let person = |op: &Op| {
        let (owner, server) = owners.get(&op.dot.install).cloned().unwrap_or_default();
        op.acting.as_ref().filter(|_| server).map_or(owner, |(person, _)| person.clone())
    };
    let names = lines::names(db, ops.iter().map(person).collect::<BTreeSet<String>>()).await?;
    let received = received(db, ops.iter().map(|op| op.dot)).await?;
    let written = ops.into_iter().map(|op| {
        let person = person(&op);
        Written {
            name: names.get(&person).cloned(),
            person,
            time: times.get(&op.dot).copied().unwrap_or(Corrected::UNKNOWN),
            received_ms: received.get(&op.dot).copied(),
            standing: standings.get(&op.dot).cloned().unwrap_or_else(|| Standing::of(Code::Applied)),
            op,
        }
    });
    Ok(written.collect())
}

/// When lines first came, ms. A push says which it brought by their places.
pub async fn received(db: &impl ConnectionTrait, dots: impl Iterator<Item = Dot>) -> Result<HashMap<Dot, i64>, DbErr> {
    let mut received = HashMap::new();
    for dot in dots {
        let seq = dot.seq as i64;
        let brought = Condition::all()
            .add(push::Column::Install.eq(dot.install.0.to_vec()))
            .add(push::Column::First.lte(seq))
            .add(push::Column::First.into_expr().add(push::Column::Count.into_expr()).gt(Expr::value(seq)));
        let first = push::Entity::find().filter(brought).order_by_asc(push::Column::Id).limit(1).one(db).await?;
        received.extend(first.map(|push| (dot, push.received_ms)));
    }
    Ok(received)
}

/// The last fix of a person before a moment, and the first after, in these scopes.
pub async fn fixes_around(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    person: &str,
    at_ms: i64,
) -> Result<Vec<fix::Model>, DbErr> {
    let theirs = || {
        let query = find_in_scopes::<fix::Entity>(fix::Column::Scope, db.get_database_backend(), readable);
        query.filter(fix::Column::Person.eq(person)).limit(1)
    };
    let before = theirs().filter(fix::Column::LoMs.lte(at_ms)).order_by_desc(fix::Column::LoMs).one(db).await?;
    let after = theirs().filter(fix::Column::LoMs.gt(at_ms)).order_by_asc(fix::Column::LoMs).one(db).await?;
    Ok([before, after].into_iter().flatten().collect())
}

/// What is there of complete bytes.
pub async fn stored(db: &impl ConnectionTrait, sha256: &Hash) -> Result<Option<stored_blob::Model>, DbErr> {
    stored_blob::Entity::find_by_id(sha256.to_vec()).one(db).await
}
