//! The extensions of tus that concern one upload: bytes with the creation, a length told later, checksums, expiry, what metadata promise.

use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sync_protocol::ids::sha256;

use super::world::{LI, SCOPE, World, cut, metadata, picture};
use crate::{
    app::now_ms,
    media::sweep::{self, Swept},
};

const BYTES: (&str, &str) = ("content-type", "application/offset+octet-stream");

#[tokio::test]
async fn a_creation_may_bring_the_first_bytes_or_all() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let promise = metadata(&hash);
    let creation = [("upload-length", "1000"), ("upload-metadata", &promise), BYTES];
    let some = world.post(LI, &creation, Body::from(bytes[..400].to_vec())).await;
    assert_eq!((some.status, some.offset()), (StatusCode::CREATED, 400), "{:?}", some.body);
    let url = some.header("location").unwrap().to_owned();
    assert_eq!(world.patch(LI, &url, 400, Body::from(bytes[400..].to_vec())).await.offset(), 1_000);
    assert_eq!(world.missing(&[hash]).await["complete"][0], hex::encode(hash));

    let other = picture(2_000);
    let promise = metadata(&world.promise(SCOPE, &other, None).await);
    let creation = [("upload-length", "2000"), ("upload-metadata", &*promise), BYTES];
    let all = world.post(LI, &creation, Body::from(other.clone())).await;
    assert_eq!((all.status, all.offset(), all.header("upload-expires")), (StatusCode::CREATED, 2_000, None));
    let wrong = world.post(LI, &creation, Body::from(vec![0; 2_000])).await;
    assert_eq!(wrong.problem(), (460, "wrong_hash".into()), "told apart, though the photo is here");
    let plain = [("upload-length", "2000"), ("upload-metadata", &*promise), ("content-length", "5")];
    assert_eq!(world.post(LI, &plain, Body::from("bytes")).await.problem(), (415, "unsupported_media".into()));
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 2));
}

#[tokio::test]
async fn a_creation_that_is_cut_goes_on_where_missing_says() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let promise = metadata(&hash);
    let creation = [("upload-length", "1000"), ("upload-metadata", &promise), BYTES];
    let lost = world.post(LI, &creation, cut(&bytes[..700])).await;
    assert_eq!(lost.status, StatusCode::SERVICE_UNAVAILABLE);
    let under_way = &world.missing(&[hash]).await["uploads"][hex::encode(hash)];
    assert_eq!((under_way["url"].as_str(), under_way["offset"].as_u64()), (lost.header("location"), Some(700)));
    let rest = Body::from(bytes[700..].to_vec());
    assert_eq!(world.patch(LI, under_way["url"].as_str().unwrap(), 700, rest).await.offset(), 1_000);
}

#[tokio::test]
async fn a_length_may_be_told_later_but_only_once() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let promise = metadata(&hash);
    let deferred = [("upload-defer-length", "1"), ("upload-metadata", &*promise)];
    let begun = world.post(LI, &deferred, Body::empty()).await;
    assert_eq!(begun.status, StatusCode::CREATED);
    let url = begun.header("location").unwrap();
    assert_eq!(world.patch(LI, url, 0, Body::from(bytes[..400].to_vec())).await.offset(), 400);
    let head = world.head(LI, url).await;
    let length = (head.header("upload-defer-length"), head.header("upload-length"));
    assert_eq!((head.offset(), length), (400, (Some("1"), None)));
    for (told, code) in
        [("399", "bad_request"), ("0", "bad_request"), ("-1", "bad_request"), ("1000001", "photo_too_large")]
    {
        let answer = world.patch_with(url, 400, &[("upload-length", told)], Body::empty()).await;
        assert_eq!(answer.problem().1, code, "{told}");
    }
    assert_eq!(world.patch_with(url, 400, &[("upload-length", "1000")], Body::empty()).await.offset(), 400);
    let changed = world.patch_with(url, 400, &[("upload-length", "999")], Body::from(bytes[400..999].to_vec())).await;
    assert_eq!((changed.problem(), changed.json()["length"].as_u64()), ((400, "bad_request".into()), Some(1_000)));
    let head = world.head(LI, url).await;
    assert_eq!((head.header("upload-defer-length"), head.header("upload-length")), (None, Some("1000")));
    assert_eq!(world.patch(LI, url, 400, Body::from(bytes[400..].to_vec())).await.offset(), 1_000);
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);

    let both = [("upload-length", "5"), ("upload-defer-length", "1"), ("upload-metadata", &*promise)];
    assert_eq!(world.post(LI, &both, Body::empty()).await.problem(), (400, "bad_request".into()));
}

#[tokio::test]
async fn a_length_never_told_does_not_fill_the_disk_and_expires() {
    let world = World::new().await;
    let promise = metadata(&world.promise(SCOPE, &picture(1_000), None).await);
    let deferred = [("upload-defer-length", "1"), ("upload-metadata", &*promise)];
    let begun = world.post(LI, &deferred, Body::empty()).await;
    let url = begun.header("location").unwrap();
    let endless = futures::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![0; 100_000]))));
    let answer = world.patch(LI, url, 0, Body::from_stream(endless)).await;
    assert_eq!(answer.problem(), (413, "photo_too_large".into()));
    assert_eq!(world.head(LI, url).await.offset(), 1_000_000);
    let later = now_ms() + world.media.upload_ttl_ms + 3_600_000;
    assert_eq!(sweep::run(&world.media, later).await.unwrap(), Swept { expired: 1, ..Swept::default() });
    assert_eq!((world.head(LI, url).await.status, world.inbox_files()), (StatusCode::GONE, 0));
}

