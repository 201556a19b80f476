//! Tables of accounts, keys, enrolment codes.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, binary_null, string, string_null, text},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut account = Table::create().table("account").to_owned();
        account
            .col(string("name").primary_key())
            .col(string("person"))
            .col(text("password_hash"))
            .col(big_integer("changed_ms"));
        m.create_table(account).await?;

        let mut code = Table::create().table("enrolment_code").to_owned();
        code.col(binary("code_hash").primary_key())
            .col(string("person"))
            .col(string("made_by"))
            .col(string("made_as"))
            .col(big_integer("expires_ms"))
            .col(string_null("key"))
            .col(string_null("app"))
            .col(binary_null("install"));
        m.create_table(code).await?;

        let mut key = Table::create().table("server_key").to_owned();
        key.col(string("kid").primary_key())
            .col(string("purpose"))
            .col(binary("secret"))
            .col(big_integer("created_ms"));
        m.create_table(key).await?;

        let mut setting = Table::create().table("setting").to_owned();
        setting.col(string("name").primary_key()).col(text("value"));
        m.create_table(setting).await
    }
}
