//! Erasure and purge: lines whose bytes are gone, since when records show nothing, how far feeds have forgotten, photos that are erased.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, binary_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.alter_table(Table::alter().table("line").add_column(binary_null("erased")).to_owned()).await?;
        let horizon = big_integer("horizon").default(0).to_owned();
        m.alter_table(Table::alter().table("scope").add_column(horizon).to_owned()).await?;

        let mut tombstone = Table::create().table("tombstone").to_owned();
        tombstone.col(binary("record").primary_key()).col(big_integer("since_ms"));
        m.create_table(tombstone).await?;
        m.create_index(Index::create().name("tombstone_since_ms").table("tombstone").col("since_ms").to_owned())
            .await?;
        // Records that were deleted before this was noted count from now on.
        let now_ms = match m.get_database_backend() {
            sea_orm::DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)",
            _ => "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
        };
        let deleted = format!(
            "INSERT INTO tombstone (record, since_ms) SELECT key, {now_ms} FROM record \
             WHERE NOT derived AND (empty OR body LIKE '%\"gone\":true,%')"
        );
        m.get_connection().execute_unprepared(&deleted).await?;

        let mut photo = Table::create().table("erased_photo").to_owned();
        photo
            .col(binary("sha256"))
            .col(binary("record"))
            .primary_key(&mut Index::create().col("sha256").col("record").to_owned());
        m.create_table(photo).await?;
        m.create_index(Index::create().name("erased_photo_record").table("erased_photo").col("record").to_owned()).await
    }
}
