//! Legal holds; and the campaigns of visits, by which holds and the gallery ask.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, string, string_null, text, text_null},
    sea_orm::DbBackend,
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut hold = Table::create().table("hold").to_owned();
        hold.col(binary("record").primary_key())
            .col(string("scope"))
            .col(string("id"))
            .col(string("place"))
            .col(string_null("person"))
            .col(string_null("visit"))
            .col(string_null("campaign"))
            .col(binary_null("of_record"))
            .col(text_null("of_name"))
            .col(text("reason"))
            .col(string("by"))
            .col(big_integer("since_ms"))
            .col(text_null("lifted"))
            .col(string_null("lifted_by"))
            .col(big_integer_null("lifted_ms"));
        m.create_table(hold).await?;
        let mut index = Index::create().name("hold_by_scope").table("hold").to_owned();
        m.create_index(index.col("scope").to_owned()).await?;

        m.alter_table(Table::alter().table("visit").add_column(string_null("campaign")).to_owned()).await?;
        let db = m.get_connection();
        let campaign = match db.get_database_backend() {
            DbBackend::Postgres => "r.body::json #>> '{f,campaign}'",
            _ => "json_extract(r.body, '$.f.campaign')",
        };
        let fill = format!("UPDATE visit SET campaign = (SELECT {campaign} FROM record r WHERE r.key = visit.record)");
        db.execute_unprepared(&fill).await?;
        let mut index = Index::create().name("visit_by_campaign").table("visit").to_owned();
        m.create_index(index.col("campaign").to_owned()).await
    }
}
