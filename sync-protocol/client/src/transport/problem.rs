//! Problem details (RFC 9457) as this server gives them.

use serde::Deserialize;

/// What the server says went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("the server answered {status} {code}: {detail}")]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable code; `http_<status>` where something between answered in the server's place.
    pub code: String,
    /// A sentence for a person.
    pub detail: String,
    /// How long to wait at least.
    pub retry_after_ms: Option<u64>,
    /// With `gap`: the server's highest seq of this install.
    pub have: Option<u64>,
    /// With `unknown_branch`: (seq, first 16 hex digits of head) that the server knows, newest first.
    pub heads: Vec<(u64, String)>,
}

#[derive(Default, Deserialize)]
struct Body {
    code: Option<String>,
    detail: Option<String>,
    title: Option<String>,
    have: Option<u64>,
    #[serde(default)]
    heads: Vec<(u64, String)>,
}

impl Problem {
    /// Reads an answer that is no success. `retry_after` is that header: seconds, as the server writes it.
    pub fn read(status: u16, retry_after: Option<&str>, body: &[u8]) -> Self {
        // A proxy's page of HTML is a problem too, only without a code.
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        Self {
            status,
            code: body.code.unwrap_or_else(|| format!("http_{status}")),
            detail: body.detail.or(body.title).unwrap_or_default(),
            retry_after_ms: retry_after.and_then(|s| s.trim().parse::<u64>().ok()).map(|s| s.saturating_mul(1_000)),
            have: body.have,
            heads: body.heads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_the_server_and_one_of_a_proxy() {
        let body = br#"{"type":"about:blank","code":"gap","detail":"send from 8","have":7}"#;
        let problem = Problem::read(409, None, body);
        assert_eq!((problem.code.as_str(), problem.have), ("gap", Some(7)));
        let proxy = Problem::read(502, Some(" 30 "), b"<html>bad gateway</html>");
        assert_eq!((proxy.code.as_str(), proxy.retry_after_ms), ("http_502", Some(30_000)));
        let branch = Problem::read(409, None, br#"{"code":"unknown_branch","heads":[[9,"00112233445566ff"]]}"#);
        assert_eq!(branch.heads, [(9, "00112233445566ff".to_owned())]);
    }
}
