//! Learning that feeds moved. What moved is read from the scopes' own positions; everything else only says "look now": a
//! commit in this process ([`Db::stir`]), a notification from another server on the same PostgreSQL ([`hear`]), or the clock. So a
//! notification that is lost delays, and no more.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement,
    sqlx::postgres::PgListener,
};
use tokio::sync::Notify;

use super::{
    Db,
    entities::{record, scope},
};

/// The channel on which servers tell each other. What is told is only who tells.
const CHANNEL: &str = "zhucun_feeds";
/// How long to wait before connecting again. Meanwhile the clock does.
const AGAIN: Duration = Duration::from_secs(5);
/// SQLite refuses expressions deeper than 1,000.
const MAX_ALTERNATIVES: usize = 200;

/// Positions of scopes, by name.
pub type Positions = HashMap<String, i64>;

/// The newest position of every scope.
pub async fn positions(db: &Db) -> Result<Positions, DbErr> {
    let rows: Vec<(String, i64)> = scope::Entity::find()
        .select_only()
        .column(scope::Column::Scope)
        .column(scope::Column::Pos)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Of these scopes, each with a position, those in which a standing was told behind that position.
pub async fn with_new_standings(db: &Db, behind: &[(&str, i64)]) -> Result<Vec<String>, DbErr> {
    let mut found = Vec::new();
    for chunk in behind.chunks(MAX_ALTERNATIVES) {
        let newer = chunk.iter().fold(Condition::any(), |any, (scope, pos)| {
            any.add(Condition::all().add(record::Column::Scope.eq(*scope)).add(record::Column::Pos.gt(*pos)))
        });
        let scopes = record::Entity::find().filter(newer).filter(record::Column::Kind.eq("standing"));
        let scopes = scopes.select_only().column(record::Column::Scope).distinct();
        found.extend(scopes.into_tuple::<String>().all(&db.read).await?);
    }
    Ok(found)
}

/// Tells the other servers that feeds moved. Nothing to do on SQLite, which has no way to tell other processes.
pub async fn tell(db: &Db, teller: &str) -> Result<(), DbErr> {
    if db.backend() == DbBackend::Postgres {
        let values = [CHANNEL.into(), teller.into()];
        let notify = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
        db.read.execute_raw(notify).await?;
    }
    Ok(())
}

/// Hears what other servers tell, for as long as it is polled; what this one tells is left out. Wakes the bell as well when the
/// connection was lost, since then something may have been told in vain.
pub async fn hear(url: &str, teller: &str, bell: Arc<Notify>) {
    if url.starts_with("sqlite:") {
        return;
    }
    loop {
        if let Err(error) = listen(url, teller, &bell).await {
            tracing::warn!(%error, "other servers cannot be heard; looking by the clock meanwhile");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn listen(url: &str, teller: &str, bell: &Notify) -> Result<(), sea_orm::sqlx::Error> {
    // A connection of its own: one of the pool's would be missing there for good.
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        bell.notify_one();
        // It connects again by itself, and then gives nothing.
        while let Some(told) = listener.try_recv().await? {
            if told.payload() != teller {
                break;
            }
        }
    }
}
