//! Lines that nobody can read, that break the schema, or that no right covers: one bad line blocks nothing (P5), its bytes are kept,
//! and it is told what it is.

use serde_json::json;

use crate::fixture::{Fixture, with_member};

/// Pushes good, bad, good: the good ones count, the bad one is unreadable for that reason, and its bytes are kept.
async fn unreadable(number: u64, bad: impl Fn(&Fixture) -> Vec<u8>, why: &str) {
    let mut f = with_member(number).await;
    let (before, after) = (format!("before-{number}"), format!("after-{number}"));
    let lines = [f.good(&before), bad(&f), f.good(&after)];
    let blank = f.phone.clone();
    let told = [(2, "unreadable".to_owned(), "unreadable".to_owned())];
    assert_eq!(f.push(&lines).await, told);
    let standing = f.standing("unreadable", 2).await;
    assert_eq!(standing["detail"], why, "{standing}");
    assert_eq!(standing["person"], f.phone.person);
    f.has(&before).await;
    f.has(&after).await;
    // Sent again it is the same line: nothing doubles.
    f.phone = blank;
    assert_eq!(f.push(&lines).await, told);
    f.end().await;
}

fn with_text(f: &Fixture, text: &str) -> Vec<u8> {
    f.phone.line_of(&f.presence, "work_log", "bad", &format!(r#"{{"text":"{text}"}}"#))
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_kept() {
    unreadable(10, |f| [&f.good("bad")[..20], b"\xff\xfe\x80", b"\"}"].concat(), "not_utf8").await;
}

#[tokio::test]
async fn a_nul_byte_is_kept_and_blocks_nothing() {
    unreadable(11, |f| with_text(f, "a\0b"), "nul").await;
}

#[tokio::test]
async fn an_escaped_nul_is_kept_and_blocks_nothing() {
    unreadable(12, |f| with_text(f, r"a\u0000b"), "nul").await;
}

#[tokio::test]
async fn half_a_surrogate_pair_is_kept() {
    unreadable(13, |f| with_text(f, r"\ud83d"), "bad_surrogate").await;
}

#[tokio::test]
async fn deep_nesting_is_kept_and_breaks_no_stack() {
    let deep = |f: &Fixture| {
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        f.phone.line_of(&f.presence, "work_log", "bad", &deep)
    };
    unreadable(14, deep, "too_deep").await;
}

#[tokio::test]
async fn a_string_of_a_megabyte_is_kept() {
    unreadable(15, |f| with_text(f, &"村".repeat(1 << 19)), "too_long").await;
}

#[tokio::test]
async fn a_number_that_is_none_is_kept() {
    let nan = |f: &Fixture| f.phone.line_of(&f.presence, "fix", &f.phone.own_id("1"), r#"{"lat":NaN,"lon":1}"#);
    unreadable(16, nan, "not_json").await;
}

#[tokio::test]
async fn a_line_without_a_record_is_kept() {
    unreadable(17, |_| br#"{"k":"work_log","f":{}}"#.to_vec(), "bad_member").await;
}

#[tokio::test]
async fn coordinates_out_of_range_are_refused_by_field() {
    let mut f = with_member(18).await;
    let fix = |f: &Fixture, name: &str, fields| f.phone.line(&f.presence, "fix", &f.phone.own_id(name), &fields);
    let lines = [
        f.good("before-18"),
        fix(&f, "1", json!({"lat": 91.0, "lon": 110.4})),
        fix(&f, "2", json!({"lat": 21.0, "lon": -180.5})),
        f.phone.line_of(&f.presence, "fix", &f.phone.own_id("3"), r#"{"lat":1e999,"lon":110.4}"#),
        fix(&f, "4", json!({"lat": 21.0, "lon": 110.4, "accuracy_m": -1})),
        fix(&f, "5", json!({"lat": "21.0", "lon": 110.4})),
        f.good("after-18"),
    ];
    let told = f.push(&lines).await;
    let codes: Vec<(u64, &str)> = told
        .iter()
        .map(|(seq, state, code)| {
            assert_eq!(state, "refused", "{code}");
            (*seq, code.as_str())
        })
        .collect();
    assert_eq!(codes, [(2, "schema"), (3, "schema"), (4, "schema"), (5, "schema"), (6, "schema")]);
    for (seq, path) in [(2, "lat"), (3, "lon"), (4, "lat"), (5, "accuracy_m"), (6, "lat")] {
        let standing = f.standing("refused", seq).await;
        assert!(standing["detail"].as_str().is_some_and(|d| d.starts_with(path)), "{standing}");
        assert!(standing["sentence"].as_str().is_some_and(|s| !s.is_empty()));
    }
    f.has("before-18").await;
    f.has("after-18").await;
    f.end().await;
}

#[tokio::test]
async fn a_kind_nobody_knows_yet_is_kept_and_an_unknown_field_is_shown() {
    let mut f = with_member(19).await;
    let lines = [
        f.phone.line(&f.presence, "drone_flight", "d-1", &json!({"height_m": 120})),
        f.phone.line(&f.presence, "work_log", "log-19", &json!({"text": "有", "mood": "好", "steps": [1, 2]})),
        f.good("after-19"),
    ];
    let told = f.push(&lines).await;
    assert_eq!(told, [(1, "held".to_owned(), "unknown_kind".to_owned())]);
    assert_eq!(f.standing("held", 1).await["kind"], "drone_flight");
    let log = f.record("work_log", "log-19").await;
    assert_eq!((&log["f"]["mood"], &log["f"]["steps"]), (&json!("好"), &json!([1, 2])));
    f.has("after-19").await;
    f.end().await;
}

#[tokio::test]
async fn another_persons_scope_takes_nothing_until_the_office_says_so() {
    let mut f = with_member(20).await;
    let other = "zjedz.p.m-0099/own";
    let lines = [
        f.phone.line(other, "leave", "leave-20", &json!({"kind": "sick", "reason": "他人"})),
        // Nor another village's, nor what only the office writes, nor what only servers write.
        f.phone.line("440811173205/presence", "work_log", "log-20", &json!({"text": "别村"})),
        f.phone.line(&format!("{}/own", f.phone.person), "leave", "mine-20", &json!({"approval": "approved"})),
        f.phone.line(&format!("{}/own", f.phone.person), "grant", "g-20", &json!({"role": "admin"})),
        f.good("after-20"),
    ];
    let told: Vec<(u64, String, String)> = f.push(&lines).await;
    let expected = [
        (1, "quarantined", "no_grant"),
        (2, "quarantined", "no_grant"),
        (3, "quarantined", "office_only"),
        (4, "refused", "server_only"),
    ];
    assert_eq!(told, expected.map(|(seq, state, code)| (seq, state.to_owned(), code.to_owned())));
    f.lacks(other, "leave", "leave-20").await;
    f.lacks("440811173205/presence", "work_log", "log-20").await;
    f.has("after-20").await;
    f.end().await;
}
