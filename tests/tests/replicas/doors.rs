//! What begins at one server and goes on at another: signing in, enrolling, sending a photo.

use anyhow::{Context as _, Result};
use reqwest::Client;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sync_protocol::{
    InstallId,
    sign::{Certificate, Purpose},
};
use zhucun_client::{
    calls,
    transport::{Http, Request},
    wire::PhotoReceipt,
};
use zhucun_tests::{
    answer::Answer,
    camera,
    raw::{self, RawPhone},
};

use crate::fixture::Replicas;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_phone_may_speak_to_another_server_with_every_request() -> Result<()> {
    let replicas = Replicas::start(&[]).await?;
    let who = replicas.inspectors(3).await?;
    let mut phone = replicas.phone(&who[0], 300, 0).await?;
    let servers = phone.servers.clone();
    a_nonce_of_one_is_taken_by_another(&replicas, &phone).await?;
    a_code_is_used_once(&replicas, &who[1].person, &who[2].person).await?;
    a_photo_goes_on_elsewhere(&replicas, &mut phone, &format!("{}/inspection", who[0].village)).await?;
    replicas.end(servers).await
}

async fn a_nonce_of_one_is_taken_by_another(replicas: &Replicas, phone: &RawPhone) -> Result<()> {
    let http = Client::new();
    let id = phone.install.to_string();
    let ask = http.post(format!("{}/v1/auth/nonce", replicas.url(0))).json(&json!({"install": id}));
    let asked = Answer::to(ask).await?.success()?;
    let nonce = asked["nonce"].as_str().context("no nonce")?;
    let sig = phone.key.sign(Purpose::SignIn, &[&id, nonce]);
    let signed = json!({"install": id, "nonce": nonce, "sig": sig});
    let token = Answer::to(http.post(format!("{}/v1/auth/token", replicas.url(1))).json(&signed)).await?.success()?;
    let token = token["token"].as_str().context("no token")?;
    let pull = http.post(format!("{}/v1/sync/pull", replicas.url(2))).bearer_auth(token).json(&json!({}));
    assert_eq!(Answer::to(pull).await?.status, 200);
    Ok(())
}

async fn a_code_is_used_once(replicas: &Replicas, one: &str, other: &str) -> Result<()> {
    let enrol = |n: usize, code: &str, seed: u64| {
        let ask = json!({"code": code, "key": raw::key(seed).public().text()});
        Answer::to(Client::new().post(format!("{}/v1/enrolments", replicas.url(n))).json(&ask))
    };
    // A phone whose first request seemed lost: the same key at all three at once.
    let code = replicas.office.enrolment_code(one).await?;
    let (a, b, c) = tokio::join!(enrol(0, &code, 301), enrol(1, &code, 301), enrol(2, &code, 301));
    let certificates = [a?, b?, c?].map(|answer| answer.success().map(|answer| answer["certificate"].clone()));
    let [a, b, c] = certificates;
    let (a, b, c) = (a?, b?, c?);
    assert!(a == b && b == c, "one key, one certificate: {a} {b} {c}");
    let certificate: Certificate = serde_json::from_value(a)?;
    is_enrolled_once(replicas, one, certificate.install).await?;

    // Three phones that were shown the same code.
    let code = replicas.office.enrolment_code(other).await?;
    let (a, b, c) = tokio::join!(enrol(0, &code, 302), enrol(1, &code, 303), enrol(2, &code, 304));
    let answers = [a?, b?, c?];
    let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    answers.iter().filter(|answer| answer.status != 200).for_each(|answer| {
        answer.refused(409, "code_used");
    });
    Ok(())
}

async fn is_enrolled_once(replicas: &Replicas, person: &str, install: InstallId) -> Result<()> {
    let enrolled = replicas.office.records(&format!("{person}/own"), Some("enrolment")).await?;
    let ids: Vec<&str> = enrolled.iter().filter_map(|record| record["id"].as_str()).collect();
    assert_eq!(ids, [install.to_string()]);
    assert_eq!(enrolled[0]["alt"], Value::Null, "two servers that wrote it wrote the same");
    Ok(())
}

async fn a_photo_goes_on_elsewhere(replicas: &Replicas, phone: &mut RawPhone, scope: &str) -> Result<()> {
    let bytes = camera::take(301).original;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let fields = json!({"sha256": sha256, "size": bytes.len(), "media_type": "image/jpeg"});
    let line = phone.line(scope, "photo", &phone.own_id("p"), &fields);
    assert_eq!(phone.push(&[line]).await?, []);
    let token = phone.token().await?;
    let ask = async |n: usize, request: Request| calls::ask(&Http::new(&replicas.url(n))?, request).await;
    let created = ask(0, calls::create_upload(&token, &sha256, bytes.len() as u64)).await?;
    let at = created.location()?;
    let half = bytes.len() / 2;
    let first = ask(0, calls::upload_part(&token, at, 0, bytes[..half].to_vec())).await?;
    assert_eq!(first.offset()?, half as u64);
    assert_eq!(ask(1, calls::upload_offset(&token, at)).await?.offset()?, half as u64);
    // A retry at one server while the first attempt still runs at another: one writes, and the photo is whole.
    let rest = || calls::upload_part(&token, at, half as u64, bytes[half..].to_vec());
    let (one, two) = tokio::join!(ask(1, rest()), ask(2, rest()));
    let statuses = [one?.status, two?.status];
    assert!(statuses.contains(&204) && statuses.iter().all(|s| [204, 409, 423].contains(s)), "{statuses:?}");
    let receipt: PhotoReceipt = ask(2, calls::photo_receipt(&token, &sha256)).await?.json()?;
    assert!(receipt.is_valid(&phone.servers) && receipt.size == bytes.len() as u64, "{receipt:?}");
    Ok(())
}
