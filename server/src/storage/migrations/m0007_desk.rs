//! Indexes of the office's desk: what waits is listed by code and place, what stands beside by name of the record. Rows are written
//! there only for what is not simply applied, so a commit in which all is well pays nothing.

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_index(index("standing_desk", "standing", &["code", "scope", "install", "seq", "hash"])).await?;
        // The one above begins with the same column.
        m.drop_index(Index::drop().name("standing_code").table("standing").to_owned()).await?;
        m.create_index(index("standing_named", "standing", &["scope", "kind", "id", "record", "code"])).await?;
        m.create_index(index("conflict_named", "conflict", &["scope", "kind", "id", "record"])).await
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
