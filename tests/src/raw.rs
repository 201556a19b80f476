//! A phone made by hand: it writes any bytes as lines, and sends any bytes as a push. For what no good phone does.

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use sync_protocol::{
    Hash, InstallId, chain,
    push::{self, Made},
    sign::{Certificate, PrivateKey, PublicKey, Purpose, Receipt},
};

use crate::{answer::Answer, office::Office};

/// An install whose every byte the test decides.
#[derive(Clone)]
pub struct RawPhone {
    /// Its id.
    pub install: InstallId,
    /// Whose it is.
    pub person: String,
    /// Its private key.
    pub key: PrivateKey,
    /// Its certificate.
    pub certificate: Certificate,
    /// The server's keys.
    pub servers: Vec<PublicKey>,
    /// The last acknowledged line, and the head after it.
    pub tip: (u64, Hash),
    /// The server's time when it enrolled, ms.
    pub now_ms: i64,
    http: Client,
    url: String,
}

/// The private key made of that number.
pub fn key(seed: u64) -> PrivateKey {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    PrivateKey::from_bytes(&bytes).expect("far below the curve's order")
}

impl RawPhone {
    /// Enrols a phone of that person.
    pub async fn enrol(office: &Office, url: &str, person: &str, seed: u64) -> Result<Self> {
        let (http, key, code) = (Client::new(), key(seed), office.enrolment_code(person).await?);
        let ask = json!({"code": code, "key": key.public().text()});
        let answer = Answer::to(http.post(format!("{url}/v1/enrolments")).json(&ask)).await?.success()?;
        let certificate: Certificate = serde_json::from_value(answer["certificate"].clone())?;
        let keys = answer["keys"].as_array().into_iter().flatten();
        let servers: Vec<PublicKey> =
            keys.filter_map(|k| PublicKey::parse(k["key"].as_str().or(k.as_str())?)).collect();
        ensure!(certificate.is_valid(&servers), "no key of the server signed the certificate");
        let install = certificate.install;
        Ok(Self {
            install,
            person: person.to_owned(),
            key,
            certificate,
            servers,
            tip: (0, chain::genesis(install)),
            now_ms: answer["now"].as_i64().context("no now")?,
            http,
            url: url.to_owned(),
        })
    }

    /// From now on it speaks to the server at that address.
    pub fn reaches(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    /// A line of that record with these fields, written now by satellite time.
    pub fn line(&self, scope: &str, kind: &str, id: &str, fields: &Value) -> Vec<u8> {
        self.line_of(scope, kind, id, &fields.to_string())
    }

    /// Likewise, with fields of any text.
    pub fn line_of(&self, scope: &str, kind: &str, id: &str, fields: &str) -> Vec<u8> {
        let at = self.now_ms;
        format!(r#"{{"s":"{scope}","k":"{kind}","id":"{id}","f":{fields},"t":{{"w":{at},"g":[{at},0]}}}}"#).into_bytes()
    }

    /// An id of evidence.
    pub fn own_id(&self, name: &str) -> String {
        format!("{}.{name}", self.install)
    }

    /// The push of these lines behind the tip, properly made.
    pub fn made<L: AsRef<[u8]>>(&self, lines: &[L]) -> Made {
        let (seq, head) = &self.tip;
        let header = push::header(self.install, seq + 1, head, None, None);
        push::make(&header, head, lines, &self.key)
    }

    /// Sends bytes as a push.
    pub async fn send(&self, body: impl Into<reqwest::Body>, encoding: Option<&str>) -> Result<Answer> {
        let mut request =
            self.http.post(format!("{}/v1/sync/push", self.url)).header("content-type", "application/x-ndjson");
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        Answer::to(request.body(body)).await
    }

    /// Pushes these lines; they must be acknowledged, by a receipt that proves it. Gives the standings told: (seq, state, code).
    pub async fn push<L: AsRef<[u8]>>(&mut self, lines: &[L]) -> Result<Vec<(u64, String, String)>> {
        let made = self.made(lines);
        let answer = self.send(made.body, None).await?.success()?;
        self.acknowledged(lines.len() as u64, &made.head, &answer)
    }

    /// Takes the answer to a push of so many lines behind the tip, which end in that head.
    pub fn acknowledged(&mut self, lines: u64, head: &Hash, answer: &Value) -> Result<Vec<(u64, String, String)>> {
        let receipt: Receipt = serde_json::from_value(answer["receipt"].clone())?;
        let to = self.tip.0 + lines;
        ensure!(receipt.is_valid(&self.servers), "no key of the server signed the receipt");
        ensure!(receipt.install == self.install && (receipt.from, receipt.to) == (self.tip.0 + 1, to), "{receipt:?}");
        ensure!(receipt.head == hex::encode(head), "a receipt of another chain");
        self.tip = (to, *head);
        let told = answer["standings"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(told.iter().map(|s| (s[0].as_u64().unwrap_or(0), text(&s[1]), text(&s[2]))).collect())
    }

    /// A token of this phone.
    pub async fn token(&self) -> Result<String> {
        let id = self.install.to_string();
        let asked = self.post("/v1/auth/nonce", &json!({"install": id})).await?.success()?;
        let nonce = asked["nonce"].as_str().context("no nonce")?;
        let sig = self.key.sign(Purpose::SignIn, &[&id, nonce]);
        let answer =
            self.post("/v1/auth/token", &json!({"install": id, "nonce": nonce, "sig": sig})).await?.success()?;
        Ok(answer["token"].as_str().context("no token")?.to_owned())
    }

    /// POSTs JSON without a token.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        Answer::to(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    /// A request with that token.
    pub fn request(&self, method: reqwest::Method, path: &str, token: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token)
    }
}
