//! An answer that is all there: for servers in the same process.

use bytes::Bytes;

use super::{Answer, TransportError};

/// An answer that is all there.
#[derive(Debug, Clone, Default)]
pub struct Whole {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body. Taken by the first `chunk`.
    pub body: Bytes,
}

impl Whole {
    /// An answer of that status with that body.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// With that header; the name in lower case.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl Answer for Whole {
    fn status(&self) -> u16 {
        self.status
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let body = std::mem::take(&mut self.body);
        Ok(if body.is_empty() { None } else { Some(body) })
    }
}
