//! What the office asks members; and who agreed with the answer to an objection.

use sea_orm_migration::{
    prelude::*,
    schema::{binary, boolean, string, text, text_null},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut inquiry = Table::create().table("inquiry").to_owned();
        inquiry
            .col(binary("record").primary_key())
            .col(string("scope"))
            .col(string("person"))
            .col(string("day"))
            .col(text("question"))
            .col(text_null("answer"));
        m.create_table(inquiry).await?;
        let mut index = Index::create().name("inquiry_person_day").table("inquiry").to_owned();
        m.create_index(index.col("person").col("day").to_owned()).await?;
        // What was rejected before it took two stays rejected.
        let seconded = boolean("seconded").default(true).to_owned();
        for column in [string("answered_by").default("").to_owned(), seconded] {
            m.alter_table(Table::alter().table("appeal").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