#[tokio::test]
async fn bytes_that_are_not_as_their_checksum_says_are_dropped_and_can_come_again() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let sum = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(sha256(&[bytes])));
    let first = sum(&bytes[..400]);
    let send = async |offset: usize, sum: &str, body: &[u8]| {
        world.patch_with(&url, offset as u64, &[("upload-checksum", sum)], Body::from(body.to_vec())).await
    };
    assert_eq!(send(0, &first, &bytes[..400]).await.offset(), 400);
    let mut damaged = bytes[400..].to_vec();
    damaged[7] ^= 1;
    for _ in 0..2 {
        let answer = send(400, &sum(&bytes[400..]), &damaged).await;
        assert_eq!((answer.problem(), answer.json()["offset"].as_u64()), ((460, "wrong_checksum".into()), Some(400)));
        assert_eq!(
            world.head(LI, &url).await.offset(),
            400,
            "what was good stays, though the whole would have been here"
        );
    }
    for bad in ["md5 AAAA", "sha1", "sha256 ????", "crc32 AAAAAA=="] {
        assert_eq!(send(400, bad, &bytes[400..]).await.problem(), (400, "bad_request".into()), "{bad}");
        assert_eq!(world.head(LI, &url).await.offset(), 400);
    }
    assert_eq!(send(400, &sum(&bytes[400..]), &bytes[400..]).await.offset(), 1_000);
    assert_eq!(world.missing(&[hash]).await["complete"][0], hex::encode(hash));
}

#[tokio::test]
async fn a_checksum_that_holds_saves_no_photo_that_is_another() {
    let world = World::new().await;
    let promise = metadata(&world.promise(SCOPE, &picture(500), None).await);
    let other = vec![1; 500];
    let sum = format!("sha256 {}", STANDARD.encode(sha256(&[&other])));
    let creation = [("upload-length", "500"), ("upload-metadata", &promise), BYTES, ("upload-checksum", &sum)];
    assert_eq!(world.post(LI, &creation, Body::from(other)).await.problem(), (460, "wrong_hash".into()));
    let damaged = world.post(LI, &creation, Body::from(vec![2; 500])).await;
    assert_eq!(damaged.problem(), (460, "wrong_checksum".into()));
    assert_eq!(world.head(LI, damaged.header("location").unwrap()).await.offset(), 0);
}

#[tokio::test]
async fn when_an_upload_expires_is_told_and_each_byte_puts_it_off() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let ttl = world.media.upload_ttl_ms;
    let told = |answer: &super::world::Answer| {
        let text = answer.header("upload-expires").unwrap();
        jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).unwrap().as_millisecond()
    };
    let before = now_ms() + ttl - 1_000;
    let begun = world.ask(LI, 1_000, &metadata(&hash)).await;
    let url = begun.header("location").unwrap();
    let part = world.patch(LI, url, 0, Body::from(bytes[..10].to_vec())).await;
    let head = world.head(LI, url).await;
    for answer in [&begun, &part, &head] {
        assert!((before..=now_ms() + ttl).contains(&told(answer)), "{:?}", answer.header("upload-expires"));
    }
    assert_eq!(sweep::run(&world.media, told(&head) - 1_000).await.unwrap(), Swept::default());
    assert_eq!(sweep::run(&world.media, told(&head) + 2_000).await.unwrap(), Swept { expired: 1, ..Swept::default() });
    let whole = world.upload(&bytes).await;
    assert_eq!(world.head(LI, &whole).await.header("upload-expires"), None);
}

#[tokio::test]
async fn metadata_may_say_which_record_and_which_of_its_files() {
    let world = World::new().await;
    let (original, preview) = (picture(1_000), picture(100));
    let hash = world.promise(SCOPE, &original, Some(&preview)).await;
    let id = format!("{}.{}", "ab".repeat(16), hex::encode(&hash[..4]));
    let asked = async |hash, record: &str, rendition: &str| {
        let more = format!(",record {},rendition {}", STANDARD.encode(record), STANDARD.encode(rendition));
        world.ask(LI, 100, &(metadata(&hash) + &more)).await
    };
    let small = sha256(&[&preview]);
    assert_eq!(asked(small, &id, "preview").await.status, StatusCode::CREATED);
    assert_eq!(asked(hash, &id, "original").await.status, StatusCode::CREATED);
    assert_eq!(asked(small, &id, "original").await.problem(), (403, "not_promised".into()));
    assert_eq!(asked(hash, "another", "original").await.problem(), (403, "not_promised".into()));
    assert_eq!(asked(hash, &id, "thumbnail").await.problem(), (400, "bad_request".into()));
}

#[tokio::test]
async fn methods_may_stand_in_a_header() {
    let world = World::new().await;
    let bytes = picture(100);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let as_method = async |method: &str| {
        let headers = [("tus-resumable", "1.0.0"), ("x-http-method-override", method)];
        world.send(LI, Method::POST, &url, &headers, Body::empty()).await
    };
    assert_eq!(as_method("HEAD").await.offset(), 0);
    assert_eq!(as_method("DELETE").await.status, StatusCode::NO_CONTENT);
    assert_eq!(as_method("HEAD").await.status, StatusCode::GONE);
    assert_eq!(as_method("CONNECT").await.problem(), (405, "method_not_allowed".into()));
}
