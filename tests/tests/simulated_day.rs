//! The main job from beginning to end, on both databases: see `zhucun_tests::day`.

use zhucun_tests::{
    day,
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
