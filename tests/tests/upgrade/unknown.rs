//! What a server does not know is kept to the byte: pushed, merged, fed, rebuilt, backed up and restored.

use zhucun_tests::{
    answer::Answer,
    raw::RawPhone,
    server::{Database, Server, binary},
};

use crate::fixture::{District, INSPECTION};

/// A value that any reader that understood it would spell otherwise: spaces, an escape, numbers beyond floating point, a member twice.
const ODD: &str = r#"{"b" : 1.0, "a\u0062":[1e999,-0,  0.10000000000000000000001],"x":1,"x":2}"#;

/// What a phone with that token receives, as text.
async fn fed(phone: &RawPhone) -> String {
    let token = phone.token().await.unwrap();
    let ask = phone.request(reqwest::Method::POST, "/v1/sync/pull", &token).json(&serde_json::json!({"cursor": null}));
    Answer::to(ask).await.unwrap().text
}

#[tokio::test]
async fn unknown_fields_and_kinds_are_kept_to_the_byte_from_sqlite_to_postgres() {
    kept(Database::Sqlite, Database::Postgres).await;
}

#[tokio::test]
async fn unknown_fields_and_kinds_are_kept_to_the_byte_from_postgres_to_sqlite() {
    kept(Database::Postgres, Database::Sqlite).await;
}

async fn kept(database: Database, restored_on: Database) {
    let mut district = District::of(database, "").await;
    let url = district.server.url();
    let mut one = RawPhone::enrol(&district.office, &url, "zjedz.p.i-01", 911).await.unwrap();
    let mut other = RawPhone::enrol(&district.office, &url, "zjedz.p.i-02", 912).await.unwrap();
    let lines = [
        one.line_of(INSPECTION, "finding", "f-911", &format!(r#"{{"title":"a","weather_zz":{ODD}}}"#)),
        one.line_of(INSPECTION, "drone_flight", "d-911", &format!(r#"{{"path":{ODD}}}"#)),
    ];
    let told = one.push(&lines).await.unwrap();
    assert_eq!(told, [(2, "held".to_owned(), "unknown_kind".to_owned())]);
    // Another writes a field beside it, which leaves it alone, and the same field, which stands beside it.
    let beside = [
        other.line_of(INSPECTION, "finding", "f-911", r#"{"text":"b"}"#),
        other.line_of(INSPECTION, "finding", "f-911", r#"{"weather_zz":[ 7.0 ]}"#),
    ];
    other.push(&beside).await.unwrap();
    let as_fed = fed(&one).await;
    assert!(as_fed.contains(ODD) && as_fed.contains("[ 7.0 ]"), "{as_fed}");

    district.server.succeeds(&["rebuild"]).await.unwrap();
    assert!(fed(&one).await.contains(ODD));
    let told = district.server.succeeds(&["backup"]).await.unwrap();
    let backup = told.split_whitespace().nth(1).expect("it says where").to_owned();
    let mut restored = Server::new(&binary(), restored_on).unwrap();
    restored.succeeds(&["restore", &backup, "--no-log"]).await.unwrap();
    restored.start().await.unwrap();
    std::mem::swap(&mut district.server, &mut restored);
    district.sign_in_anew().await;
    one.reaches(&district.server.url());
    let body = |text: &str| text.lines().find(|l| l.contains(r#""id":"f-911""#)).map(str::to_owned);
    assert_eq!(body(&fed(&one).await), body(&as_fed), "the record, byte by byte");
    let stored = district.lines(one.install).await;
    assert_eq!(stored.iter().map(|l| l.bytes.clone()).collect::<Vec<_>>(), lines, "and its lines");
    district.held(1).await;
    district.end().await;
}
