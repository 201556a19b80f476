//! Healing: servers restored from backups, phones cloned, keys refused or renewed.

mod common;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use common::{Phone, RIGHT, Server, VILLAGE, server::State, shown};
use serde_json::json;
use zhucun_client::{
    Budget, Engine, Write,
    device::ScriptedDevice,
    sync_protocol::{Hash, chain, sign::PrivateKey, world},
    transport::{Request, Transport, TransportError, Whole},
};

#[tokio::test]
async fn a_restored_server_is_refilled_by_the_phone() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    phone.drain(&server).await;
    let backup = server.state().clone();
    phone.visit("w", "two");
    phone.visit("x", "three");
    phone.drain(&server).await;
    assert_eq!(phone.engine.pending().unwrap().lines, 0);

    // In the new life of the server the phone's token still holds, and nothing is queued: only the epoch tells.
    let tokens = server.state().tokens.clone();
    *server.state() = sync_clone(backup, "epoch-2");
    server.state().tokens = tokens;
    let report = phone.sync(&server).await;
    assert_eq!((report.presented, report.probes, report.rewinds), (1, 0, 1));
    phone.drain(&server).await;
    assert_eq!(shown(&phone.engine, VILLAGE, "visit", "w"), json!({"note": "two"}));
    assert_eq!(server.state().feeds[VILLAGE].rows.len(), 3);
    assert_eq!(phone.engine.epoch().unwrap().as_deref(), Some("epoch-2"));
}

#[tokio::test]
async fn a_server_that_takes_no_receipts_is_refilled_too() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.drain(&server).await;
    let backup = server.state().clone();
    phone.visit("v", "one");
    phone.drain(&server).await;
    let tokens = server.state().tokens.clone();
    *server.state() = sync_clone(backup, "epoch-2");
    server.state().tokens = tokens;
    server.state().troubles = vec![("receipts", 404, "not_found", u32::MAX)];
    let report = phone.sync(&server).await;
    assert_eq!((report.presented, report.probes), (0, 1));
    phone.drain(&server).await;
    assert_eq!(shown(&phone.engine, VILLAGE, "visit", "v"), json!({"note": "one"}));
}

#[tokio::test]
async fn what_a_phone_had_seen_and_a_restored_server_does_not_show_is_named() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.drain(&server).await;
    let backup = server.state().clone();
    server.write(VILLAGE, "visit", "of-the-office", json!({"note": "decided"}));
    phone.visit("v", "one");
    phone.drain(&server).await;
    let tokens = server.state().tokens.clone();
    *server.state() = sync_clone(backup, "epoch-2");
    server.state().tokens = tokens;
    phone.sync(&server).await;
    phone.drain(&server).await;
    let named: Vec<String> = server.state().unknown.iter().map(|n| n["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(named, ["of-the-office"], "and nothing of its own");
    assert!(server.state().receipts >= 2, "the newest at once, all of them when everything was there again");
}

fn sync_clone(mut state: State, epoch: &str) -> State {
    state.epoch = epoch.into();
    state
}

#[tokio::test]
async fn a_server_restored_from_before_the_enrolment_learns_the_phone_from_its_certificate() {
    let server = Server::new();
    let backup = server.state().clone();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    phone.drain(&server).await;
    *server.state() = sync_clone(backup, "epoch-2");
    phone.device.advance(3_600_000);
    for _ in 0..5 {
        let report = phone.sync(&server).await;
        phone.device.advance(report.wait_ms.unwrap_or(1_000));
    }
    assert!(phone.engine.is_drained().unwrap());
    let held = server.state().lines.iter().filter(|l| l.install == phone.engine.install().unwrap()).count();
    assert_eq!(held as u64, phone.engine.chain().unwrap().seq);
    let codes: Vec<String> = phone.engine.standings().unwrap().into_iter().map(|s| s.code).collect();
    assert!(codes.iter().all(|code| code == "not_enrolled") && !codes.is_empty(), "{codes:?}");
}

#[tokio::test]
async fn a_phone_that_has_written_nothing_makes_itself_known_to_a_server_that_forgot_its_enrolment() {
    let server = Server::new();
    let backup = server.state().clone();
    let phone = Phone::new(&server, "a", 1);
    *server.state() = sync_clone(backup, "epoch-2");
    let mut sign_ins = 0;
    for _ in 0..5 {
        let report = phone.sync(&server).await;
        sign_ins += report.sign_ins;
        phone.device.advance(report.wait_ms.unwrap_or(1_000));
    }
    assert!(phone.engine.is_drained().unwrap());
    assert!(sign_ins > 0, "it may ask again");
    let install = phone.engine.install().unwrap();
    assert!(server.state().lines.iter().any(|line| line.install == install), "a time line showed who it is");
}

#[tokio::test]
async fn a_cloned_phone_finds_the_branch_delivers_and_must_enrol_anew() {
    let server = Server::new();
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("a.db"), dir.path().join("b.db"));
    let device = Arc::new(ScriptedDevice::new(1, RIGHT));
    let engine = Engine::open(&path, device.clone()).unwrap();
    engine.enrolled(&server.enrol("zjedz.p.a", &engine.enrol_request().unwrap())).unwrap();
    engine.write(&Write::new(VILLAGE, "visit", "common", json!({"note": "c"}))).unwrap();
    engine.sync(&server, &Budget::PUSH).await.unwrap();
    drop(engine);
    std::fs::copy(&path, &copy).unwrap();

    let (one, two) = (Engine::open(&path, device.clone()).unwrap(), Engine::open(&copy, device.clone()).unwrap());
    for (engine, id) in [(&one, "one"), (&two, "two")] {
        for i in 0..3 {
            engine.write(&Write::new(VILLAGE, "visit", &format!("{id}-{i}"), json!({"note": id}))).unwrap();
        }
    }
    assert!(one.sync(&server, &Budget::PUSH).await.unwrap().drained);
    assert!(two.sync(&server, &Budget::PUSH).await.unwrap().drained);
    one.write(&Write::new(VILLAGE, "visit", "one-more", json!({"note": "one"}))).unwrap();
    assert!(one.sync(&server, &Budget::PUSH).await.unwrap().drained);
    // The server lost the branch of the second phone above the common line, say by an erasure of its push.
    let install = one.install().unwrap();
    let own: Vec<_> = (2..=4).map(|seq| two.lines(seq, seq).unwrap().remove(0)).collect();
    {
        let mut state = server.state();
        state.lines.retain(|l| l.install != install || !own.contains(&l.bytes));
        let heads = state.heads.get_mut(&install).unwrap();
        let keep: Vec<_> = one.receipts().unwrap();
        heads.retain(|seq, _| *seq <= keep.last().unwrap().to);
        for (seq, at) in heads.iter_mut().filter(|(seq, _)| **seq > 1) {
            let head = head_of(&one, *seq);
            at.retain(|h| *h == head);
        }
    }
    two.write(&Write::new(VILLAGE, "visit", "two-more", json!({"note": "two"}))).unwrap();
    let report = two.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!((report.rewinds, report.drained), (1, true));
    assert_eq!(report.must_enrol_anew.as_deref(), Some("forked"));
    let state = server.state().clone();
    let world = world::fold(&state.lines, &[state.key.public()]);
    assert_eq!(world.forks[&install], 2);
    assert_eq!(world.records.keys().filter(|(scope, ..)| scope == VILLAGE).count(), 9, "both phones' work counts");
}

