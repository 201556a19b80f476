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
async fn a_push_does_not_wait_for_a_page_that_is_slow_to_come() {
    use tokio::sync::Notify;
    use zhucun_client::transport::{Request, Transport, TransportError, Whole};

    struct Slow(Server, Notify);
    impl Transport for Slow {
        type Answer = Whole;
        async fn send(&self, request: Request) -> Result<Whole, TransportError> {
            if request.target.ends_with("/pull") {
                self.1.notified().await;
            }
            self.0.send(request).await
        }
    }
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let slow = Slow(server.clone(), Notify::new());
    let pull = phone.engine.sync(&slow, &Budget::PULL);
    let push = async {
        phone.visit("v", "meanwhile");
        let report = phone.engine.sync(&slow, &Budget::PUSH).await.unwrap();
        assert_eq!(phone.engine.sync(&slow, &Budget::ALL).await.unwrap_err().code(), "busy");
        slow.1.notify_one();
        report
    };
    let (pulled, pushed) = tokio::join!(pull, push);
    assert_eq!((pulled.unwrap().checkpoints, pushed.lines_acknowledged), (1, 2));
    assert!(phone.sync(&server).await.drained, "the lanes are free again");
}
