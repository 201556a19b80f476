//! The outbox: what was written gets there, once, whatever happens on the way.

mod common;

use std::sync::Arc;

use common::{Phone, RIGHT, Server, VILLAGE, shown};
use serde_json::json;
use zhucun_client::{
    Budget, Engine, Write,
    device::ScriptedDevice,
    fault::{Faults, Faulty},
    plan::Lane,
    sync_protocol::world,
    view::Origin,
};

#[tokio::test]
async fn what_was_written_outlives_the_process_at_every_step() {
    let server = Server::new();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("phone.db");
    let device = Arc::new(ScriptedDevice::new(1, RIGHT));
    let open = || Engine::open(&path, device.clone()).unwrap();

    let key = open().enrol_request().unwrap();
    assert_eq!(open().enrol_request().unwrap(), key, "the answer may be lost: the key stays");
    let install = open().enrolled(&server.enrol("zjedz.p.a", &key)).unwrap();
    let dot = open().write(&Write::new(VILLAGE, "visit", "v", json!({"note": "one"}))).unwrap();
    assert_eq!((dot.install, dot.seq), (install, 1));
    assert_eq!(open().pending().unwrap().lines, 1);
    let view = open().view(VILLAGE, "visit", "v").unwrap().unwrap();
    assert_eq!(view.fields["note"].origin, Origin::Unsent);

    let budget = Budget { pull: false, ..Budget::ALL };
    assert_eq!(open().sync(&server, &budget).await.unwrap().lines_acknowledged, 1);
    assert!(open().is_drained().unwrap());
    assert_eq!(open().receipts().unwrap().len(), 1);
    let view = open().view(VILLAGE, "visit", "v").unwrap().unwrap();
    assert_eq!(view.fields["note"].origin, Origin::Sent, "proved by a receipt, not yet shown back");

    open().sync(&server, &Budget::ALL).await.unwrap();
    let view = open().view(VILLAGE, "visit", "v").unwrap().unwrap();
    assert_eq!(view.fields["note"].origin, Origin::Fed);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_counts_once() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    let network = Faulty::new(server.clone(), 1, Faults { unanswered: 1.0, ..Faults::NONE });
    let report = phone.engine.sync(&network, &Budget::PUSH).await.unwrap();
    assert_eq!((report.lines_acknowledged, report.failures.len()), (0, 1));
    assert!(report.wait_ms.is_some());
    assert_eq!(phone.engine.pending().unwrap().lines, 1, "nothing proves that it is there");

    network.set_faults(Faults { twice: 1.0, ..Faults::NONE });
    phone.device.advance(1_000);
    let report = phone.engine.sync(&network, &Budget::PUSH).await.unwrap();
    assert_eq!((report.lines_acknowledged, report.drained), (1, true));
    assert_eq!(server.count("push"), 3);
    let mine = server.state().lines.iter().filter(|l| l.install == phone.engine.install().unwrap()).count();
    assert_eq!(mine, 1);
}

#[tokio::test]
async fn a_failing_pull_keeps_no_line_and_a_failing_push_keeps_no_pull() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    server.state().troubles = vec![("pull", 500, "internal", 100)];
    let report = phone.sync(&server).await;
    assert_eq!((report.lines_acknowledged, report.checkpoints), (2, 0), "the visit, and the time line of the sign-in");
    assert_eq!(report.failures, [(Lane::Pull, "internal".to_owned())]);

    let server = Server::new();
    let phone = Phone::new(&server, "b", 2);
    phone.visit("v", "one");
    server.state().troubles = vec![("push", 503, "busy", 100)];
    let report = phone.sync(&server).await;
    assert_eq!((report.lines_acknowledged, report.checkpoints), (0, 1));
    assert!(report.wait_ms.unwrap() >= 2_000 - 1, "Retry-After: {:?}", report.wait_ms);

    server.state().troubles = vec![("nonce", 403, "no_live_grant", 100)];
    let other = Phone::new(&server, "c", 3);
    other.visit("v", "two");
    assert_eq!(other.sync(&server).await.lines_acknowledged, 1, "whoever may not read may still send");
}

