//! What speaks against photos: signals, and what they are found by. Pictures that were opened already are compared too.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, binary_null, double, string, string_null, text},
    sea_orm::DbBackend,
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut sketch = Table::create().table("sketch").to_owned();
        sketch.col(big_integer("n").primary_key()).col(binary_null("sha256")).col(big_integer("bits"));
        m.create_table(sketch).await?;
        m.create_index(index("sketch", &["sha256"]).unique().to_owned()).await?;

        let mut alike = Table::create().table("alike").to_owned();
        alike.col(binary("one")).col(binary("other")).col(double("agreement"));
        alike.primary_key(Index::create().col("one").col("other"));
        m.create_table(alike).await?;
        m.create_index(index("alike", &["other"])).await?;

        let mut visit = Table::create().table("photo_visit").to_owned();
        visit.col(binary("record").primary_key()).col(binary("visit"));
        m.create_table(visit).await?;
        m.create_index(index("photo_visit", &["visit"])).await?;

        let mut signal = Table::create().table("signal").to_owned();
        signal
            .col(binary("record"))
            .col(string("code"))
            .col(binary("other"))
            .col(double("strength"))
            .col(string("scope"))
            .col(string("id"))
            .col(string("person"))
            .col(big_integer_null("at_ms"))
            .col(string_null("other_scope"))
            .col(string_null("other_kind"))
            .col(string_null("other_id"))
            .col(text("zh"))
            .col(text("en"))
            .col(text("facts"))
            .primary_key(Index::create().col("record").col("code").col("other"));
        m.create_table(signal).await?;
        // The list, read backward.
        m.create_index(index("signal", &["strength", "record", "code", "other"])).await?;
        m.create_index(index("signal", &["code", "strength"])).await?;
        m.create_index(index("signal", &["scope"])).await?;

        let mut review = Table::create().table("signal_review").to_owned();
        review
            .col(binary("record").primary_key())
            .col(string("scope"))
            .col(binary("photo"))
            .col(string("code"))
            .col(binary("other"))
            .col(string("verdict"))
            .col(text("reason"));
        m.create_table(review).await?;
        m.create_index(index("signal_review", &["photo"])).await?;

        // A fix that comes late touches the photos around it; a record its own.
        m.create_index(index("photo", &["subject_id"])).await?;
        m.create_index(index("photo", &["person", "at_ms"])).await?;

        let db = m.get_connection();
        let hex = |column| match db.get_database_backend() {
            DbBackend::Postgres => format!("encode({column}, 'hex')"),
            _ => format!("lower(hex({column}))"),
        };
        for (kind, subject, table) in [
            ("match_picture", hex("sha256"), "picture"),
            ("photo_signals", format!("'photo|' || {}", hex("record")), "photo"),
        ] {
            let jobs = format!(
                "INSERT INTO job (kind, subject, version, due_ms, attempts) SELECT '{kind}', {subject}, 0, 0, 0 \
                 FROM {table} WHERE true ON CONFLICT DO NOTHING"
            );
            db.execute_unprepared(&jobs).await?;
        }
        Ok(())
    }
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
