//! Lines, pushes, installs, records, scopes, standings, rulings, jobs.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, binary, binary_null, boolean, integer, string, string_null, text, text_null,
    },
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let dot = || [binary("install"), big_integer("seq"), binary("hash")];
        let dot_key = || Index::create().col("install").col("seq").col("hash").to_owned();

        let mut line = table("line", dot());
        line.col(binary_null("record")).col(binary("bytes")).primary_key(&mut dot_key());
        m.create_table(line).await?;
        m.create_index(index("line", &["record"])).await?;

        let mut push = Table::create().table("push").to_owned();
        push.col(big_integer("id").primary_key().auto_increment())
            .col(binary("install"))
            .col(big_integer("first"))
            .col(integer("count"))
            .col(binary("header"))
            .col(text("sig"))
            .col(binary("hashes"))
            .col(binary("head_before"))
            .col(binary("head_after"))
            .col(big_integer("received_ms"));
        m.create_table(push).await?;
        m.create_index(index("push", &["install", "first"])).await?;

        let mut install = Table::create().table("install").to_owned();
        install
            .col(binary("id").primary_key())
            .col(text("certificate"))
            .col(string("person"))
            .col(boolean("server"))
            .col(big_integer("tip_seq"))
            .col(binary("tip_head"))
            .col(big_integer_null("fork_seq"))
            .col(big_integer("heard_ms"));
        m.create_table(install).await?;
        m.create_index(index("install", &["person"])).await?;

        let mut loose = table("loose_line", dot());
        loose
            .col(string_null("boot"))
            .col(big_integer_null("at_ms"))
            .col(big_integer_null("uncertainty_ms"))
            .col(big_integer_null("lo_ms"))
            .col(big_integer_null("hi_ms"))
            .col(big_integer("hi_seq"))
            .primary_key(&mut dot_key());
        m.create_table(loose).await?;

        let mut record = Table::create().table("record").to_owned();
        record
            .col(binary("key").primary_key())
            .col(scope_column(m))
            .col(string("kind"))
            .col(string("id"))
            .col(big_integer("pos"))
            .col(text("body"))
            .col(boolean("empty"))
            .col(boolean("derived"));
        m.create_table(record).await?;
        m.create_index(index("record", &["scope", "pos"])).await?;

        let mut scope = Table::create().table("scope").to_owned();
        scope.col(scope_column(m).primary_key()).col(big_integer("pos")).col(binary("digest"));
        m.create_table(scope).await?;

        let mut standing = table("standing", dot());
        standing
            .col(binary_null("record"))
            .col(string("code"))
            .col(text("detail"))
            .col(string("scope"))
            .col(string("kind"))
            .col(string("id"))
            .primary_key(&mut dot_key());
        m.create_table(standing).await?;
        m.create_index(index("standing", &["code"])).await?;
        m.create_index(index("standing", &["record"])).await?;

        let mut conflict = table("conflict", [binary("record"), string("field")]);
        conflict
            .col(string("scope"))
            .col(string("kind"))
            .col(string("id"))
            .primary_key(&mut Index::create().col("record").col("field").to_owned());
        m.create_table(conflict).await?;

        let mut ruling = Table::create().table("ruling").to_owned();
        ruling
            .col(binary("record").primary_key())
            .col(string("scope"))
            .col(string("kind"))
            .col(string("id"))
            .col(string_null("person"))
            .col(binary_null("install"))
            .col(text("fields"));
        m.create_table(ruling).await?;
        m.create_index(index("ruling", &["person"])).await?;
        m.create_index(index("ruling", &["install"])).await?;
        m.create_index(index("ruling", &["kind"])).await?;

        let mut job = table("job", [string("kind"), string("subject")]);
        job.col(big_integer("version"))
            .col(big_integer("due_ms"))
            .col(integer("attempts"))
            .col(text_null("error"))
            .primary_key(&mut Index::create().col("kind").col("subject").to_owned());
        m.create_table(job).await
    }
}

/// A scope. Ranges of scopes are in byte order, which PostgreSQL's default collation is not; an index serves only its own collation.
fn scope_column(m: &SchemaManager) -> ColumnDef {
    let mut column = string("scope");
    if m.get_database_backend() == sea_orm::DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

fn table<const N: usize>(name: &'static str, columns: [ColumnDef; N]) -> TableCreateStatement {
    let mut table = Table::create().table(name).to_owned();
    for column in columns {
        table.col(column);
    }
    table
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
