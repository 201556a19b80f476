//! What is seen in photos. Those that are complete already are opened too.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, double_null, string_null},
    sea_orm::DbBackend,
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut picture = Table::create().table("picture").to_owned();
        picture
            .col(binary("sha256").primary_key())
            .col(string_null("reason"))
            .col(big_integer_null("width"))
            .col(big_integer_null("height"))
            .col(big_integer("orientation"))
            .col(big_integer_null("taken_local_ms"))
            .col(big_integer_null("taken_offset_min"))
            .col(double_null("lat"))
            .col(double_null("lon"))
            .col(string_null("datum"))
            .col(string_null("make"))
            .col(string_null("model"))
            .col(binary_null("likeness"))
            .col(binary_null("large"))
            .col(big_integer_null("large_size"))
            .col(binary_null("small"))
            .col(big_integer_null("small_size"))
            .col(big_integer("processed_ms"));
        m.create_table(picture).await?;
        for rendition in ["large", "small"] {
            let name = format!("picture_{rendition}");
            m.create_index(Index::create().name(name).table("picture").col(rendition).to_owned()).await?;
        }
        let db = m.get_connection();
        let hex = match db.get_database_backend() {
            DbBackend::Postgres => "encode(sha256, 'hex')",
            _ => "lower(hex(sha256))",
        };
        let jobs = format!(
            "INSERT INTO job (kind, subject, version, due_ms, attempts) SELECT 'open_picture', {hex}, 0, 0, 0 \
             FROM stored_blob WHERE true ON CONFLICT DO NOTHING"
        );
        db.execute_unprepared(&jobs).await.map(drop)
    }
}
