//! Pulls: what was staged is shown at the checkpoint, and digests keep phone and server equal.

mod common;

use common::{OTHER, Phone, Server, VILLAGE, shown};
use serde_json::json;
use zhucun_client::{
    Budget, Write,
    fault::{Faults, Faulty},
    view::Origin,
};

#[tokio::test]
async fn two_phones_come_to_the_same_records_and_digests() {
    let server = Server::new();
    let (a, b) = (Phone::new(&server, "a", 1), Phone::new(&server, "b", 2));
    a.visit("v", "one");
    a.engine.add_to_set(VILLAGE, "visit", "v", "companions", &["zjedz.p.x", "zjedz.p.y"]).unwrap();
    a.drain(&server).await;
    b.drain(&server).await;
    b.visit("v", "two");
    b.engine.remove_from_set(VILLAGE, "visit", "v", "companions", &["zjedz.p.x"]).unwrap();
    assert_eq!(shown(&b.engine, VILLAGE, "visit", "v"), json!({"note": "two", "companions": ["zjedz.p.y"]}));
    b.drain(&server).await;
    a.drain(&server).await;
    assert_eq!(shown(&a.engine, VILLAGE, "visit", "v"), json!({"note": "two", "companions": ["zjedz.p.y"]}));
    assert!(a.engine.view(VILLAGE, "visit", "v").unwrap().unwrap().beside.is_empty(), "it named what it saw");
    let digest =
        |phone: &Phone| phone.engine.scopes().unwrap().into_iter().find(|s| s.scope == VILLAGE).unwrap().digest;
    assert_eq!(digest(&a), digest(&b));
    assert_eq!(digest(&a), server.state().feeds[VILLAGE].digest());
}

#[tokio::test]
async fn both_find_their_value_when_they_wrote_apart() {
    let server = Server::new();
    let (a, b) = (Phone::new(&server, "a", 1), Phone::new(&server, "b", 2));
    a.visit("v", "mine");
    b.device.advance(5_000);
    b.visit("v", "yours");
    a.drain(&server).await;
    b.drain(&server).await;
    a.drain(&server).await;
    let view = a.engine.view(VILLAGE, "visit", "v").unwrap().unwrap();
    let beside = &view.beside["note"][0];
    let mut both = vec![view.get::<String>("note").unwrap(), serde_json::from_str(beside.value.get()).unwrap()];
    both.sort();
    assert_eq!(both, ["mine", "yours"]);
    assert_eq!(a.engine.list(VILLAGE, "visit").unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_deleted_by_one_is_gone_for_both_and_comes_back_with_all_that_was_there() {
    let server = Server::new();
    let (a, b) = (Phone::new(&server, "a", 1), Phone::new(&server, "b", 2));
    a.engine.write(&Write::new(VILLAGE, "visit", "v", json!({"note": "n", "purpose": "p"}))).unwrap();
    a.drain(&server).await;
    b.drain(&server).await;
    b.engine.delete(VILLAGE, "visit", "v").unwrap();
    assert!(b.engine.view(VILLAGE, "visit", "v").unwrap().unwrap().deleted);
    b.drain(&server).await;
    a.drain(&server).await;
    assert!(a.engine.view(VILLAGE, "visit", "v").unwrap().unwrap().deleted);
    a.visit("v", "again");
    a.drain(&server).await;
    assert_eq!(shown(&a.engine, VILLAGE, "visit", "v"), json!({"note": "again", "purpose": "p"}));
}

#[tokio::test]
async fn a_pull_that_is_cut_goes_on_from_its_last_whole_page_and_shows_nothing_before() {
    let server = Server::new();
    let (a, b) = (Phone::new(&server, "a", 1), Phone::new(&server, "b", 2));
    for i in 0..50 {
        a.visit(&format!("v{i:02}"), "n");
    }
    a.drain(&server).await;
    server.state().page_limit = 10;
    let budget = Budget { steps: 4, ..Budget::PULL };
    let report = b.engine.sync(&server, &budget).await.unwrap();
    assert_eq!((report.pages, report.checkpoints), (3, 0));
    assert_eq!(b.engine.count(VILLAGE).unwrap(), 0, "nothing is shown before the checkpoint");
    a.visit("v49", "moved meanwhile");
    a.drain(&server).await;

    let network = Faulty::new(server.clone(), 7, Faults { cut_answer: 0.8, ..Faults::NONE });
    let mut pages = 0;
    for _ in 0..200 {
        let report = b.engine.sync(&network, &Budget::PULL).await.unwrap();
        pages += report.pages;
        assert!(report.again.is_empty());
        b.device.advance(report.wait_ms.unwrap_or(0));
        if report.checkpoints > 0 {
            break;
        }
    }
    assert_eq!(b.engine.count(VILLAGE).unwrap(), 50 - 1, "what moved behind the pull comes with the next");
    assert!(pages <= 4, "whole pages are not asked for twice: {pages}");
    b.drain(&server).await;
    assert_eq!(b.note("v49").as_deref(), Some("moved meanwhile"));
    assert_eq!(b.engine.count(VILLAGE).unwrap(), 50);
}

#[tokio::test]
async fn a_scope_whose_digest_differs_is_asked_for_anew_and_the_queue_is_untouched() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    phone.visit("w", "two");
    phone.drain(&server).await;
    // The server no longer has what the phone shows, and never told it.
    server.state().feeds.get_mut(VILLAGE).unwrap().rows.remove(&("visit".to_owned(), "w".to_owned()));
    phone.visit("x", "queued");
    let budget = Budget { push: false, ..Budget::ALL };
    let report = phone.engine.sync(&server, &budget).await.unwrap();
    assert_eq!(report.again, [VILLAGE]);
    assert_eq!(report.checkpoints, 2);
    assert_eq!(phone.engine.count(VILLAGE).unwrap(), 1);
    assert_eq!(phone.note("x").as_deref(), Some("queued"));
    assert_eq!(phone.engine.pending().unwrap().lines, 1);
    let report = phone.engine.sync(&server, &budget).await.unwrap();
    assert!(report.again.is_empty());
}

#[tokio::test]
async fn a_server_that_tells_a_wrong_digest_does_not_keep_the_phone_at_it() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    phone.drain(&server).await;
    server.state().wrong_digest = Some((VILLAGE.to_owned(), 1_000));
    let report = phone.sync(&server).await;
    assert_eq!((report.again.len(), report.checkpoints), (1, 2));
    assert_eq!(phone.note("v").as_deref(), Some("one"));
}

