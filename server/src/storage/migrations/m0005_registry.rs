//! Tables of places, fences, units, teams, people, stations, cadres: one row a record.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, binary, boolean, string, string_null, text},
};

/// See the module.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut place = table("place");
        place
            .col(string("id"))
            .col(string_null("level"))
            .col(string_null("name"))
            .col(string_null("name_en"))
            .col(string_null("parent"))
            .col(text("towns"))
            .col(boolean("inspected"))
            .col(boolean("poor"))
            .col(boolean("demo"));
        m.create_table(place).await?;
        m.create_index(index("place", "id")).await?;

        let mut fence = table("fence");
        fence
            .col(string("village"))
            .col(string("from_day"))
            .col(string_null("to_day"))
            .col(string("datum"))
            .col(text("geometry"))
            .col(boolean("synthetic"));
        m.create_table(fence).await?;
        m.create_index(index("fence", "village")).await?;

        let mut unit = table("unit");
        unit.col(string("id"))
            .col(string_null("name"))
            .col(string_null("name_en"))
            .col(string_null("leader"))
            .col(text("villages"))
            .col(boolean("demo"));
        m.create_table(unit).await?;

        let mut team = table("team");
        team.col(string("id"))
            .col(string_null("village"))
            .col(string_null("name"))
            .col(string_null("name_en"))
            .col(string_null("unit"))
            .col(boolean("demo"));
        m.create_table(team).await?;
        m.create_index(index("team", "village")).await?;

        let mut person = table("person");
        person
            .col(string("id"))
            .col(string_null("name"))
            .col(string_null("name_en"))
            .col(string_null("unit"))
            .col(string_null("phone"))
            .col(boolean("demo"));
        m.create_table(person).await?;
        m.create_index(index("person", "id")).await?;

        let mut station = table("station");
        station
            .col(string("person"))
            .col(string_null("team"))
            .col(string("village"))
            .col(boolean("lead"))
            .col(big_integer("from_ms"))
            .col(big_integer_null("to_ms"));
        m.create_table(station).await?;
        m.create_index(index("station", "village")).await?;
        m.create_index(index("station", "person")).await?;

        let mut cadre = table("cadre");
        cadre.col(string("id")).col(string("village")).col(string_null("name")).col(string_null("post"));
        m.create_table(cadre).await?;
        m.create_index(index("cadre", "village")).await?;
        Ok(())
    }
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).col(binary("record").primary_key()).to_owned()
}

fn index(table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(format!("{table}_{column}")).table(table).col(column).to_owned()
}
