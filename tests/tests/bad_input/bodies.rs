//! Bodies that are too large, packed to burst, or cut.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::fixture::with_member;

/// One byte above the default of `max_push_bytes`.
const TOO_LARGE: usize = 8_388_609;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[tokio::test]
async fn a_body_too_large_is_refused_and_a_smaller_one_taken() {
    let mut f = with_member(1).await;
    f.phone.send(vec![b'x'; TOO_LARGE], None).await.unwrap().refused(413, "body_too_large");
    // Without a length, it shows only as it comes.
    let pieces = (0..TOO_LARGE >> 15).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1 << 16]));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    f.phone.send(body, None).await.unwrap().refused(413, "body_too_large");
    let good = f.good("after-large");
    f.push(&[good]).await;
    f.has("after-large").await;
    f.end().await;
}

#[tokio::test]
async fn bombs_are_never_unpacked() {
    let mut f = with_member(2).await;
    let bomb = vec![b'0'; 200 << 20];
    let packed = [("zstd", zstd::bulk::compress(&bomb, 1).unwrap()), ("gzip", gzip(&bomb))];
    for (encoding, body) in packed {
        assert!(body.len() < 1 << 20);
        f.phone.send(body, Some(encoding)).await.unwrap().refused(413, "body_too_large");
    }
    // A frame that asks for a window of 2 GiB before its first byte.
    let window = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
    f.phone.send(window, Some("zstd")).await.unwrap().refused(503, "push_cut");
    let made = f.phone.made(&[f.good("after-bombs")]);
    let packed = gzip(&made.body);
    assert_eq!(f.phone.send(packed, Some("gzip")).await.unwrap().status, 200);
    f.phone.tip = (1, made.head);
    f.has("after-bombs").await;
    f.end().await;
}

#[tokio::test]
async fn a_packing_that_is_none_is_told() {
    let f = with_member(3).await;
    let made = f.phone.made(&[f.good("packed")]);
    f.phone.send(made.body.clone(), Some("br")).await.unwrap().refused(415, "unsupported_media");
    // Not packed, but says so.
    f.phone.send(made.body.clone(), Some("gzip")).await.unwrap().refused(503, "push_cut");
    f.lacks(&f.presence, "work_log", "packed").await;
    f.end().await;
}

#[tokio::test]
async fn of_a_cut_push_nothing_is_stored_and_it_is_to_be_sent_again() {
    let mut f = with_member(4).await;
    let lines = [f.good("cut-1"), f.good("cut-2")];
    let body = f.phone.made(&lines).body;
    let line_ends: Vec<usize> = body.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).collect();
    // In the header, behind it, in a line, behind the last line, in the seal.
    for at in [20, line_ends[0], line_ends[0] + 30, line_ends[2], line_ends[2] + 40] {
        f.phone.send(body[..at].to_vec(), None).await.unwrap().refused(503, "push_cut");
    }
    let packed = zstd::bulk::compress(&body, 3).unwrap();
    f.phone.send(packed[..packed.len() - 20].to_vec(), Some("zstd")).await.unwrap().refused(503, "push_cut");
    f.lacks(&f.presence, "work_log", "cut-1").await;
    f.push(&lines).await;
    f.has("cut-1").await;
    f.has("cut-2").await;
    f.end().await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_push_leaves_nothing() {
    let mut f = with_member(5).await;
    let lines = [f.good("broken")];
    let body = f.phone.made(&lines).body;
    let mut stream = TcpStream::connect(("127.0.0.1", f.server.port())).await.unwrap();
    let head = format!("POST /v1/sync/push HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..body.len() / 2]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // The server may answer or hang up; both are right.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains(" 500 "));
    f.lacks(&f.presence, "work_log", "broken").await;
    f.push(&lines).await;
    f.has("broken").await;
    f.end().await;
}

#[tokio::test]
async fn what_is_no_push_at_all_is_told() {
    let f = with_member(6).await;
    for body in ["{}\n{}\n", "hello\nworld\n", "\n\n\n", "[1]\n[2]\n", "{\"push\":1}\n{}\n"] {
        f.phone.send(body, None).await.unwrap().refused(400, "bad_header");
    }
    f.phone.send("{\"push\":9,\"install\":\"x\"}\n{}\n", None).await.unwrap().refused(400, "unknown_protocol");
    f.phone.send("", None).await.unwrap().refused(503, "push_cut");
    f.end().await;
}