#[tokio::test]
async fn a_push_that_is_cut_or_too_large_is_halved_until_it_fits() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let writes: Vec<Write> =
        (0..240).map(|i| Write::new(VILLAGE, "visit", &format!("v{i}"), json!({"note": "n"}))).collect();
    phone.engine.write_many(&writes).unwrap();
    server.state().troubles = vec![("push", 413, "body_too_large", 3), ("push", 503, "push_cut", 1)];
    let report = phone.engine.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!((report.halvings, report.lines_acknowledged), (4, 0), "too large is halved at once, cut after a wait");
    phone.device.advance(2_000);
    let report = phone.engine.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!((report.lines_acknowledged, report.drained), (240, true));
    assert_eq!(report.pushes, 5, "15, 30, 60, 120 and what is left of it");
}

#[tokio::test]
async fn a_phone_from_2036_is_served_like_any_other() {
    let server = Server::new();
    let device = Arc::new(ScriptedDevice::new(5, 2_082_758_400_000));
    let engine = Engine::in_memory(device.clone()).unwrap();
    engine.enrolled(&server.enrol("zjedz.p.future", &engine.enrol_request().unwrap())).unwrap();
    let phone = Phone { device, engine, person: "zjedz.p.future".into() };
    phone.device.reboot();
    phone.visit("v", "from the future");
    phone.device.set_wall(-1_000_000);
    phone.device.advance(60_000);
    phone.visit("w", "from before 1970");
    phone.drain(&server).await;
    assert_eq!(phone.engine.standings().unwrap(), [], "both are anchored by the time line of their boot");
    assert_eq!(shown(&phone.engine, VILLAGE, "visit", "v"), json!({"note": "from the future"}));
    let body = phone.engine.fed_body(VILLAGE, "visit", "v").unwrap().unwrap();
    assert!(body.contains(&format!("\"other\",{}", RIGHT - 60_000)), "{body}");
}

#[tokio::test]
async fn a_line_nobody_can_read_blocks_nothing() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.engine.append_raw_line(b"\xff not a line").unwrap();
    phone.engine.append_raw_line(b"").unwrap();
    phone.engine.write(&Write::new("440811070299/presence", "visit", "v", json!({"note": "no right"}))).unwrap();
    phone.visit("w", "fine");
    assert_eq!(phone.engine.append_raw_line(b"a\nb").unwrap_err().code(), "line_feed");
    let report = phone.sync(&server).await;
    assert_eq!((report.lines_acknowledged, report.drained), (5, true));
    let standings = phone.engine.standings().unwrap();
    let codes: Vec<_> = standings.iter().map(|s| (s.seq, s.state.as_str(), s.code.as_str())).collect();
    assert_eq!(codes[..2], [(1, "unreadable", "unreadable"), (2, "unreadable", "unreadable")]);
    assert_eq!(codes[2], (3, "quarantined", "no_grant"));
}

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
    assert_eq!((report.probes, report.rewinds), (1, 1));
    phone.drain(&server).await;
    assert_eq!(shown(&phone.engine, VILLAGE, "visit", "w"), json!({"note": "two"}));
    assert_eq!(server.state().feeds[VILLAGE].rows.len(), 3);
    assert_eq!(phone.engine.epoch().unwrap().as_deref(), Some("epoch-2"));
}

fn sync_clone(mut state: common::server::State, epoch: &str) -> common::server::State {
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

fn head_of(engine: &Engine, seq: u64) -> zhucun_client::sync_protocol::Hash {
    use zhucun_client::sync_protocol::chain;
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
    let other = zhucun_client::sync_protocol::sign::PrivateKey::from_bytes(&[3; 32]).unwrap().public();
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
    use zhucun_client::sync_protocol::sign::PrivateKey;
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    server.state().key = PrivateKey::from_bytes(&[4; 32]).unwrap();
    let report = phone.engine.sync(&server, &Budget::PUSH).await.unwrap();
    assert_eq!(report.lines_acknowledged, 1);
    assert_eq!(server.count("keys"), 1);
}
