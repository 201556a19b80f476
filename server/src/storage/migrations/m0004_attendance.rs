//! Tables of evidence and verdicts.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, binary, binary_null, boolean, double, double_null, integer, string, string_null,
        text, text_null,
    },
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(table(
            "fix",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                string_null("village"),
                binary_null("visit"),
                big_integer_null("lo_ms"),
                big_integer_null("hi_ms"),
                boolean("anchored"),
                double("lat"),
                double("lon"),
                double_null("accuracy_m"),
                string_null("datum"),
                boolean("mock"),
                string_null("provider"),
                double_null("speed_mps"),
                string_null("place"),
                double_null("distance_m"),
                double_null("probability"),
                binary_null("fence"),
                text_null("reasons"),
            ],
        ))
        .await?;
        m.create_table(table(
            "visit",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                string_null("village"),
                big_integer_null("lo_ms"),
                big_integer_null("hi_ms"),
            ],
        ))
        .await?;
        m.create_table(table(
            "work_log",
            &["record"],
            [binary("record"), string("scope"), string("person"), string_null("village"), string("day")],
        ))
        .await?;
        m.create_table(table(
            "roll_call",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                string("state"),
                string("caller"),
                string_null("village"),
                big_integer_null("lo_ms"),
                big_integer_null("hi_ms"),
            ],
        ))
        .await?;
        m.create_table(table(
            "check_in",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                string_null("village"),
                string_null("slot"),
                big_integer_null("lo_ms"),
                big_integer_null("hi_ms"),
            ],
        ))
        .await?;
        m.create_table(table(
            "leave",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                string("from_day"),
                string("to_day"),
                string_null("kind"),
                string_null("approval"),
            ],
        ))
        .await?;
        m.create_table(table(
            "duty_away",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                big_integer("from_ms"),
                big_integer("to_ms"),
                string_null("kind"),
                string_null("approval"),
                text("dots"),
            ],
        ))
        .await?;
        m.create_table(table("received", &["record"], [binary("record"), string("scope"), big_integer("at_ms")]))
            .await?;
        m.create_table(table(
            "review",
            &["record"],
            [binary("record"), string("scope"), string("person"), string("day"), string("verdict"), text("reason")],
        ))
        .await?;
        m.create_table(table(
            "appeal",
            &["record"],
            [
                binary("record"),
                string("scope"),
                string("person"),
                string("day"),
                text("text"),
                string_null("answer"),
                text_null("answer_text"),
            ],
        ))
        .await?;
        m.create_table(table(
            "presence",
            &["person", "day"],
            [
                string("person"),
                string("day"),
                string("verdict"),
                string_null("village"),
                text("reasons"),
                text("used"),
                text("set_aside"),
                text("pieces"),
                string("inputs"),
                integer("engine"),
            ],
        ))
        .await?;
        m.create_table(table(
            "presence_history",
            &["person", "day", "n"],
            [
                string("person"),
                string("day"),
                integer("n"),
                string("verdict"),
                string_null("village"),
                text("reasons"),
                text("used"),
                text("set_aside"),
                string("inputs"),
                integer("engine"),
                big_integer("replaced_ms"),
                text("changed"),
            ],
        ))
        .await?;

        // The evidence of a person's day.
        for table in ["fix", "visit", "roll_call", "check_in"] {
            m.create_index(index(table, &["person", "lo_ms", "hi_ms"])).await?;
        }
        for table in ["work_log", "review", "appeal"] {
            m.create_index(index(table, &["person", "day"])).await?;
        }
        m.create_index(index("leave", &["person", "from_day"])).await?;
        m.create_index(index("duty_away", &["person", "from_ms"])).await?;
        // What a fence touches.
        m.create_index(index("fix", &["village", "lo_ms"])).await?;
        m.create_index(index("presence", &["village", "day"])).await?;
        // The fixes that have no verdict yet: few at any time.
        m.create_index(
            index("fix", &["person"]).name("fix_unjudged").and_where(Expr::col("place").is_null()).to_owned(),
        )
        .await
    }
}

fn table<const N: usize>(name: &'static str, key: &[&'static str], columns: [ColumnDef; N]) -> TableCreateStatement {
    let mut table = Table::create().table(name).to_owned();
    for column in columns {
        table.col(column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary);
    table
}

fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
