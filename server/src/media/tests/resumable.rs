//! The second door.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sync_protocol::ids::sha256;

use super::world::{Answer, LI, SCOPE, World, cut, metadata, picture};

const DOOR: &str = "/v1/media/resumable";

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(&[bytes])))
}

impl World {
    async fn ietf(&self, method: Method, url: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let usual = [("upload-draft-interop-version", "6"), ("content-type", "application/partial-upload")];
        self.send(LI, method, url, &[&usual, headers].concat(), body).await
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut_at_either_door() {
    let world = World::new().await;
    let bytes = picture(10_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let promise = digest(&bytes);
    let all = [("upload-complete", "?1"), ("content-length", "10000"), ("repr-digest", &*promise)];
    let lost = world.ietf(Method::POST, DOOR, &all, cut(&bytes[..4_000])).await;
    assert_eq!((lost.status, lost.offset()), (StatusCode::SERVICE_UNAVAILABLE, 4_000));
    let url = lost.header("location").unwrap().to_owned();
    let head = world.ietf(Method::HEAD, &url, &[], Body::empty()).await;
    let said = (head.header("upload-complete"), head.header("upload-length"), head.header("upload-limit"));
    assert_eq!((head.status, head.offset()), (StatusCode::NO_CONTENT, 4_000));
    assert_eq!(said, (Some("?0"), Some("10000"), Some("max-size=1000000")));
    assert_eq!(head.header("upload-draft-interop-version"), Some("6"));

    let behind = [("upload-offset", "0"), ("upload-complete", "?1")];
    let wrong = world.ietf(Method::PATCH, &url, &behind, Body::from(bytes.clone())).await;
    assert_eq!((wrong.problem(), wrong.offset()), ((409, "wrong_offset".into()), 4_000));
    let sum = digest(&bytes[4_000..6_000]);
    let checked = [("upload-offset", "4000"), ("upload-complete", "?0"), ("content-digest", &*sum)];
    let damaged = world.ietf(Method::PATCH, &url, &checked, Body::from(vec![0; 2_000])).await;
    assert_eq!(damaged.problem(), (460, "wrong_checksum".into()));
    let good = world.ietf(Method::PATCH, &url, &checked, Body::from(bytes[4_000..6_000].to_vec())).await;
    assert_eq!((good.status, good.offset(), good.header("upload-complete")), (StatusCode::CREATED, 6_000, Some("?0")));
    // One core: tus goes on with it.
    let tus = url.replace("resumable", "uploads");
    assert_eq!(world.patch(LI, &tus, 6_000, Body::from(bytes[6_000..9_000].to_vec())).await.offset(), 9_000);
    let rest = [("upload-offset", "9000"), ("upload-complete", "?1"), ("content-length", "1000")];
    let done = world.ietf(Method::PATCH, &url, &rest, Body::from(bytes[9_000..].to_vec())).await;
    assert_eq!((done.status, done.offset(), done.header("upload-complete")), (StatusCode::CREATED, 10_000, Some("?1")));
    let again = world.ietf(Method::PATCH, &url, &rest, Body::from(bytes[9_000..].to_vec())).await;
    assert_eq!((again.problem(), again.offset()), ((400, "upload_complete".into()), 10_000));
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
    assert_eq!(world.ietf(Method::HEAD, &url, &[], Body::empty()).await.header("upload-complete"), Some("?1"));
}

#[tokio::test]
async fn a_body_whose_length_nobody_tells_ends_the_upload_where_it_ends() {
    let world = World::new().await;
    let bytes = picture(5_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let promise = metadata(&hash);
    let begin = [("upload-complete", "?0"), ("upload-metadata", &*promise)];
    let begun = world.ietf(Method::POST, DOOR, &begin, Body::from(bytes[..1_000].to_vec())).await;
    assert_eq!((begun.status, begun.offset()), (StatusCode::CREATED, 1_000));
    let url = begun.header("location").unwrap();
    let last = [("upload-offset", "1000"), ("upload-complete", "?1")];
    let done = world.ietf(Method::PATCH, url, &last, Body::from(bytes[1_000..].to_vec())).await;
    assert_eq!((done.offset(), done.header("upload-length")), (5_000, Some("5000")));
    assert_eq!(world.missing(&[hash]).await["complete"][0], hex::encode(hash));
    // What ends too early is not what was promised.
    let early = [("upload-complete", "?1"), ("upload-metadata", &*promise)];
    let short = world.ietf(Method::POST, DOOR, &early, Body::from(bytes[..4_000].to_vec())).await;
    assert_eq!((short.problem(), world.inbox_files()), ((460, "wrong_hash".into()), 0));
}

#[tokio::test]
async fn what_is_not_the_draft_is_told_so() {
    let world = World::new().await;
    let bytes = picture(100);
    let promise = metadata(&world.promise(SCOPE, &bytes, None).await);
    let options = world.send("", Method::OPTIONS, DOOR, &[], Body::empty()).await;
    assert_eq!((options.status, options.header("upload-limit")), (StatusCode::NO_CONTENT, Some("max-size=1000000")));
    let asked = async |version: &str, complete: &str, length: &str| {
        let headers = [
            ("upload-draft-interop-version", version),
            ("upload-complete", complete),
            ("upload-length", length),
            ("upload-metadata", &*promise),
        ];
        world.send(LI, Method::POST, DOOR, &headers, Body::empty()).await
    };
    assert_eq!(asked("8", "?0", "100").await.problem(), (412, "tus_version".into()));
    assert_eq!(asked("6", "true", "100").await.problem(), (400, "bad_request".into()));
    assert_eq!(asked("6", "?0", "1000001").await.problem(), (413, "photo_too_large".into()));
    assert_eq!(asked("6", "?0", "-1").await.problem(), (400, "bad_request".into()));
    assert_eq!(world.inbox_files(), 0);
    let begun = asked("5", "?0", "100").await;
    let url = begun.header("location").unwrap();
    let typed = [("upload-draft-interop-version", "6"), ("upload-offset", "0"), ("upload-complete", "?1")];
    let untyped = world.send(LI, Method::PATCH, url, &typed, Body::from(bytes)).await;
    assert_eq!(untyped.problem(), (415, "unsupported_media".into()));
    let more = [("upload-offset", "0"), ("upload-complete", "?0")];
    let past = world.ietf(Method::PATCH, url, &more, Body::from(picture(101))).await;
    assert_eq!((past.problem(), past.offset()), ((400, "bad_request".into()), 100));
    // What belongs to bytes does not stand where none come.
    for (method, header) in [
        (Method::HEAD, ("upload-offset", "0")),
        (Method::HEAD, ("upload-complete", "?0")),
        (Method::HEAD, ("upload-length", "100")),
        (Method::DELETE, ("upload-offset", "0")),
        (Method::DELETE, ("upload-complete", "?1")),
    ] {
        let refused = world.ietf(method.clone(), url, &[header], Body::empty()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{method} {header:?}");
    }
    assert_eq!(world.ietf(Method::DELETE, url, &[], Body::empty()).await.status, StatusCode::NO_CONTENT);
    for method in [Method::HEAD, Method::DELETE] {
        assert_eq!(world.ietf(method, url, &[], Body::empty()).await.status, StatusCode::NOT_FOUND);
    }
    let begin = [("upload-offset", "0"), ("upload-complete", "?0")];
    let gone = world.ietf(Method::PATCH, url, &begin, Body::from(vec![0])).await;
    assert_eq!(gone.problem(), (404, "not_found".into()));
}
