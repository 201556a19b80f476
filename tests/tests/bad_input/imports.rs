//! Files of an office with bad lines: every bad line is told, and nothing is changed.

use reqwest::Method;
use serde_json::Value;
use zhucun_tests::answer::Answer;

use crate::fixture::{Fixture, with_member};

async fn import(f: &Fixture, kind: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = f.office.request(Method::POST, &format!("/v1/imports/{kind}?district=zjedz")).body(body);
    Answer::to(request.header("content-type", "application/octet-stream")).await.expect("an answer")
}

fn faults(answer: &Answer) -> Vec<(u64, String)> {
    let all = answer.refused(422, "import_refused").json["faults"].as_array().cloned().unwrap_or_default();
    let each = |fault: &Value| (fault["line"].as_u64().unwrap_or(0), fault["code"].as_str().unwrap_or("").to_owned());
    all.iter().map(each).collect()
}

#[tokio::test]
async fn every_bad_line_is_told_with_its_number_and_nothing_changes() {
    let f = with_member(60).await;
    let bad = "person,name,unit\n\
               n-6001,演示·新人甲,zjedz.u.finance\n\
               ,演示·无编号,finance\n\
               n-6003,演示·新人丙,no-such-unit\n\
               N 6004,演示·编号不对,finance\n\
               n-6001,演示·重复,finance\n";
    let answer = import(&f, "people", bad).await;
    let told = faults(&answer);
    for line in [3, 4, 5] {
        assert!(told.iter().any(|(at, _)| *at == line), "line {line} is not told: {told:?}");
    }
    assert!(
        answer.json["faults"].as_array().unwrap().iter().all(|fault| fault["message"].is_string()),
        "{}",
        answer.text
    );
    f.lacks("zjedz/roster", "person", "zjedz.p.n-6001").await;
    f.end().await;
}

#[tokio::test]
async fn a_good_file_is_taken_and_twice_changes_nothing() {
    let f = with_member(61).await;
    let good = "person,name,unit\nn-6101,演示·新人甲,finance\nn-6102,演示·新人乙,finance\n";
    let first = import(&f, "people", good).await.success().unwrap();
    assert_eq!((&first["created"], &first["unchanged"]), (&2.into(), &0.into()));
    let second = import(&f, "people", good).await.success().unwrap();
    assert_eq!((&second["created"], &second["changed"], &second["unchanged"]), (&0.into(), &0.into(), &2.into()));
    f.end().await;
}

#[tokio::test]
async fn files_that_are_no_such_file_are_told() {
    let f = with_member(62).await;
    let office_file = b"PK\x03\x04\x14\0\x06\0".repeat(10);
    for (kind, body) in [
        ("people", Vec::new()),
        ("people", office_file),
        ("people", b"person;name\nx;y\n".to_vec()),
        ("people", vec![0xff; 400]),
        ("fences", b"{\"type\":\"FeatureCollection\",\"features\":[{]}".to_vec()),
        ("fences", "[".repeat(200_000).into_bytes()),
        ("templates", b"key: [unclosed\n\tversion: {".to_vec()),
        ("stations", b"person,village,from\nm-0001,4.40811E+11,2026-02-30\n".to_vec()),
    ] {
        let answer = import(&f, kind, body).await;
        assert!(!faults(&answer).is_empty(), "{kind}: {}", answer.text);
    }
    import(&f, "nonsense", "x").await.refused(404, "not_found");
    f.end().await;
}

#[tokio::test]
async fn who_runs_no_district_imports_nothing() {
    let f = with_member(63).await;
    let token = f.phone.token().await.unwrap();
    let request = f.phone.request(Method::POST, "/v1/imports/people?district=zjedz", &token).body("person,name\nx,y\n");
    Answer::to(request).await.unwrap().refused(403, "forbidden");
    let request = f.office.request(Method::POST, "/v1/imports/people?district=elsewhere").body("person,name\nx,y\n");
    Answer::to(request).await.unwrap().refused(403, "forbidden");
    f.end().await;
}
