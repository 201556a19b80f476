//! Photos, where the disk is full: theirs alone, or the one that everything lies on.

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync_protocol::upload;
use zhucun_tests::{
    answer::Answer,
    office::Office,
    server::{Database, Server, binary},
    small_disk::SmallDisk,
};

use crate::field::{self, Member, Pushing};

/// A photo that a member promised.
pub struct Photo {
    bytes: Vec<u8>,
    sha256: String,
    token: String,
}

impl Photo {
    /// Of so many bytes.
    pub async fn promised(member: &mut Member, size: usize) -> Result<Self> {
        let noise = (0..size.div_ceil(32)).flat_map(|n| <[u8; 32]>::from(Sha256::digest(n.to_le_bytes())));
        let bytes: Vec<u8> = b"\xff\xd8\xff".iter().copied().chain(noise).take(size).collect();
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let fields = json!({"sha256": sha256, "size": bytes.len(), "media_type": "image/jpeg"});
        let line = member.phone.line(&member.presence, "photo", &member.phone.own_id(&sha256[..16]), &fields);
        member.phone.push(&[line]).await?;
        Ok(Self { bytes, sha256, token: member.phone.token().await? })
    }

    fn request(&self, member: &Member, method: Method, path: &str) -> RequestBuilder {
        member.phone.request(method, path, &self.token).header("tus-resumable", "1.0.0")
    }

    /// Begins the upload.
    pub async fn create(&self, member: &Member) -> Result<Answer> {
        let request = self.request(member, Method::POST, "/v1/media/uploads").header("upload-length", self.bytes.len());
        Answer::to(request.header("upload-metadata", upload::metadata(&self.sha256))).await
    }

    async fn offset(&self, member: &Member, at: &str) -> Result<usize> {
        let answer = Answer::to(self.request(member, Method::HEAD, at)).await?;
        answer.header("upload-offset").context("no offset")?.parse().context("an offset is a number")
    }

    /// Sends the rest.
    pub async fn send(&self, member: &Member, at: &str) -> Result<Answer> {
        let offset = self.offset(member, at).await?;
        let request = self.request(member, Method::PATCH, at).header("upload-offset", offset);
        let request = request.header("content-type", "application/offset+octet-stream");
        Answer::to(request.body(self.bytes[offset..].to_vec())).await
    }

    /// Brings it to its end; it has a receipt then.
    pub async fn completes(&self, member: &Member, at: &str) -> Result<()> {
        let sent = self.send(member, at).await?;
        ensure!(sent.status == 204, "{} {}", sent.status, sent.text);
        let receipt = self.request(member, Method::GET, &format!("/v1/media/{}/receipt", self.sha256));
        let receipt = Answer::to(receipt).await?.success()?;
        ensure!(receipt["size"] == self.bytes.len(), "{receipt}");
        Ok(())
    }
}

/// The address of an upload that was begun.
pub fn address(created: &Answer) -> Result<String> {
    ensure!(created.status == 201, "{} {}", created.status, created.text);
    Ok(created.header("location").context("a Location")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_folder_of_photos_keeps_what_came_and_pushes_go_on() -> Result<()> {
    let disk = SmallDisk::new(2 << 20)?;
    let mut server = Server::new(&binary(), Database::Sqlite)?;
    server.set("ZHUCUN_MEDIA", &disk.path().join("media").display().to_string());
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let mut members = field::members(&office, &server, 3).await?;
    let mut member = members.pop().context("a member")?;
    // Larger than what is left of the disk: it is full in the middle of the upload.
    let photo = Photo::promised(&mut member, 3 << 20).await?;
    let small = Photo::promised(&mut member, 200_000).await?;
    let pushing = Pushing::begin(members);

    let at = address(&photo.create(&member).await?)?;
    photo.send(&member, &at).await?.refused(503, "storage_full");
    let came = photo.offset(&member, &at).await?;
    assert!(came > 1 << 20, "{came} bytes came, and are kept");
    let at_small = address(&small.create(&member).await?)?;
    small.send(&member, &at_small).await?.refused(503, "storage_full");
    pushing.goes_on().await?;
    member.reads_go_on(&office).await?;

    // Somebody makes room.
    let ended = Answer::to(photo.request(&member, Method::DELETE, &at)).await?;
    assert_eq!(ended.status, 204, "{}", ended.text);
    small.completes(&member, &at_small).await?;
    let members = pushing.end().await?;
    field::end(&mut server, &office, &members).await
}
