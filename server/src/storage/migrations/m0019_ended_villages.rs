//! Villages that were renamed, got another code, or were merged into another.

use sea_orm_migration::{
    prelude::*,
    schema::{string_null, text},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let former = text("former_names").default("").to_owned();
        for column in [string_null("code"), former, string_null("to_day"), string_null("successor")] {
            m.alter_table(Table::alter().table("place").add_column(column).to_owned()).await?;
        }
        let mut index = Index::create().name("place_code").table("place").to_owned();
        m.create_index(index.col("code").to_owned()).await
    }
}
