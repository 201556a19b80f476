//! Uploads whose length is told later, and uploads of parts, which promise nothing until they are joined.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, string, text_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // SQLite cannot take NOT NULL from a column. Uploads under way move over.
        let mut upload = Table::create().table("upload_anew").to_owned();
        upload
            .col(binary("id").primary_key())
            .col(binary_null("sha256"))
            .col(big_integer_null("length"))
            .col(text_null("concat"))
            .col(binary_null("joined"))
            .col(string("person"))
            .col(binary_null("install"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("done_ms"));
        m.create_table(upload).await?;
        let columns = "id, sha256, length, person, install, created_ms, done_ms";
        let copy = format!("INSERT INTO upload_anew ({columns}) SELECT {columns} FROM upload");
        m.get_connection().execute_unprepared(&copy).await?;
        m.drop_table(Table::drop().table("upload").to_owned()).await?;
        m.rename_table(Table::rename().table("upload_anew", "upload").to_owned()).await?;
        for column in ["sha256", "done_ms", "joined", "person"] {
            let index = Index::create().name(format!("upload_{column}")).table("upload").col(column).to_owned();
            m.create_index(index).await?;
        }
        Ok(())
    }
}
