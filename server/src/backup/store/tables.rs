//! All tables, copied from one database to another, whatever kind either is.

use futures::TryStreamExt as _;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityName, EntityTrait, IntoActiveModel,
    PaginatorTrait,
};

use crate::storage::{Db, Write, entities::*, rows};

/// Rows written at once: bounds memory.
const CHUNK: usize = 2_000;

macro_rules! tables {
    ($($table:ident)*) => {
        /// The names of all tables.
        pub fn names() -> Vec<&'static str> {
            vec![$($table::Entity.table_name()),*]
        }

        /// Copies every row of every table into tables that are empty; gives how many there were.
        pub async fn copy(from: &DatabaseTransaction, to: &Write) -> Result<u64, DbErr> {
            let mut rows = 0;
            $(rows += copy_one::<$table::Entity>(from, to).await?;)*
            number_on(to).await?;
            Ok(rows)
        }

        /// Empties every table.
        pub async fn clear(tx: &Write) -> Result<(), DbErr> {
            $($table::Entity::delete_many().exec(tx).await?;)*
            Ok(())
        }
    };
}

tables! {
    account alike appeal cadre check_in conflict duty_away enrolment_code erased_photo fence fix gallery gallery_count gallery_tile hold inquiry install job leave line
    loose_line matter person photo photo_view photo_visit picture place
    presence presence_history push received record restore restore_gap review roll_call rule ruling scope server_key setting shipping
    signal signal_review sketch standing station stored_blob team tombstone unit unknown_dot upload visit work_log
}

async fn copy_one<E>(from: &DatabaseTransaction, to: &Write) -> Result<u64, DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Send + Sync,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let mut copied = 0;
    let mut stream = E::find().stream(from).await?;
    let mut chunk = Vec::new();
    while let Some(row) = stream.try_next().await? {
        chunk.push(row);
        copied += 1;
        if chunk.len() == CHUNK {
            rows::insert::<E>(to, std::mem::take(&mut chunk)).await?;
        }
    }
    rows::insert::<E>(to, chunk).await?;
    Ok(copied)
}

/// New pushes get numbers behind those copied. SQLite sees to it itself.
async fn number_on(tx: &Write) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let next = "SELECT setval(pg_get_serial_sequence('push', 'id'), greatest(1, (SELECT max(id) FROM push)), \
                    EXISTS (SELECT 1 FROM push))";
        tx.execute_unprepared(next).await?;
    }
    Ok(())
}

/// Whether nothing is in it that anyone wrote. The keys that each start makes do not count.
pub async fn is_empty(db: &Db) -> Result<bool, DbErr> {
    Ok(push::Entity::find().count(&db.read).await? == 0 && account::Entity::find().count(&db.read).await? == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_table_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("z.db").display()), 1).await.unwrap();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                   AND name <> 'seaql_migrations' ORDER BY name";
        let rows = db.read.query_all_raw(sea_orm::Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        let there: Vec<String> = rows.iter().map(|row| row.try_get("", "name").unwrap()).collect();
        let mut copied = names();
        copied.sort_unstable();
        assert_eq!(copied, there);
    }
}
