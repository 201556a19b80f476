//! Tables of the shipped log and of restores.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, string, string_null, text, text_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut shipping = Table::create().table("shipping").to_owned();
        shipping
            .col(string("name").primary_key())
            .col(string("strand"))
            .col(big_integer("segment"))
            .col(big_integer("mark"))
            .col(string("sha256"));
        m.create_table(shipping).await?;

        let mut restore = Table::create().table("restore").to_owned();
        restore
            .col(string("epoch").primary_key())
            .col(string("before"))
            .col(string_null("proof_epoch"))
            .col(string("how"))
            .col(big_integer("noticed_ms"))
            .col(big_integer_null("newest_ms"))
            .col(big_integer_null("lost_until_ms"))
            .col(binary_null("install"))
            .col(text_null("account"));
        m.create_table(restore).await?;

        let mut gap = Table::create().table("restore_gap").to_owned();
        gap.col(string("epoch"))
            .col(binary("install"))
            .col(big_integer("have"))
            .col(big_integer("upto"))
            .col(binary("head"))
            .col(big_integer("at_ms"))
            .primary_key(Index::create().col("epoch").col("install"));
        m.create_table(gap).await?;

        let mut dot = Table::create().table("unknown_dot").to_owned();
        dot.col(binary("install"))
            .col(big_integer("seq"))
            .col(binary("hash"))
            .col(string("epoch"))
            .col(text("scope"))
            .col(string("kind"))
            .col(text("id"))
            .col(binary_null("named_by"))
            .col(big_integer("named_ms"))
            .primary_key(Index::create().col("install").col("seq").col("hash"));
        m.create_table(dot).await
    }
}
