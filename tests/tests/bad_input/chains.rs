//! Chains that fork, have gaps or are broken, and signatures that are not the install's.

use serde_json::json;
use sync_protocol::{
    InstallId, chain, push,
    sign::{Certificate, InstallRole},
};
use zhucun_tests::{answer::Answer, raw};

use crate::fixture::with_member;

#[tokio::test]
async fn a_reused_seq_is_a_fork_both_lines_count_and_the_phone_must_enrol_anew() {
    let mut f = with_member(30).await;
    f.push(&[f.good("root-30")]).await;
    // The phone was cloned here.
    let mut clone = f.phone.clone();
    f.push(&[f.good("branch-a-30")]).await;
    assert_eq!(clone.push(&[f.good("branch-b-30"), f.good("more-b-30")]).await.unwrap(), []);
    for name in ["root-30", "branch-a-30", "branch-b-30", "more-b-30"] {
        f.has(name).await;
    }
    let installs = f.office.get("/v1/installs", &[("limit", "10000")]).await.unwrap();
    let id = f.phone.install.to_string();
    let install = installs["installs"].as_array().unwrap().iter().find(|i| i["install"] == id.as_str()).unwrap();
    assert_eq!(install["fork_seq"], 2);
    // It is told so, and reads nothing any more.
    let token = f.phone.token().await.unwrap();
    let pull =
        f.phone.request(reqwest::Method::POST, "/v1/sync/pull", &token).json(&json!({"cursor": null, "limit": 5}));
    Answer::to(pull).await.unwrap().refused(403, "install_closed");
    let again = f.phone.made(&[f.good("more-a-30")]);
    assert_eq!(f.phone.send(again.body, None).await.unwrap().json["forked"], true);
    // Both branches may still drain.
    f.push(&[f.good("more-a-30")]).await;
    f.has("more-a-30").await;
    f.end().await;
}

#[tokio::test]
async fn a_gap_is_told_with_what_the_server_has() {
    let mut f = with_member(31).await;
    let lines = [f.good("gap-1"), f.good("gap-2"), f.good("gap-3")];
    f.push(&lines[..1]).await;
    let mut ahead = f.phone.clone();
    ahead.tip = (2, chain::next(&f.phone.tip.1, &chain::line_hash(&lines[1])));
    let gap = ahead.send(ahead.made(&lines[2..]).body, None).await.unwrap();
    assert_eq!(gap.refused(409, "gap").json["have"], 1);
    f.lacks(&f.presence, "work_log", "gap-3").await;
    f.push(&lines[1..]).await;
    f.has("gap-3").await;
    f.end().await;
}

#[tokio::test]
async fn a_broken_chain_is_told_with_the_heads_the_server_knows() {
    let mut f = with_member(32).await;
    f.push(&[f.good("chain-1")]).await;
    let mut other = f.phone.clone();
    other.tip.1 = [9; 32];
    let answer = other.send(other.made(&[f.good("chain-2")]).body, None).await.unwrap();
    let heads = answer.refused(409, "unknown_branch").json["heads"].clone();
    assert_eq!(heads[0], json!([1, &hex::encode(f.phone.tip.1)[..16]]), "{heads}");
    // A line that changed on the way: the seal names another head.
    let body = String::from_utf8(f.phone.made(&[f.good("chain-2")]).body).unwrap();
    let changed = body.replace(r#""text":"chain-2""#, r#""text":"chain-X""#);
    assert_ne!(changed, body);
    f.phone.send(changed, None).await.unwrap().refused(503, "push_cut");
    f.push(&[f.good("chain-2")]).await;
    f.has("chain-2").await;
    f.end().await;
}

#[tokio::test]
async fn a_wrong_signature_is_refused_whatever_it_signs() {
    let mut f = with_member(33).await;
    let mut thief = f.phone.clone();
    thief.key = raw::key(4_711);
    thief.send(thief.made(&[f.good("theft")]).body, None).await.unwrap().refused(403, "bad_signature");
    let body = String::from_utf8(f.phone.made(&[f.good("theft")]).body).unwrap();
    let sig = body.rsplit(r#""sig":""#).next().unwrap().trim_end().trim_end_matches("\"}").to_owned();
    for bad in ["", "AAAA", "????", &"A".repeat(86), &sig[..40]] {
        f.phone.send(body.replace(&sig, bad), None).await.unwrap().refused(403, "bad_signature");
    }
    f.lacks(&f.presence, "work_log", "theft").await;
    f.push(&[f.good("honest-33")]).await;
    f.has("honest-33").await;
    f.end().await;
}

#[tokio::test]
async fn an_install_that_nobody_enrolled_is_unknown() {
    let f = with_member(34).await;
    let mut stranger = f.phone.clone();
    stranger.install = InstallId([0xab; 16]);
    stranger.tip = (0, chain::genesis(stranger.install));
    stranger.send(stranger.made(&[f.good("stranger")]).body, None).await.unwrap().refused(403, "unknown_install");
    // Nor does a certificate help that it signed itself, or that was given to another install.
    let own = Certificate::issue(
        &stranger.key,
        stranger.install,
        "zjedz.p.admin-01",
        &stranger.key.public(),
        InstallRole::Server,
        1,
    );
    let mut lent = f.phone.certificate.clone();
    lent.install = stranger.install;
    for certificate in [own, lent, f.phone.certificate.clone()] {
        let header = push::header(stranger.install, 1, &stranger.tip.1, None, Some(certificate));
        let made = push::make(&header, &stranger.tip.1, &[f.good("stranger")], &stranger.key);
        stranger.send(made.body, None).await.unwrap().refused(403, "unknown_install");
    }
    f.lacks(&f.presence, "work_log", "stranger").await;
    f.end().await;
}
