//! Pulling ten thousand records: how long it takes, and how many bytes come.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

use crate::office::Office;

/// Records in the page.
pub const RECORDS: usize = 10_000;

/// A pull, done.
#[derive(Debug, Clone)]
pub struct Pulled {
    /// From the request to the last byte.
    pub took: Duration,
    /// Bytes of the body on the wire.
    pub bytes: usize,
}

/// Pulls one page of them, packed in that way (`identity`, `gzip`, `zstd`).
pub async fn page(office: &Office, encoding: &str) -> Result<Pulled> {
    let request = office
        .request(Method::POST, "/v1/sync/pull")
        .header("accept-encoding", encoding)
        .json(&json!({"cursor": null, "limit": RECORDS}));
    let started = Instant::now();
    let answer = request.send().await?.error_for_status()?;
    let given =
        answer.headers().get("content-encoding").map_or("identity", |v| v.to_str().unwrap_or_default()).to_owned();
    let body = answer.bytes().await?;
    let took = started.elapsed();
    ensure!(given == encoding, "asked for {encoding}, got {given}");
    if encoding == "identity" {
        let lines = body.iter().filter(|b| **b == b'\n').count();
        // The first line begins the page, the last ends it.
        ensure!(lines == RECORDS + 2, "a page of {} records", lines.saturating_sub(2));
    }
    Ok(Pulled { took, bytes: body.len() })
}
