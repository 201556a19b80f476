//! Pushes packed against lines that the server acknowledged before.

mod common;

use common::{Phone, Server};
use zhucun_client::Budget;

/// Writes so many visits and pushes each by itself; gives how many bytes the last went as.
async fn pushed(phone: &Phone, server: &Server, visits: std::ops::Range<u32>) -> usize {
    let mut bytes = 0;
    for n in visits {
        phone.visit(&format!("v{n}"), &format!("入户两家，下午整理台账，第{n}次"));
        bytes = phone.engine.next_push(Default::default()).unwrap().unwrap().request().body.len();
        let report = phone.engine.sync(server, &Budget::PUSH).await.unwrap();
        assert!(report.drained && report.failures.is_empty(), "{report:?}");
    }
    bytes
}

#[tokio::test]
async fn what_resembles_earlier_lines_goes_as_a_fraction() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let first = pushed(&phone, &server, 0..1).await;
    assert_eq!(server.state().packed_against_lines, 0, "nothing was acknowledged yet");
    let third = pushed(&phone, &server, 1..3).await;
    assert_eq!(server.state().packed_against_lines, 2);
    assert!(third * 2 < first, "{first} bytes, then {third}");
}

#[tokio::test]
async fn a_server_that_lacks_the_lines_or_the_packing_gets_the_same_without() {
    for (status, code) in [(409, "unknown_lines"), (415, "unsupported_media")] {
        let server = Server::new();
        let phone = Phone::new(&server, "a", 1);
        pushed(&phone, &server, 0..2).await;
        let known = server.state().lines.len();
        server.state().troubles = vec![("push", status, code, 1)];
        phone.visit("v9", "x");
        let report = phone.engine.sync(&server, &Budget::PUSH).await.unwrap();
        assert!(report.drained && report.failures.is_empty(), "at once: {report:?}");
        pushed(&phone, &server, 10..11).await;
        let state = server.state();
        assert_eq!((state.packed_against_lines, state.lines.len()), (1, known + 2), "{code}");
    }
}

#[tokio::test]
async fn lines_pruned_here_are_no_dictionary() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    pushed(&phone, &server, 0..2).await;
    server.state().now_ms += 1_000_000;
    pushed(&phone, &server, 2..3).await;
    phone.engine.prune(500_000).unwrap();
    phone.visit("v3", "x");
    let push = phone.engine.next_push(Default::default()).unwrap().unwrap();
    let (earlier, _) = push.earlier.unwrap();
    assert_eq!((earlier.from, earlier.to), (3, 3), "the first two were pruned");
    phone.engine.prune(0).unwrap();
}
