//! The main job from beginning to end, on both databases: see `zhucun_tests::day`, `zhucun_tests::month`.

use zhucun_tests::{
    day, month,
    server::{Database, Server, binary},
};

async fn every_expectation_holds(database: Database) {
    let mut server = Server::demo(&binary(), database).await.expect("the demo server starts");
    let account = day::play(&mut server).await.expect("the day is played to its end");
    assert!(account.all_held(), "{account}");
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_in_the_field_comes_out_right_on_sqlite() {
    every_expectation_holds(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_in_the_field_comes_out_right_on_postgres() {
    every_expectation_holds(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_a_town_counts_as_what_it_was_and_is_sealed() {
    for database in [Database::Sqlite, Database::Postgres] {
        let mut server = Server::demo(&binary(), database).await.expect("the demo server starts");
        let files = server.scratch().join("sheet");
        let account = month::play(&server, &files).await.expect("the month is played to its end");
        assert!(account.all_held(), "{account}");
        for name in ["sheet.html", "sheet.xlsx", "sheet.csv"] {
            assert!(files.join(name).metadata().expect("it is there").len() > 1_000, "{name}");
        }
        server.stop().await.expect("it stops");
        server.assert_clean_log();
    }
}
