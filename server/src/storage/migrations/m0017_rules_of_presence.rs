//! What rules of presence look at, and what waits for a person.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary_null, boolean, integer, string, string_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // What was approved before levels were looked at was approved by whom it took.
        for (table, column) in [
            ("leave", string_null("approved_by")),
            ("review", string("decided_by").default("").to_owned()),
            ("review", boolean("seconded").default(false).to_owned()),
            ("check_in", binary_null("fix")),
            ("check_in", boolean("own").default(true).to_owned()),
            ("presence", string("rule").default("").to_owned()),
        ] {
            m.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let mut matter = Table::create().table("matter").to_owned();
        matter
            .col(string("person"))
            .col(string("day"))
            .col(string("code"))
            .col(string("detail"))
            .col(string("village"))
            .col(integer("rank"))
            .col(big_integer("since_ms"))
            .primary_key(Index::create().col("person").col("day").col("code").col("detail"));
        m.create_table(matter).await?;
        let mut queue = Index::create().name("matter_by_rank").table("matter").to_owned();
        queue.col("rank").col("since_ms").col("person").col("day").col("code").col("detail");
        m.create_index(queue).await?;
        let mut place = Index::create().name("matter_by_village").table("matter").to_owned();
        m.create_index(place.col("village").to_owned()).await?;
        // Every day is judged anew, by the newer code.
        let days = "INSERT INTO job (kind, subject, version, due_ms, attempts) \
                    SELECT 'member_day', person || '|' || day, 0, 0, 0 FROM presence WHERE true ON CONFLICT DO NOTHING";
        m.get_connection().execute_unprepared(days).await.map(drop)
    }
}
