//! The gallery: photos as managers look for them. Photos that are there already are gathered by a job.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, string},
    sea_orm::DbBackend,
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Each order in which the gallery is walked, with all that its filters ask: the table is read for what is shown alone.
const WALKS: [&[&str]; 5] = [
    &["taken_ms", "record", "scope", "person", "item"],
    &["scope", "taken_ms", "record", "person", "item"],
    &["person", "taken_ms", "record", "scope", "item"],
    &["item", "taken_ms", "record", "scope", "person"],
    &["tile", "taken_ms", "record", "scope", "person", "item", "x", "y"],
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut gallery = Table::create().table("gallery").to_owned();
        gallery
            .col(binary("record").primary_key())
            .col(string("scope"))
            .col(string("person"))
            .col(string("item"))
            .col(big_integer("taken_ms"))
            .col(big_integer_null("tile"))
            .col(big_integer_null("x"))
            .col(big_integer_null("y"));
        m.create_table(gallery).await?;
        for columns in WALKS {
            let mut index = Index::create().name(format!("gallery_by_{}", columns[0])).table("gallery").to_owned();
            for column in columns {
                index.col(*column);
            }
            m.create_index(index).await?;
        }
        let db = m.get_connection();
        let sqlite = db.get_database_backend() == DbBackend::Sqlite;
        let mut count = Table::create().table("gallery_count").to_owned();
        count
            .col(string("scope"))
            .col(string("facet"))
            .col(string("key"))
            .col(big_integer("stretch"))
            .col(big_integer("photos"))
            .primary_key(Index::create().col("scope").col("facet").col("key").col("stretch"));
        let mut tile = Table::create().table("gallery_tile").to_owned();
        tile.col(string("scope"))
            .col(big_integer("tile"))
            .col(big_integer("stretch"))
            .col(big_integer("photos"))
            .col(big_integer("x"))
            .col(big_integer("y"))
            .primary_key(Index::create().col("scope").col("tile").col("stretch"));
        for mut table in [count, tile] {
            if sqlite {
                // The rows lie in the order of their keys, which is that in which they are added up.
                table.extra("WITHOUT ROWID");
            }
            m.create_table(table).await?;
        }
        let gather = "INSERT INTO job (kind, subject, version, due_ms, attempts) \
                      SELECT 'gather_photos', '', 0, 0, 0 WHERE EXISTS (SELECT 1 FROM photo)";
        db.execute_unprepared(gather).await.map(drop)
    }
}