#[tokio::test]
async fn a_scope_left_is_dropped_only_after_its_queue_is_empty() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    phone.engine.write(&Write::new(OTHER, "visit", "o", json!({"note": "other"}))).unwrap();
    phone.drain(&server).await;
    phone.visit("v", "queued");
    server.state().hidden.extend([VILLAGE.to_owned(), OTHER.to_owned()]);
    server.state().troubles = vec![("push", 503, "busy", 1)];
    let report = phone.sync(&server).await;
    assert_eq!((report.checkpoints, report.scopes_dropped), (1, 1), "nothing is queued for the other village");
    assert_eq!((phone.engine.count(VILLAGE).unwrap(), phone.engine.count(OTHER).unwrap()), (1, 0));
    let leaving: Vec<String> =
        phone.engine.scopes().unwrap().into_iter().filter(|s| s.leaving).map(|s| s.scope).collect();
    assert_eq!(leaving, [VILLAGE]);
    phone.device.advance(5_000);
    assert!(phone.engine.sync(&server, &Budget::PUSH).await.unwrap().drained);
    assert_eq!(phone.engine.count(VILLAGE).unwrap(), 0);
    assert!(phone.engine.scopes().unwrap().iter().all(|s| s.scope != VILLAGE));
    // Back again: sent whole.
    server.state().hidden.clear();
    phone.drain(&server).await;
    assert_eq!(phone.note("v").as_deref(), Some("queued"));
}

#[tokio::test]
async fn a_phone_whose_cursor_is_refused_begins_anew_and_drops_what_it_may_no_longer_read() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    phone.engine.write(&Write::new(OTHER, "visit", "o", json!({"note": "other"}))).unwrap();
    phone.drain(&server).await;
    server.state().troubles = vec![("pull", 400, "bad_cursor", 1)];
    server.state().hidden.insert(OTHER.to_owned());
    let report = phone.sync(&server).await;
    assert_eq!(report.failures.len(), 1);
    phone.device.advance(report.wait_ms.unwrap());
    let report = phone.sync(&server).await;
    assert_eq!((report.checkpoints, report.scopes_dropped), (1, 1));
    assert_eq!(phone.note("v").as_deref(), Some("one"));
    assert_eq!(phone.engine.count(OTHER).unwrap(), 0);
}

#[tokio::test]
async fn a_token_that_ran_out_is_replaced_at_once_and_one_that_is_refused_is_not_asked_for_in_circles() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.drain(&server).await;
    server.state().tokens.clear();
    let report = phone.sync(&server).await;
    assert_eq!((report.sign_ins, report.checkpoints, report.failures.len()), (1, 1, 0));
    server.state().tokens.clear();
    server.state().troubles = vec![("pull", 401, "unauthorized", 100)];
    let report = phone.sync(&server).await;
    assert!(report.sign_ins <= 1 && report.failures.len() == 1, "{report:?}");
}

#[tokio::test]
async fn a_standing_that_changes_later_comes_by_the_feed() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let dot = phone.engine.write(&Write::new("440811070299/presence", "visit", "v", json!({"note": "n"}))).unwrap();
    phone.drain(&server).await;
    assert_eq!(phone.engine.standings().unwrap()[0].code, "no_grant");
    server.write("440811070299/presence", "decision", &dot.to_string(), json!({"decision": "accept"}));
    phone.drain(&server).await;
    assert_eq!(phone.engine.standings().unwrap(), []);
}

#[tokio::test]
async fn what_was_acknowledged_while_a_pull_was_under_way_stays_on_the_screen() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    for i in 0..20 {
        phone.visit(&format!("v{i:02}"), "old");
    }
    phone.engine.sync(&server, &Budget::PUSH).await.unwrap();
    server.state().page_limit = 5;
    assert_eq!(phone.engine.sync(&server, &Budget { steps: 3, ..Budget::PULL }).await.unwrap().pages, 2);
    phone.visit("v19", "new");
    assert!(phone.engine.sync(&server, &Budget::PUSH).await.unwrap().drained);
    let report = phone.engine.sync(&server, &Budget { steps: 30, ..Budget::PULL }).await.unwrap();
    assert_eq!(report.checkpoints, 1);
    let view = phone.engine.view(VILLAGE, "visit", "v19").unwrap().unwrap();
    assert_eq!((view.get::<String>("note").as_deref(), view.fields["note"].origin), (Some("new"), Origin::Sent));
    phone.sync(&server).await;
    let view = phone.engine.view(VILLAGE, "visit", "v19").unwrap().unwrap();
    assert_eq!((view.get::<String>("note").as_deref(), view.fields["note"].origin), (Some("new"), Origin::Fed));
}
