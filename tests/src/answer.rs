//! An answer of the server, read to its end, and what every refusal must look like.

use anyhow::{Result, bail};
use reqwest::{RequestBuilder, header};
use serde_json::Value;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub json: Value,
}

impl Answer {
    /// Sends the request and reads the answer.
    pub async fn to(request: RequestBuilder) -> Result<Self> {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text_of = |value: &header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text_of(value))).collect();
        let text = answer.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self { status, headers, text, json })
    }

    /// The header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The stable code of a problem; empty where there is none.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The JSON of a success.
    pub fn success(self) -> Result<Value> {
        match self.status {
            200..=299 => Ok(self.json),
            status => bail!("{status} {}: {}", self.code(), self.text),
        }
    }

    /// Panics unless it is this refusal, told as every refusal must be: problem details with a documented code and a sentence in both
    /// languages, with `Retry-After` where it is to be sent again, and nothing of the server's insides.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert!(self.header("content-type").is_some_and(|t| t.starts_with("application/problem+json")), "{self:?}");
        assert_eq!(self.json["status"], status, "{}", self.text);
        for member in ["type", "title", "title_zh"] {
            assert!(self.json[member].as_str().is_some_and(|text| !text.is_empty()), "no {member} in {}", self.text);
        }
        assert_eq!(self.header("retry-after").is_some(), matches!(status, 429 | 503), "{self:?}");
        self.without_insides()
    }

    /// Panics if it shows anything of the server's insides.
    #[track_caller]
    pub fn without_insides(&self) -> &Self {
        for inside in ["panicked", ".rs:", "backtrace", "sqlx", "SELECT ", "INSERT ", "/root/", "/tmp/"] {
            assert!(!self.text.contains(inside), "the answer shows {inside:?}: {}", self.text);
        }
        self
    }
}
