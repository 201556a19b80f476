//! Months that were signed off, and what was taken note of.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, integer, string, string_null, text, text_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut seal = Table::create().table("seal").to_owned();
        seal.col(binary("record").primary_key())
            .col(string("scope"))
            .col(string("id"))
            .col(string("person"))
            .col(string("village"))
            .col(string("month"))
            .col(string("act"))
            .col(big_integer("at_ms"))
            .col(string("by"))
            .col(text("body"))
            .col(string("digest"))
            .col(text_null("reason"))
            .col(text_null("lifted"))
            .col(string_null("lifted_by"))
            .col(big_integer_null("lifted_ms"));
        m.create_table(seal).await?;
        let mut acknowledgement = Table::create().table("acknowledgement").to_owned();
        acknowledgement
            .col(binary("record").primary_key())
            .col(string("person"))
            .col(string("day"))
            .col(integer("engine"));
        m.create_table(acknowledgement).await?;
        for (name, table, columns) in [
            ("seal_by_village", "seal", ["village", "month"]),
            ("seal_by_person", "seal", ["person", "month"]),
            ("acknowledgement_by_day", "acknowledgement", ["person", "day"]),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(column);
            }
            m.create_index(index).await?;
        }
        // Every month is told to its member's phone.
        let months = "INSERT INTO job (kind, subject, version, due_ms, attempts) \
                      SELECT DISTINCT 'member_month', person || '|' || substr(day, 1, 7), 0, 0, 0 FROM presence WHERE true \
                      ON CONFLICT DO NOTHING";
        m.get_connection().execute_unprepared(months).await.map(drop)
    }
}
