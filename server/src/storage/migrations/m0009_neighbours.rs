//! Keys of records begin with their neighbourhood (`sync_protocol::RecordKey`). Evidence is referred to by key, so verdicts are derived
//! again. The visit of a fix, by which nobody ever asked, goes.

use sea_orm_migration::{
    prelude::*,
    schema::binary,
    sea_orm::{DbBackend, Statement},
};
use sync_protocol::RecordKey;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows read at once: bounds memory.
const PAGE: usize = 2_000;
/// What a key was before, bytes.
const BARE: usize = 16;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let db = m.get_connection();
        m.alter_table(Table::alter().table("fix").drop_column("visit").to_owned()).await?;
        let mut table = Table::create().table("rekeyed").to_owned();
        table.col(binary("bare").primary_key()).col(binary("key"));
        m.create_table(table).await?;
        // Every operation makes a record, or has a standing that says why not.
        note(db, "record", "key").await?;
        note(db, "standing", "record").await?;
        for (table, column) in columns(db).await? {
            let set = format!(
                "UPDATE \"{table}\" SET \"{column}\" = r.key FROM rekeyed r WHERE r.bare = \"{table}\".\"{column}\""
            );
            db.execute_unprepared(&set).await?;
        }
        db.execute_unprepared("UPDATE presence SET inputs = ''").await?;
        db.execute_unprepared(
            "INSERT INTO job (kind, subject, version, due_ms, attempts) SELECT 'member_day', person || '|' || day, 0, 0, 0 \
             FROM presence WHERE true ON CONFLICT DO NOTHING",
        )
        .await?;
        m.drop_table(Table::drop().table("rekeyed").to_owned()).await
    }
}

/// Notes the keys, as they were and as they are, of the records that this table names.
async fn note(db: &SchemaManagerConnection<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let mut last: Vec<u8> = Vec::new();
    loop {
        let page = format!(
            "SELECT DISTINCT \"{column}\" AS bare, scope, kind, id FROM \"{table}\" \
             WHERE \"{column}\" > $1 AND length(\"{column}\") = {BARE} ORDER BY \"{column}\" LIMIT {PAGE}"
        );
        let rows = db.query_all_raw(Statement::from_sql_and_values(backend, page, [last.into()])).await?;
        let mut insert = Query::insert().into_table("rekeyed").columns(["bare", "key"]).to_owned();
        for row in &rows {
            let text = |name: &str| row.try_get::<String>("", name);
            let key = RecordKey::of(&text("scope")?, &text("kind")?, &text("id")?);
            insert.values_panic([key.hash().to_vec().into(), key.0.to_vec().into()]);
        }
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.try_get("", "bare")?;
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        db.execute(&insert).await?;
    }
}

/// Every column that holds keys of records.
async fn columns(db: &SchemaManagerConnection<'_>) -> Result<Vec<(String, String)>, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns \
             WHERE table_schema = current_schema() AND data_type = 'bytea'"
        }
        _ => {
            "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND lower(c.type) LIKE '%blob%'"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await?;
    let names = rows.iter().map(|row| Ok((row.try_get("", "t")?, row.try_get("", "c")?)));
    let names: Vec<(String, String)> = names.collect::<Result<_, DbErr>>()?;
    let is_key = |(table, column): &(String, String)| match &**column {
        "record" | "fence" => true,
        "key" => table == "record",
        _ => false,
    };
    Ok(names.into_iter().filter(is_key).collect())
}
