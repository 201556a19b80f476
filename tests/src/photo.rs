//! A photo on its way, request by request: what a phone's engine does, with a test between the steps.

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde_json::json;
use sync_protocol::ids::sha256;

use crate::{
    answer::Answer,
    office::{Office, text},
    raw::RawPhone,
    server::Server,
    wait::{self, Seen},
};

/// A photo that a record promises, and who brings it.
pub struct Photo {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256, 64 hex digits.
    pub sha256: String,
    url: String,
    /// With it its bearer signs in.
    pub token: String,
    /// Their phone.
    pub phone: RawPhone,
    scope: String,
    http: Client,
}

impl Photo {
    /// The member of that number enrols a phone, and promises these bytes.
    pub async fn promised(server: &Server, office: &Office, number: u64, bytes: Vec<u8>) -> Result<Self> {
        let person = format!("zjedz.p.m-{number:04}");
        let stations = office.get("/v1/stations", &[]).await?;
        let station = stations.as_array().into_iter().flatten().find(|s| s["person"] == person.as_str());
        let scope = format!("{}/presence", text(station.context("the member is posted")?, "village")?);
        let phone = RawPhone::enrol(office, &server.url(), &person, number).await?;
        let hash = hex::encode(sha256(&[&bytes]));
        let token = phone.token().await?;
        let http = Client::builder().redirect(redirect::Policy::none()).build()?;
        let mut photo = Self { bytes, sha256: hash, url: server.url(), token, phone, scope, http };
        photo.promise("p").await?;
        Ok(photo)
    }

    async fn promise(&mut self, name: &str) -> Result<()> {
        let fields = json!({"sha256": self.sha256, "size": self.bytes.len(), "media_type": "image/jpeg"});
        let line = self.phone.line(&self.scope, "photo", &self.phone.own_id(name), &fields);
        self.phone.push(&[line]).await.map(drop)
    }

    /// Promises the same bytes in another record.
    pub async fn promise_again(&mut self) -> Result<()> {
        self.promise("again").await
    }

    /// The scope of its record.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.header("tus-resumable", "1.0.0")
    }

    /// Begins an upload; gives its address.
    pub async fn begin(&self) -> Result<String> {
        let request = self.request(Method::POST, "/v1/media/uploads").header("upload-length", self.bytes.len());
        let request = request.header("upload-metadata", format!("sha256 {}", STANDARD.encode(&self.sha256)));
        let answer = Answer::to(request).await?;
        answer.header("location").map(str::to_owned).with_context(|| answer.text.clone())
    }

    /// Sends these bytes at that offset.
    pub async fn patch(&self, upload: &str, offset: usize, bytes: &[u8]) -> Result<Answer> {
        let request = self.request(Method::PATCH, upload).header("upload-offset", offset);
        Answer::to(request.header("content-type", "application/offset+octet-stream").body(bytes.to_vec())).await
    }

    /// How far that upload is.
    pub async fn head(&self, upload: &str) -> Result<Answer> {
        Answer::to(self.request(Method::HEAD, upload)).await
    }

    /// All of it at once; gives the last answer.
    pub async fn upload(&self) -> Result<Answer> {
        let upload = self.begin().await?;
        self.patch(&upload, 0, &self.bytes).await
    }

    /// Asks for the receipt.
    pub async fn receipt(&self) -> Result<Answer> {
        Answer::to(self.request(Method::GET, &format!("/v1/media/{}/receipt", self.sha256))).await
    }

    /// Asks for the bytes, with `query` behind the address; gives the answer unread.
    pub async fn get(&self, query: &str, headers: &[(&str, &str)]) -> Result<reqwest::Response> {
        let mut request = self.request(Method::GET, &format!("/v1/media/{}{query}", self.sha256));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.send().await?)
    }

    /// Its rendition, once the server has opened it.
    pub async fn rendition(&self, longest: u32) -> Result<Vec<u8>> {
        wait::until("the photo to be opened", async || {
            let answer = self.get(&format!("?rendition={longest}"), &[]).await?;
            Ok(match answer.status() {
                StatusCode::OK => Seen::Yes(answer.bytes().await?.to_vec()),
                StatusCode::CONFLICT => Seen::NotYet(answer.text().await?),
                other => bail!("{other}: {}", answer.text().await?),
            })
        })
        .await
    }
}
