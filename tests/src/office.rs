//! The office, as a client of the API.

use anyhow::{Context as _, Result};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    wait::{self, Seen},
};

/// A person of the office who signed in.
#[derive(Debug, Clone)]
pub struct Office {
    http: Client,
    url: String,
    token: String,
    /// Who it is.
    pub person: String,
    /// The server's time at sign-in, ms.
    pub signed_in_ms: i64,
}

/// Names a record.
pub type Name<'a> = (&'a str, &'a str, &'a str);

impl Office {
    /// Signs in with name and password.
    pub async fn sign_in(url: &str, name: &str, password: &str) -> Result<Self> {
        let (token, person) = (String::new(), String::new());
        let mut office = Self { http: Client::new(), url: url.to_owned(), token, person, signed_in_ms: 0 };
        let signed_in = office.post("/v1/auth/sign-in", json!({"name": name, "password": password})).await?;
        office.token = text(&signed_in, "token")?;
        office.signed_in_ms = signed_in["now"].as_i64().context("no now")?;
        office.person = text(&office.get("/v1/auth/me", &[]).await?, "person")?;
        Ok(office)
    }

    /// One who signed in already, with that token.
    pub fn with_token(url: &str, token: &str) -> Self {
        let (url, token) = (url.to_owned(), token.to_owned());
        Self { http: Client::new(), url, token, person: String::new(), signed_in_ms: 0 }
    }

    /// The token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A request, for what has no method here.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// GETs something.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let request = self.request(reqwest::Method::GET, &format!("{path}{}", written(query)));
        Answer::to(request).await?.success().with_context(|| format!("GET {path} {query:?}"))
    }

    /// POSTs something.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let request = self.request(reqwest::Method::POST, path).json(&body);
        Answer::to(request).await?.success().with_context(|| format!("POST {path} {body}"))
    }

    /// A one-time code with which a phone of that person enrols.
    pub async fn enrolment_code(&self, person: &str) -> Result<String> {
        text(&self.post("/v1/enrolment-codes", json!({"person": person})).await?, "code")
    }

    /// Decides on an operation: `accept`, `refuse`, or `none` to take that back.
    pub async fn decide(&self, dot: &str, decision: &str, reason: &str) -> Result<Value> {
        self.post("/v1/decisions", json!({"dot": dot, "decision": decision, "reason": reason})).await
    }

    /// Decides alike on all quarantined operations that a filter takes: without `confirm` a dry run.
    pub async fn decide_alike(
        &self,
        filter: Value,
        decision: &str,
        reason: &str,
        confirm: Option<&str>,
    ) -> Result<Value> {
        let body = json!({"filter": filter, "decision": decision, "reason": reason, "confirm": confirm});
        self.post("/v1/decisions/alike", body).await
    }

    /// Takes back all that one request wrote.
    pub async fn undo_batch(&self, batch: &str, reason: &str) -> Result<Value> {
        self.post("/v1/undo", json!({"batch": batch, "reason": reason})).await
    }

    /// Settles a field to a value, over those that stand, and says why.
    pub async fn settle(
        &self,
        (scope, kind, id): Name<'_>,
        (field, value): (&str, Value),
        reason: &str,
    ) -> Result<Value> {
        let body = json!({"scope": scope, "kind": kind, "id": id, "field": field, "value": value, "reason": reason});
        self.post("/v1/settlements", body).await
    }

    /// Writes fields of a record as the office.
    pub async fn write(&self, (scope, kind, id): Name<'_>, fields: Value) -> Result<Value> {
        self.post("/v1/operations", json!({"scope": scope, "kind": kind, "id": id, "fields": fields})).await
    }

    /// Open conflicts.
    pub async fn conflicts(&self) -> Result<Vec<Value>> {
        self.pages("/v1/conflicts", "conflicts", &[]).await
    }

    /// Fields with several values that these parameters take.
    pub async fn conflicts_where(&self, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        self.pages("/v1/conflicts", "conflicts", query).await
    }

    /// Operations that stand so.
    pub async fn standings(&self, state: &str) -> Result<Vec<Value>> {
        self.pages("/v1/standings", "standings", &[("state", state)]).await
    }

    /// Operations in quarantine that these parameters take.
    pub async fn quarantined(&self, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        self.pages("/v1/standings", "standings", &[&[("state", "quarantined")], query].concat()).await
    }

    /// All pages of a list.
    async fn pages(&self, path: &str, member: &str, query: &[(&str, &str)]) -> Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut query = query.to_vec();
            if !cursor.is_empty() {
                query.push(("cursor", &cursor));
            }
            let page = self.get(path, &query).await?;
            let next = page["next"].as_str().map(str::to_owned);
            all.extend(list(page, member)?);
            match next {
                Some(next) => cursor = next,
                None => return Ok(all),
            }
        }
    }

    /// A record as fed.
    pub async fn record(&self, (scope, kind, id): Name<'_>) -> Result<Value> {
        self.get("/v1/record", &[("scope", scope), ("kind", kind), ("id", id)]).await
    }

    /// All records of a kind in a scope, as fed; of all kinds where none is named.
    pub async fn records(&self, scope: &str, kind: Option<&str>) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let mut query = vec![("scope", scope), ("limit", "500")];
            query.extend(kind.map(|kind| ("kind", kind)));
            if !after.is_empty() {
                query.push(("after", &after));
            }
            let page = self.get("/v1/records", &query).await?;
            let next = page["next"].as_i64().map(|next| next.to_string());
            all.extend(list(page, "records")?);
            match next {
                Some(next) => after = next,
                None => return Ok(all),
            }
        }
    }

    /// What the server still has to do.
    pub async fn status(&self) -> Result<Value> {
        self.get("/v1/status", &[]).await
    }

    /// Waits until no job waits, so that what was derived is derived from all there is.
    pub async fn settled(&self) -> Result<Value> {
        wait::until("the jobs to be done", async || {
            let status = self.status().await?;
            Ok(if status["jobs_waiting"] == 0 { Seen::Yes(status) } else { Seen::NotYet(status.to_string()) })
        })
        .await
    }
}

/// A member that is text.
pub fn text(value: &Value, member: &str) -> Result<String> {
    value[member].as_str().map(str::to_owned).with_context(|| format!("no {member} in {value}"))
}

fn list(mut value: Value, member: &str) -> Result<Vec<Value>> {
    match value[member].take() {
        Value::Array(list) => Ok(list),
        other => anyhow::bail!("{member} is {other}"),
    }
}

/// A query; all but plain characters are escaped.
fn written(query: &[(&str, &str)]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let escaped = |text: &str| -> String {
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
