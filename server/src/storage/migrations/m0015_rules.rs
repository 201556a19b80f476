//! Rules: what counts as presence, how long photos are kept.

use sea_orm_migration::{
    prelude::*,
    schema::{binary, string, string_null, text},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut rule = Table::create().table("rule").to_owned();
        rule.col(binary("record").primary_key())
            .col(string("key"))
            .col(string("place"))
            .col(string("id"))
            .col(string("title"))
            .col(string("from_day"))
            .col(string_null("to_day"))
            .col(text("body"));
        m.create_table(rule).await?;
        let mut index = Index::create().name("rule_by_key").table("rule").to_owned();
        m.create_index(index.col("key").col("place").to_owned()).await
    }
}
