//! The HTTP transport, by reqwest. Thin: it carries requests and answers as they are.

use std::time::Duration;

use bytes::Bytes;

use super::{Answer, Method, Request, Transport, TransportError};

/// A 2G phone sends 100 kB in half a minute; a connection on which nothing moved for longer than this is dead.
const STILL: Duration = Duration::from_secs(120);
const CONNECT: Duration = Duration::from_secs(20);

/// Requests to one server over HTTP.
#[derive(Debug, Clone)]
pub struct Http {
    origin: String,
    /// Path under which the server is mounted, without `/` at its end.
    mount: String,
    client: reqwest::Client,
}

impl Http {
    /// To the server at that address, such as `https://zhucun.example` or `http://10.0.0.5:8080/sync`.
    pub fn new(server: &str) -> Result<Self, TransportError> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(STILL)
            // A captive portal must not be taken for the server, nor get its tokens.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| TransportError::Unreachable(e.to_string()))?;
        Self::with_client(server, client)
    }

    /// Likewise, by a client made elsewhere (proxies, certificates, other timeouts).
    pub fn with_client(server: &str, client: reqwest::Client) -> Result<Self, TransportError> {
        let (origin, mount) =
            split(server).ok_or_else(|| TransportError::Unreachable(format!("{server} is no address")))?;
        Ok(Self { origin: origin.to_owned(), mount: mount.trim_end_matches('/').to_owned(), client })
    }

    /// The full address of a target. A server behind a proxy may or may not know where it is mounted, so a path may name the mount.
    fn address(&self, target: &str) -> Result<String, TransportError> {
        if !target.starts_with('/') {
            let (origin, path) = split(target).ok_or_else(|| TransportError::Elsewhere(target.to_owned()))?;
            return match origin.eq_ignore_ascii_case(&self.origin) {
                true => Ok(format!("{}{path}", self.origin)),
                false => Err(TransportError::Elsewhere(target.to_owned())),
            };
        }
        let mounted =
            !self.mount.is_empty() && target.strip_prefix(&self.mount).is_some_and(|rest| rest.starts_with('/'));
        Ok(format!("{}{}{target}", self.origin, if mounted { "" } else { &self.mount }))
    }
}

/// Scheme and host, and the path.
fn split(address: &str) -> Option<(&str, &str)> {
    let host = address.find("://").filter(|i| matches!(&address[..*i], "http" | "https"))? + 3;
    let path = address[host..].find('/').map_or(address.len(), |i| host + i);
    (path > host).then(|| address.split_at(path))
}

impl Transport for Http {
    type Answer = HttpAnswer;

    async fn send(&self, request: Request) -> Result<HttpAnswer, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
        };
        let mut builder = self.client.request(method, self.address(&request.target)?);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = &request.token {
            builder = builder.bearer_auth(token);
        }
        Ok(HttpAnswer(builder.body(request.body).send().await.map_err(failure)?))
    }
}

fn failure(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    // The sentence of reqwest's error names the stage only; what went wrong is in what caused it.
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_connect() || error.is_builder() {
        TransportError::Unreachable(text)
    } else {
        TransportError::Cut(text)
    }
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct HttpAnswer(reqwest::Response);

impl Answer for HttpAnswer {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.0.chunk().await.map_err(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(server: &str, target: &str) -> Result<String, TransportError> {
        Http::new(server).unwrap().address(target)
    }

    #[test]
    fn targets_are_found_under_the_mount() {
        for (server, target, expected) in [
            ("http://h:1", "/v1/keys", "http://h:1/v1/keys"),
            ("http://h:1/", "/v1/keys", "http://h:1/v1/keys"),
            ("http://h:1/sync/", "/v1/keys", "http://h:1/sync/v1/keys"),
            ("http://h:1/sync", "/sync/v1/media/uploads/x", "http://h:1/sync/v1/media/uploads/x"),
            ("http://h:1/sync", "http://H:1/sync/v1/media/uploads/x", "http://h:1/sync/v1/media/uploads/x"),
        ] {
            assert_eq!(address(server, target).unwrap(), expected);
        }
    }

    #[test]
    fn no_token_goes_to_another_server() {
        for target in ["http://h:2/x", "https://h:1/x", "ftp://h:1/x", "x", "", "http://h:1.evil.example/x"] {
            assert!(matches!(address("http://h:1", target), Err(TransportError::Elsewhere(_))), "{target}");
        }
        assert!(Http::new("h:1").is_err());
    }
}
