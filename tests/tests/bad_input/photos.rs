//! Uploads that are not what was promised, not where they say, or not for whom they seem.

use std::path::Path;

use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use zhucun_tests::{answer::Answer, camera};

use crate::fixture::{Fixture, with_member};

/// A promised photo, and who uploads it.
struct Upload {
    f: Fixture,
    token: String,
    bytes: Vec<u8>,
    sha256: String,
}

impl Upload {
    /// A member promises a picture.
    async fn promised(number: u64) -> Self {
        let mut f = with_member(number).await;
        let bytes = camera::take(number).original;
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let fields = json!({"sha256": sha256, "size": bytes.len(), "media_type": "image/jpeg"});
        let line = f.phone.line(&f.presence, "photo", &f.phone.own_id("p"), &fields);
        assert_eq!(f.push(&[line]).await, []);
        let token = f.phone.token().await.expect("the phone signs in");
        Self { f, token, bytes, sha256 }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.f.phone.request(method, path, &self.token).header("tus-resumable", "1.0.0")
    }

    async fn create(&self, length: usize, metadata: &str) -> Answer {
        let request = self.request(Method::POST, "/v1/media/uploads");
        Answer::to(request.header("upload-length", length).header("upload-metadata", metadata))
            .await
            .expect("an answer")
    }

    /// Begins an upload; gives its address.
    async fn begun(&self) -> String {
        let created = self.create(self.bytes.len(), &format!("sha256 {}", base64(self.sha256.as_bytes()))).await;
        assert_eq!(created.status, 201, "{}", created.text);
        created.header("location").expect("a Location").to_owned()
    }

    async fn patch(&self, at: &str, offset: usize, bytes: &[u8]) -> Answer {
        let request = self.request(Method::PATCH, at).header("upload-offset", offset);
        let request = request.header("content-type", "application/offset+octet-stream").body(bytes.to_vec());
        Answer::to(request).await.expect("an answer")
    }

    /// The photo can still be brought, and then has a receipt.
    async fn completes(&self) {
        let at = self.begun().await;
        assert_eq!(self.patch(&at, 0, &self.bytes).await.status, 204);
        let receipt = self.request(Method::GET, &format!("/v1/media/{}/receipt", self.sha256));
        let receipt = Answer::to(receipt).await.expect("an answer").success().expect("a receipt");
        assert_eq!((&receipt["sha256"], &receipt["size"]), (&json!(self.sha256), &json!(self.bytes.len())));
        self.f.end().await;
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - group.len()));
        let letter =
            |i: usize| if i <= group.len() { char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]) } else { '=' };
        (0..4).map(letter).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[tokio::test]
async fn bytes_of_another_hash_are_dropped_and_the_photo_can_still_come() {
    let upload = Upload::promised(50).await;
    let at = upload.begun().await;
    let mut wrong = upload.bytes.clone();
    wrong[5_000] ^= 1;
    upload.patch(&at, 0, &wrong).await.refused(460, "wrong_hash");
    let receipt = upload.request(Method::GET, &format!("/v1/media/{}/receipt", upload.sha256));
    Answer::to(receipt).await.unwrap().refused(404, "not_found");
    upload.completes().await;
}

#[tokio::test]
async fn more_bytes_than_announced_are_refused() {
    let upload = Upload::promised(51).await;
    let at = upload.begun().await;
    let longer = [upload.bytes.as_slice(), b"x"].concat();
    upload.patch(&at, 0, &longer).await.refused(413, "past_length");
    // Without a length, it shows only as it comes.
    let at = upload.begun().await;
    let pieces = longer.chunks(16_384).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let request = upload.request(Method::PATCH, &at).header("upload-offset", 0);
    let request = request.header("content-type", "application/offset+octet-stream");
    let body = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    Answer::to(request.body(body)).await.unwrap().refused(413, "past_length");
    let huge = upload.create(usize::MAX / 4, &format!("sha256 {}", base64(upload.sha256.as_bytes()))).await;
    huge.refused(413, "photo_too_large");
    upload.completes().await;
}

