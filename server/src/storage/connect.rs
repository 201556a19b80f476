//! Connecting, and the two ways to use a connection: to read, to write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait, sqlx::Connection as _,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::{Notify, RwLock};

use super::{
    migrations::Migrator,
    turns::{self, Turn},
};

/// Statements that a connection keeps prepared: all there are, most in several lengths.
const STATEMENTS: usize = 500;

/// Every statement has an index made for it. Until PostgreSQL has gathered statistics (a minute in a new database, or after a restore) it
/// would sooner read a table through, and keep to that plan; and what it then takes for dear it would compile first.
const PLANS: [(&str, &str); 2] = [("enable_seqscan", "off"), ("jit", "off")];

/// A transaction that writes.
pub type Write = DatabaseTransaction;

/// The database. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Db {
    /// For reading.
    pub read: DatabaseConnection,
    /// For writing. On SQLite it is one connection: writers wait here, in order, and not inside SQLite, where waiting is polling.
    write: DatabaseConnection,
    stirred: Arc<Notify>,
    begun: Arc<AtomicU64>,
    holds: Arc<RwLock<()>>,
}

impl Db {
    /// Connects to `sqlite:…` or `postgres://…` and brings the schema up to date.
    pub async fn open(url: &str, connections: u32) -> Result<Self, DbErr> {
        let db = if url.starts_with("sqlite:") {
            let write = Database::connect(sqlite(url, 1)).await?;
            Self {
                read: Database::connect(sqlite(url, connections)).await?,
                write,
                stirred: Arc::default(),
                begun: Arc::default(),
                holds: Arc::default(),
            }
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(connections).acquire_timeout(Duration::from_secs(30)).sqlx_logging(false);
            options.map_sqlx_postgres_opts(|o| o.statement_cache_capacity(STATEMENTS).options(PLANS));
            let pool = Database::connect(options).await?;
            Self {
                read: pool.clone(),
                write: pool,
                stirred: Arc::default(),
                begun: Arc::default(),
                holds: Arc::default(),
            }
        };
        db.migrate().await?;
        #[cfg(feature = "testing")]
        let db = db.watched();
        Ok(db)
    }

    /// Every statement is told to [`crate::testing`], which may end this server's life there.
    #[cfg(feature = "testing")]
    fn watched(mut self) -> Self {
        for connection in [&mut self.read, &mut self.write] {
            connection.set_metric_callback(|_| crate::testing::after_statement());
        }
        self
    }

    async fn migrate(&self) -> Result<(), DbErr> {
        if self.backend() != DbBackend::Postgres {
            return Migrator::up(&self.write, None).await;
        }
        // Servers that start together make each table once.
        let tx = self.begin().await?;
        turns::take(&tx, Turn::Schema).await?;
        Migrator::up(&tx, None).await?;
        tx.commit().await
    }

    /// Says, after a commit, that feeds may have moved.
    pub fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Waits until feeds may have moved by this process. One waits; what was said since counts.
    pub async fn stirred(&self) {
        self.stirred.notified().await;
    }

    /// What stands for [`Turn::Holds`] within this process.
    pub fn holds(&self) -> Arc<RwLock<()>> {
        self.holds.clone()
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
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.write.begin_with_options(options).await
    }

    /// How often somebody in this process began to write, or waits to: by how much it grows tells who can wait that others cannot.
    pub fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
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

/// Whether the transaction was ended because it and another waited for each other: it may be tried again.
pub fn is_crossed(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    // PostgreSQL's deadlock_detected.
    cause.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "40P01")
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).acquire_timeout(Duration::from_secs(60)).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|o| {
        o.create_if_missing(true)
            .statement_cache_capacity(STATEMENTS)
            .pragma("journal_mode", "WAL")
            // FULL: a commit is on the disk before its receipt is signed (P1). NORMAL may lose the last commits in a power cut.
            .pragma("synchronous", "FULL")
            .pragma("busy_timeout", "60000")
            .pragma("cache_size", "-65536")
            // The log is copied beside the commits (`checkpoint`). If that cannot keep up, a commit does it: 256 MB of log.
            .pragma("wal_autocheckpoint", "65536")
            // What a statement needs to undo itself half way is not worth a file.
            .pragma("temp_store", "MEMORY")
            .pragma("foreign_keys", "ON")
    });
    // On a full disk SQLite ends a transaction by itself. The driver then takes the connection for one within a transaction, for ever: it is
    // replaced by a new one.
    options.map_sqlx_sqlite_pool_opts(|o| {
        o.before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
    });
    options
}
