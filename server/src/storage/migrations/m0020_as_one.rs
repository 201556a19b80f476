//! Members who move as one: what is found, and what was taken note of.

use sea_orm_migration::{prelude::*, schema::text_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [("matter", "found"), ("acknowledgement", "as_one")] {
            m.alter_table(Table::alter().table(table).add_column(text_null(column)).to_owned()).await?;
        }
        Ok(())
    }
}