fn head_of(engine: &Engine, seq: u64) -> Hash {
    let lines = engine.lines(1, seq).unwrap();
    lines
        .iter()
        .fold(chain::genesis(engine.install().unwrap()), |head, line| chain::next(&head, &chain::line_hash(line)))
}

#[tokio::test]
async fn a_phone_whose_key_is_refused_hands_its_lines_to_its_successor() {
    let server = Server::new();
    let old = Phone::new(&server, "a", 1);
    old.visit("v", "kept");
    old.drain(&server).await;
    old.visit("v", "not delivered");
    let install = old.engine.install().unwrap();
    let other = PrivateKey::from_bytes(&[3; 32]).unwrap().public();
    server.state().keys.insert(install, other);
    let report = old.engine.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!(report.must_enrol_anew.as_deref(), Some("bad_signature"));
    old.device.advance(3_600_000);
    let before = server.count("push");
    old.engine.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!(server.count("push"), before, "it does not try for ever");

    let new = Phone::new(&server, "a", 2);
    let over = new.engine.carry_over(&old.engine).unwrap();
    assert_eq!((over.lines, new.engine.pending().unwrap().lines), (1, 1));
    assert_eq!(new.engine.carry_over(&old.engine).unwrap().lines, 0, "once");
    new.drain(&server).await;
    let codes: Vec<String> = new.engine.standings().unwrap().into_iter().map(|s| s.code).collect();
    assert_eq!(codes, ["carried"]);
}

#[tokio::test]
async fn a_receipt_by_a_new_key_of_the_server_is_believed_once_the_server_publishes_it() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    server.state().key = PrivateKey::from_bytes(&[4; 32]).unwrap();
    let report = phone.engine.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!(report.lines_acknowledged, 1);
    assert_eq!(server.count("keys"), 1);
}

#[tokio::test]
async fn servers_that_do_not_share_their_store_do_not_send_a_phone_to_and_fro_for_ever() {
    struct Balancer([Server; 2], AtomicUsize);
    impl Transport for Balancer {
        type Answer = Whole;
        async fn send(&self, request: Request) -> Result<Whole, TransportError> {
            self.0[self.1.fetch_add(1, Ordering::Relaxed) % 2].send(request).await
        }
    }
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    for i in 0..1_200 {
        phone.visit(&format!("v{i}"), "n");
    }
    let balancer = Balancer([server, Server::new()], AtomicUsize::new(0));
    phone.engine.sync(&balancer, &Budget::PUSH).await.unwrap();
    assert!(balancer.1.load(Ordering::Relaxed) < 60);
}

#[tokio::test]
async fn a_phone_that_the_server_closed_to_still_delivers_and_goes_on_when_it_opens_again() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    server.state().troubles = vec![("token", 403, "install_closed", 1)];
    let report = phone.sync(&server).await;
    assert_eq!((report.lines_acknowledged, report.must_enrol_anew.as_deref()), (1, Some("install_closed")));
    phone.device.advance(report.wait_ms.unwrap());
    let report = phone.sync(&server).await;
    assert_eq!((report.checkpoints, report.must_enrol_anew), (1, None));
}