#[tokio::test]
async fn a_wrong_offset_is_told_with_the_right_one() {
    let upload = Upload::promised(52).await;
    let at = upload.begun().await;
    assert_eq!(upload.patch(&at, 0, &upload.bytes[..10_000]).await.status, 204);
    for offset in [0, 9_999, 10_001, usize::MAX / 4] {
        let answer = upload.patch(&at, offset, &upload.bytes[10_000..20_000]).await;
        assert_eq!(answer.refused(409, "wrong_offset").json["offset"], 10_000);
    }
    for offset in ["-1", "ten", "1.5", ""] {
        let request = upload.request(Method::PATCH, &at).header("upload-offset", offset);
        let request = request.header("content-type", "application/offset+octet-stream").body("x");
        Answer::to(request).await.unwrap().refused(400, "bad_request");
    }
    assert_eq!(upload.patch(&at, 10_000, &upload.bytes[10_000..]).await.status, 204);
    upload.completes().await;
}

#[tokio::test]
async fn what_nobody_promised_is_not_taken() {
    let upload = Upload::promised(53).await;
    let other = hex::encode(Sha256::digest(b"another picture"));
    upload.create(15, &format!("sha256 {}", base64(other.as_bytes()))).await.refused(403, "not_promised");
    let missing = upload.request(Method::POST, "/v1/media/missing").json(&json!({"hashes": [other, upload.sha256]}));
    let missing = Answer::to(missing).await.unwrap().success().unwrap();
    assert_eq!(missing["missing"], json!([upload.sha256]), "nothing is said of what was not promised");
    // A member of another team sees neither the upload nor, later, the photo.
    let stranger = with_member(100).await;
    let token = stranger.phone.token().await.unwrap();
    let at = upload.begun().await;
    let peek = stranger.phone.request(Method::HEAD, &at, &token).header("tus-resumable", "1.0.0");
    assert!(matches!(Answer::to(peek).await.unwrap().status, 403 | 404 | 410));
    upload.completes().await;
    let peek = stranger.phone.request(Method::GET, &format!("/v1/media/{}", upload.sha256), &token);
    Answer::to(peek).await.unwrap().refused(404, "not_found");
}

#[tokio::test]
async fn path_tricks_in_metadata_and_addresses_lead_nowhere() {
    let upload = Upload::promised(55).await;
    let before = files(upload.f.server.scratch());
    let trick = base64(b"../../../../zhucun-was-here");
    for metadata in ["", "sha256", "sha256 ????", &format!("sha256 {trick}"), &format!("filename {trick}")] {
        upload.create(10, metadata).await.refused(400, "bad_request");
    }
    // A stock client may name the file as it likes; the name is looked at by nobody.
    let promised = base64(upload.sha256.as_bytes());
    let created = upload.create(upload.bytes.len(), &format!("filename {trick},path {trick},sha256 {promised}")).await;
    assert_eq!(created.status, 201);
    let at = created.header("location").unwrap().to_owned();
    assert!(at.starts_with("/v1/media/uploads/") && !at.contains(".."), "{at}");
    assert_eq!(upload.patch(&at, 0, &upload.bytes).await.status, 204);
    for path in ["..%2F..%2Fserver.log", "%2e%2e", "..%5c..%5cx", "%00", &"a".repeat(5_000)] {
        let get = upload.request(Method::GET, &format!("/v1/media/{path}"));
        Answer::to(get).await.unwrap().refused(404, "not_found");
        upload.patch(&format!("/v1/media/uploads/{path}"), 0, b"x").await.refused(404, "not_found");
    }
    let new: Vec<String> = files(upload.f.server.scratch()).into_iter().filter(|f| !before.contains(f)).collect();
    assert!(new.iter().all(|file| file.contains("/data/")), "{new:?}");
    assert!(!new.iter().any(|file| file.contains("was-here")), "{new:?}");
    let size = upload.request(Method::GET, &format!("/v1/media/{}", upload.sha256)).header("range", "bytes=999999999-");
    Answer::to(size).await.unwrap().refused(416, "bad_range");
    upload.completes().await;
}

#[tokio::test]
async fn another_tus_is_told_which_one_is_spoken() {
    let upload = Upload::promised(56).await;
    let request = upload.f.phone.request(Method::POST, "/v1/media/uploads", &upload.token);
    let answer = Answer::to(request.header("tus-resumable", "0.2.2").header("upload-length", 5)).await.unwrap();
    assert_eq!(answer.refused(412, "tus_version").header("tus-version"), Some("1.0.0"));
    let at = upload.begun().await;
    let request = upload.request(Method::PATCH, &at).header("upload-offset", 0).header("content-type", "image/jpeg");
    Answer::to(request.body("x")).await.unwrap().refused(415, "unsupported_media");
    upload.completes().await;
}

/// All files below.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path.display().to_string()) }
    }
    found
}
