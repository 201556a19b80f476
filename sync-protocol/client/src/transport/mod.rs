//! How requests reach a server. [`Transport`] carries one request and its answer; what requests say is in [`crate::calls`], so that an
//! HTTP client ([`Http`]), a test's server in the same process and a faulty network ([`crate::fault`]) are all equally small.
//! Without any network a push travels as a file ([`sync_protocol::courier`]).

mod http;
mod problem;
mod whole;

use std::future::Future;

use bytes::Bytes;

pub use http::{Http, HttpAnswer};
pub use problem::Problem;
pub use whole::Whole;

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PATCH.
    Patch,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// A path from `/v1/` on, or what a server named in `Location`.
    pub target: String,
    /// The access token.
    pub token: Option<String>,
    /// Other headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Bytes,
}

impl Request {
    /// A request without token, headers or body.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), token: None, headers: Vec::new(), body: Bytes::new() }
    }

    /// With that access token.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// With that header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With that body of that media type.
    pub fn body(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self { body, ..self.header("content-type", media_type) }
    }
}

/// An answer as it comes in.
pub trait Answer: Send {
    /// HTTP status.
    fn status(&self) -> u16;

    /// The header of that lower-case name.
    fn header(&self, name: &str) -> Option<&str>;

    /// The next part of the body; none at its proper end. An answer that ends early is an error.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, TransportError>> + Send;
}

/// What carries requests. It does not retry: the plan does.
pub trait Transport: Send + Sync {
    /// Its answers.
    type Answer: Answer;

    /// Sends one request.
    fn send(&self, request: Request) -> impl Future<Output = Result<Self::Answer, TransportError>> + Send;
}

impl<T: Transport> Transport for &T {
    type Answer = T::Answer;

    fn send(&self, request: Request) -> impl Future<Output = Result<Self::Answer, TransportError>> + Send {
        (**self).send(request)
    }
}

impl<T: Transport> Transport for std::sync::Arc<T> {
    type Answer = T::Answer;

    fn send(&self, request: Request) -> impl Future<Output = Result<Self::Answer, TransportError>> + Send {
        (**self).send(request)
    }
}

/// Why no answer came. Whether the server acted on the request is not known, unless it was unreachable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection could be made.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Cut(String),
    /// It took too long.
    #[error("the server did not answer in time")]
    Timeout,
    /// The server named an address on another server; no token goes there.
    #[error("the server named an address elsewhere: {0}")]
    Elsewhere(String),
}

impl TransportError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TransportError::Unreachable(_) => "unreachable",
            TransportError::Cut(_) => "cut",
            TransportError::Timeout => "timeout",
            TransportError::Elsewhere(_) => "elsewhere",
        }
    }
}
