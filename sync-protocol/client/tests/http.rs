//! The HTTP transport, over real sockets: against a server that speaks just enough HTTP, and against networks that lie.

mod common;

use std::{net::SocketAddr, time::Duration};

use common::{Phone, Server, VILLAGE};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use zhucun_client::{
    Budget, PhotoSource, Write,
    transport::{Answer as _, Http, Method, Request, Transport as _, TransportError},
};

const NAMES: [&str; 8] = [
    "accept",
    "accept-encoding",
    "content-encoding",
    "content-type",
    "tus-resumable",
    "upload-length",
    "upload-metadata",
    "upload-offset",
];

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Reads one request; none at the end of the connection.
async fn request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let method = match first.next()? {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "PATCH" => Method::Patch,
        _ => Method::Post,
    };
    let mut request = Request::new(method, first.next()?);
    let mut length = 0;
    for (name, value) in lines.filter_map(|l| l.split_once(": ")) {
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => request.token = value.strip_prefix("Bearer ").map(str::to_owned),
            name => request.headers.extend(NAMES.iter().find(|n| **n == name).map(|n| (*n, value.to_owned()))),
        }
    }
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        stream.read_buf(&mut body).await.ok().filter(|n| *n > 0)?;
    }
    request.body = body.into();
    Some(request)
}

async fn serve(listener: TcpListener, server: Server) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let server = server.clone();
        tokio::spawn(async move {
            while let Some(request) = request(&mut stream).await {
                let head_only = request.method == Method::Head;
                let answer = server.send(request).await.unwrap();
                let mut out = format!("HTTP/1.1 {} x\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
                for (name, value) in &answer.headers {
                    out += &format!("{name}: {value}\r\n");
                }
                let mut out = (out + "\r\n").into_bytes();
                if !head_only {
                    out.extend_from_slice(&answer.body);
                }
                stream.write_all(&out).await.unwrap();
            }
        });
    }
}

#[tokio::test]
async fn a_phone_syncs_over_http() {
    let server = Server::new();
    let (listener, address) = listen().await;
    tokio::spawn(serve(listener, server.clone()));
    let http = Http::new(&format!("http://{address}/")).unwrap();
    let phone = Phone::new(&server, "a", 1);
    let photo = phone.engine.attach_photo(PhotoSource::Bytes(vec![5; 40_000]), None).unwrap();
    let fields = json!({"sha256": photo.sha256, "size": photo.size});
    phone.engine.write(&Write::new(VILLAGE, "photo", &phone.engine.own_id().unwrap(), fields)).unwrap();
    phone.visit("v", "over the wire");
    // A task of its own: the future may go from thread to thread.
    let report = tokio::spawn(async move {
        let budget = Budget { part: 16_000, ..Budget::ALL };
        let report = phone.engine.sync(&http, &budget).await.unwrap();
        assert_eq!(phone.note("v").as_deref(), Some("over the wire"));
        report
    });
    let report = report.await.unwrap();
    assert_eq!((report.failures.len(), report.photos_complete, report.drained), (0, 1, true));
}

async fn answered(raw: &'static [u8]) -> Http {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream.write_all(raw).await.unwrap();
    });
    let client = reqwest::Client::builder().read_timeout(Duration::from_millis(300));
    let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    Http::with_client(&format!("http://{address}"), client).unwrap()
}

#[tokio::test]
async fn an_answer_that_ends_early_is_no_answer() {
    let http = answered(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"pull\":1}\n").await;
    let mut answer = http.send(Request::new(Method::Get, "/v1/keys")).await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap().len(), 11);
    assert!(matches!(answer.chunk().await, Err(TransportError::Cut(_))));
}

#[tokio::test]
async fn what_fails_says_how() {
    let (listener, address) = listen().await;
    drop(listener);
    let http = Http::new(&format!("http://{address}")).unwrap();
    let error = http.send(Request::new(Method::Get, "/v1/keys")).await.err().unwrap();
    assert_eq!(error.code(), "unreachable");

    let (listener, address) = listen().await;
    let client = reqwest::Client::builder().read_timeout(Duration::from_millis(100)).build().unwrap();
    let http = Http::with_client(&format!("http://{address}"), client).unwrap();
    let error = http.send(Request::new(Method::Get, "/v1/keys")).await.err().unwrap();
    assert_eq!(error, TransportError::Timeout);
    drop(listener);

    let http = answered(b"HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(http.send(Request::new(Method::Get, "/v1/keys").token("secret")).await.unwrap().status(), 302);
}
