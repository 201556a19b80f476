//! Connecting, and the two ways to use a connection: to read, to write.

use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use super::migrations::Migrator;

/// A transaction that writes.
pub type Write = DatabaseTransaction;

/// The database. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Db {
    /// For reading.
    pub read: DatabaseConnection,
    /// For writing. On SQLite it is one connection: writers wait here, in order, and not inside SQLite, where waiting is polling.
    write: DatabaseConnection,
}

impl Db {
    /// Connects to `sqlite:…` or `postgres://…` and brings the schema up to date.
    pub async fn open(url: &str, connections: u32) -> Result<Self, DbErr> {
        let db = if url.starts_with("sqlite:") {
            let write = Database::connect(sqlite(url, 1)).await?;
            Self { read: Database::connect(sqlite(url, connections)).await?, write }
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(connections).acquire_timeout(Duration::from_secs(30)).sqlx_logging(false);
            let pool = Database::connect(options).await?;
            Self { read: pool.clone(), write: pool }
        };
        Migrator::up(&db.write, None).await?;
        Ok(db)
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// Closes all connections. On SQLite what was written is in the one file then.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write.close().await
    }

    /// Begins a transaction that will write.
    pub async fn begin(&self) -> Result<Write, DbErr> {
        let options = TransactionOptions {
            // A deferred transaction that turns into a writer half way can fail; an immediate one waits at the start.
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.write.begin_with_options(options).await
    }

    /// Begins a transaction that sees one state of the database throughout.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        let postgres = self.backend() == DbBackend::Postgres;
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        self.read.begin_with_options(options).await
    }
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(Duration::from_secs(60)).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|o| {
        o.create_if_missing(true)
            .pragma("journal_mode", "WAL")
            // FULL: a commit is on the disk before its receipt is signed (P1). NORMAL may lose the last commits in a power cut.
            .pragma("synchronous", "FULL")
            .pragma("busy_timeout", "60000")
            .pragma("cache_size", "-65536")
            // A checkpoint copies each page once however often it was written since the last: seldom is cheap. 32 MB of log.
            .pragma("wal_autocheckpoint", "8000")
            // What a statement needs to undo itself half way is not worth a file.
            .pragma("temp_store", "MEMORY")
            .pragma("foreign_keys", "ON")
    });
    options
}
