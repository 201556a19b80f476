//! The same rows by bare `insert_many`: what the database and sea-orm give when nothing is judged, merged, signed, derived or sent.
//!
//! After visits were taken in, the rows they came to are read back from the server's database. As many rows of each table as one
//! measurement wrote are then inserted into a database of the same kind, schema and settings (so also as durably) that holds as many as the
//! server's held by then, with as many rows a statement as there are parameters for, in as many transactions as the server needed, one
//! after the other. The *share* is that time by the server's.
//! Rows that the server changed or deleted (counters, the tips of chains, jobs, positions once judged) count only as they stand at the
//! end, or not at all: the share errs on the low side.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::Result;
use sea_orm::{
    ActiveModelTrait, DbBackend, EntityTrait, IntoActiveModel, Iterable as _, ModelTrait, PaginatorTrait as _,
    QuerySelect as _,
};
use zhucun::storage::{Db, Write, checkpoint, entities};

macro_rules! tables {
    ($($table:ident),+) => {
        /// Rows of all tables that visits write.
        #[derive(Debug, Clone, Default)]
        pub struct Rows {
            $(
                /// Of the table of that name.
                pub $table: Vec<entities::$table::Model>,
            )+
        }

        /// How many rows each of these tables has, in the order of their names below.
        pub async fn counts(db: &Db) -> Result<Vec<u64>> {
            Ok(vec![$(entities::$table::Entity::find().count(&db.read).await?),+])
        }

        impl Rows {
            /// Names of the tables.
            pub const TABLES: &'static [&'static str] = &[$(stringify!($table)),+];

            /// All there are.
            pub async fn read(db: &Db) -> Result<Self> {
                Ok(Self { $($table: entities::$table::Entity::find().all(&db.read).await?),+ })
            }

            /// Those that are not among the others.
            pub fn without(mut self, others: &Rows) -> Self {
                $(self.$table = only_new(self.$table, &others.$table);)+
                self
            }

            /// Of each table the first so many rows.
            pub fn first(&self, counts: &[u64]) -> Rows {
                let mut counts = counts.iter().map(|n| *n as usize);
                Rows { $($table: self.$table.iter().take(counts.next().unwrap_or(0)).cloned().collect()),+ }
            }

            /// Of each table so many rows behind the first so many, spread evenly over so many parts.
            pub fn parts(&self, behind: &[u64], counts: &[u64], parts: usize) -> Vec<Rows> {
                (0..parts).map(|part| {
                    let mut counts = behind.iter().zip(counts).map(|(behind, count)| (*behind as usize, *count as usize));
                    Rows { $($table: one_part(&self.$table, counts.next().unwrap_or((0, 0)), part, parts)),+ }
                }).collect()
            }

            async fn insert(self, tx: &Write, parameters: usize) -> Result<(), sea_orm::DbErr> {
                $(insert_many::<entities::$table::Entity>(tx, self.$table, parameters).await?;)+
                Ok(())
            }
        }
    };
}

tables!(line, push, record, scope, standing, conflict, visit, fix, photo, presence, presence_history);

/// As many rows a statement as the database has parameters for.
async fn insert_many<E>(tx: &Write, mut rows: Vec<E::Model>, parameters: usize) -> Result<(), sea_orm::DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let most = parameters / E::Column::iter().count();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(most));
        let some = std::mem::replace(&mut rows, rest).into_iter().map(IntoActiveModel::into_active_model);
        E::insert_many(some).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn only_new<M: ModelTrait>(rows: Vec<M>, others: &[M]) -> Vec<M> {
    let key = |row: &M| format!("{:?}", row.get_primary_key_value());
    let known: HashSet<String> = others.iter().map(key).collect();
    rows.into_iter().filter(|row| !known.contains(&key(row))).collect()
}

fn one_part<M: Clone>(rows: &[M], (behind, count): (usize, usize), part: usize, parts: usize) -> Vec<M> {
    let rows = &rows[behind.min(rows.len())..];
    let count = count.min(rows.len());
    rows[count * part / parts..count * (part + 1) / parts].to_vec()
}

/// How often the server committed lines: what is committed together has one time of receipt.
pub async fn commits(db: &Db) -> Result<u64> {
    let times: Vec<i64> = entities::push::Entity::find()
        .select_only()
        .column(entities::push::Column::ReceivedMs)
        .distinct()
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(times.len() as u64)
}

/// Inserts the parts, each in a transaction, into the empty database at that address, once it holds what was there before them.
pub async fn insert(url: &str, before: Rows, parts: Vec<Rows>) -> Result<Duration> {
    let db = Db::open(url, 2).await?;
    let copying = tokio::spawn(checkpoint::run(db.clone()));
    let parameters = if db.backend() == DbBackend::Sqlite { 32_766 } else { 65_535 };
    let tx = db.begin().await?;
    before.insert(&tx, parameters).await?;
    tx.commit().await?;
    let started = Instant::now();
    for part in parts {
        let tx = db.begin().await?;
        part.insert(&tx, parameters).await?;
        tx.commit().await?;
    }
    let took = started.elapsed();
    copying.abort();
    Ok(took)
}
