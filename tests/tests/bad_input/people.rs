//! Tokens that are forged, codes that expired, passwords that are wrong.

use reqwest::Method;
use serde_json::json;
use zhucun_tests::{
    answer::Answer,
    office::Office,
    raw,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

use crate::fixture::with_member;

#[tokio::test]
async fn a_forged_token_opens_nothing() {
    let f = with_member(40).await;
    let good = f.phone.token().await.unwrap();
    let [head, claims, sig]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let flipped: String =
        claims.chars().enumerate().map(|(i, c)| if i == 20 { if c == 'A' { 'B' } else { 'A' } } else { c }).collect();
    // {"alg":"none"} in base64url.
    let none = "eyJhbGciOiJub25lIn0";
    let forged = [
        format!("{head}.{flipped}.{sig}"),
        format!("{head}.{claims}."),
        format!("{none}.{claims}."),
        format!("{head}.{claims}.{}", "A".repeat(86)),
        "x".to_owned(),
        "a.b.c".to_owned(),
        String::new(),
    ];
    for token in &forged {
        for path in ["/v1/records?scope=zjedz%2Froster", "/v1/auth/me", "/v1/status", "/v1/media/pending"] {
            let answer = Answer::to(f.phone.request(Method::GET, path, token)).await.unwrap();
            answer.refused(401, "unauthorized");
        }
        let pull = f.phone.request(Method::POST, "/v1/sync/pull", token).json(&json!({"cursor": null, "limit": 5}));
        Answer::to(pull).await.unwrap().refused(401, "unauthorized");
    }
    let pull = f.phone.request(Method::POST, "/v1/sync/pull", &good).json(&json!({"cursor": null, "limit": 5}));
    assert_eq!(Answer::to(pull).await.unwrap().status, 200);
    f.end().await;
}

#[tokio::test]
async fn a_member_is_not_the_office() {
    let f = with_member(41).await;
    let token = f.phone.token().await.unwrap();
    let posts = [
        ("/v1/enrolment-codes", json!({"person": "zjedz.p.o-01"})),
        (
            "/v1/operations",
            json!({"scope": format!("{}/own", f.phone.person), "kind": "grant", "id": "g", "fields": {"role": "admin"}}),
        ),
        ("/v1/settlements", json!({"scope": f.presence, "kind": "work_log", "id": "x", "field": "text", "value": 1})),
        ("/v1/decisions", json!({"dot": format!("{}:1:0011223344556677", f.phone.install), "decision": "accept"})),
    ];
    for (path, body) in posts {
        let answer = Answer::to(f.phone.request(Method::POST, path, &token).json(&body)).await.unwrap();
        answer.refused(403, "forbidden");
    }
    let inspection = f.presence.replace("/presence", "%2Finspection");
    let asked = f.phone.request(Method::GET, &format!("/v1/records?scope={inspection}"), &token);
    let answer = Answer::to(asked).await.unwrap();
    // What may not be read is as if it were not there.
    assert!(answer.json["records"].as_array().is_none_or(Vec::is_empty), "{}", answer.text);
    f.end().await;
}

#[tokio::test]
async fn codes_that_are_unknown_or_used_enrol_nobody() {
    let f = with_member(42).await;
    let enrol = |code: &str, key: &str| json!({"code": code, "key": key});
    let (one, other) = (raw::key(9_001).public().text(), raw::key(9_002).public().text());
    f.phone.post("/v1/enrolments", &enrol("0000-0000-0000", &one)).await.unwrap().refused(403, "code_invalid");
    f.phone.post("/v1/enrolments", &enrol("", &one)).await.unwrap().refused(403, "code_invalid");
    let code = f.office.enrolment_code(&f.phone.person).await.unwrap();
    for bad in ["", "AAAA", "not a key", &"A".repeat(44)] {
        f.phone.post("/v1/enrolments", &enrol(&code, bad)).await.unwrap().refused(400, "bad_key");
    }
    let first = f.phone.post("/v1/enrolments", &enrol(&code, &one)).await.unwrap().success().unwrap();
    let again = f.phone.post("/v1/enrolments", &enrol(&code, &one)).await.unwrap().success().unwrap();
    assert_eq!((&first["install"], &first["certificate"]), (&again["install"], &again["certificate"]));
    f.phone.post("/v1/enrolments", &enrol(&code, &other)).await.unwrap().refused(409, "code_used");
    f.end().await;
}

#[tokio::test]
async fn bodies_that_are_not_as_documented_are_told() {
    let f = with_member(43).await;
    let send = async |path: &str, body: &str, kind: &str| {
        let request =
            f.http.post(format!("{}{path}", f.server.url())).header("content-type", kind).body(body.to_owned());
        Answer::to(request).await.unwrap()
    };
    let deep = "[".repeat(100_000);
    for body in ["", "{", "[]", "{\"name\":1}", "nul\0", &deep] {
        for path in ["/v1/auth/sign-in", "/v1/enrolments", "/v1/auth/nonce", "/v1/auth/token"] {
            send(path, body, "application/json").await.refused(400, "bad_request");
        }
    }
    send("/v1/auth/sign-in", "{}", "text/plain").await.refused(415, "unsupported_media");
    let long = format!("{{\"name\":\"{}\",\"password\":\"x\"}}", "a".repeat(2 << 20));
    send("/v1/auth/sign-in", &long, "application/json").await.refused(413, "body_too_large");
    let unknown = json!({"name": "nobody", "password": "zhucun-demo"}).to_string();
    send("/v1/auth/sign-in", &unknown, "application/json").await.refused(401, "bad_credentials");
    let get = |path: &str| Answer::to(f.http.get(format!("{}{path}", f.server.url())));
    get("/v1/no/such/thing").await.unwrap().refused(404, "not_found");
    get("/v1/%2e%2e/%2e%2e/etc/passwd").await.unwrap().refused(404, "not_found");
    get("/v1/auth/sign-in").await.unwrap().refused(405, "method_not_allowed");
    f.end().await;
}

#[tokio::test]
async fn a_cursor_that_is_none_is_told() {
    let f = with_member(44).await;
    let token = f.phone.token().await.unwrap();
    for cursor in ["x", "", "????", "e30", &"A".repeat(100_000)] {
        let ask = json!({"cursor": cursor, "limit": 5});
        let pull = f.phone.request(Method::POST, "/v1/sync/pull", &token).json(&ask);
        let answer = Answer::to(pull).await.unwrap();
        // An object without members says nothing of a place: it begins anew.
        if answer.status != 200 {
            answer.refused(400, "bad_cursor");
        }
    }
    f.end().await;
}

#[tokio::test]
async fn codes_and_tokens_expire() {
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    server.set("ZHUCUN_ENROLMENT_CODE_TTL_S", "1");
    server.succeeds(&["demo"]).await.unwrap();
    server.start().await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let made = office.post("/v1/enrolment-codes", json!({"person": "zjedz.p.m-0001"})).await.unwrap();
    wait::until("the code to expire", async || {
        let asked = office.post("/v1/auth/nonce", json!({"install": "00".repeat(16)})).await?;
        Ok(Seen::when(asked["now"].as_i64() > made["expires_at"].as_i64(), asked["now"].to_string()))
    })
    .await
    .unwrap();
    let ask = json!({"code": made["code"], "key": raw::key(5).public().text()});
    let late = Answer::to(office.request(Method::POST, "/v1/enrolments").json(&ask)).await.unwrap();
    late.refused(403, "code_invalid");

    server.stop().await.unwrap();
    server.set("ZHUCUN_TOKEN_TTL_S", "1");
    server.start().await.unwrap();
    let signed_in = json!({"name": "office", "password": "zhucun-demo"});
    let signed_in = office.post("/v1/auth/sign-in", signed_in).await.unwrap();
    let office = Office::with_token(&server.url(), signed_in["token"].as_str().unwrap());
    let refused = wait::until("the token to expire", async || {
        let asked = Answer::to(office.request(Method::GET, "/v1/auth/me")).await?;
        Ok(if asked.status == 200 { Seen::NotYet("it holds".to_owned()) } else { Seen::Yes(asked) })
    });
    refused.await.unwrap().refused(401, "token_expired");
    server.assert_clean_log();
}
