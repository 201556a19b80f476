//! Tables of photos and uploads.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, string, string_null, text_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut photo = Table::create().table("photo").to_owned();
        photo
            .col(binary("record").primary_key())
            .col(string("scope"))
            .col(string("id"))
            .col(string("person"))
            .col(binary_null("install"))
            .col(binary_null("sha256"))
            .col(big_integer_null("size"))
            .col(string_null("media_type"))
            .col(binary_null("preview_sha256"))
            .col(big_integer_null("preview_size"))
            .col(string_null("subject_kind"))
            .col(string_null("subject_id"))
            .col(string_null("item"))
            .col(big_integer_null("at_ms"))
            .col(text_null("given_up"));
        m.create_table(photo).await?;
        m.create_index(index("photo", &["sha256"])).await?;
        m.create_index(index("photo", &["preview_sha256"])).await?;
        m.create_index(index("photo", &["scope", "id"])).await?;

        let mut stored = Table::create().table("stored_blob").to_owned();
        stored
            .col(binary("sha256").primary_key())
            .col(big_integer("size"))
            .col(string("media_type"))
            .col(big_integer("stored_ms"));
        m.create_table(stored).await?;

        let mut upload = Table::create().table("upload").to_owned();
        upload
            .col(binary("id").primary_key())
            .col(binary("sha256"))
            .col(big_integer("length"))
            .col(string("person"))
            .col(binary_null("install"))
            .col(big_integer("created_ms"))
            .col(big_integer_null("done_ms"));
        m.create_table(upload).await?;
        m.create_index(index("upload", &["sha256"])).await?;
        m.create_index(index("upload", &["done_ms"])).await
    }
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
