//! Who looked at photos.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, binary_null, string, string_null, text_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut view = Table::create().table("photo_view").to_owned();
        view.col(binary("id").primary_key())
            .col(big_integer("at_ms"))
            .col(string("person"))
            .col(binary_null("install"))
            .col(binary("record"))
            .col(string("scope"))
            .col(binary("sha256"))
            .col(string("what"))
            .col(text_null("why"))
            .col(string_null("code"));
        m.create_table(view).await?;
        for columns in [&["sha256", "id"][..], &["person", "id"], &["code"]] {
            let name = format!("photo_view_by_{}", columns[0]);
            let mut index = Index::create().name(name).table("photo_view").to_owned();
            for column in columns {
                index.col(*column);
            }
            m.create_index(index).await?;
        }
        Ok(())
    }
}
