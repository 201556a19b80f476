//! The rest of a refused body is read, within bounds, while the answer is on its way. Dropped, it would have the connection closed under
//! a client that is still sending: the client would see a reset, and never read why it was refused.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};

/// Four times the largest push; who sends more than that too much is no honest client.
const MOST_BYTES: usize = 32 << 20;
/// As long as a shutdown waits for what is under way.
const LONGEST: Duration = Duration::from_secs(30);

/// Gives the handler the body, and takes over what of it is left when the request is refused.
pub async fn linger(request: Request, next: Next) -> Response {
    // Such a client waits for leave to send, and reads the answer instead.
    if request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let mut rest = Shared::default();
    let request = request.map(|body| {
        rest = Shared::of(body);
        Body::from_stream(rest.clone())
    });
    let response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        tokio::spawn(tokio::time::timeout(LONGEST, read_away(rest)));
    }
    response
}

async fn read_away(mut rest: Shared) {
    let mut read = 0;
    while let Some(Ok(chunk)) = rest.next().await {
        read += chunk.len();
        if read > MOST_BYTES {
            return;
        }
    }
}

/// A body that two hold, of whom one reads at a time.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Option<BodyDataStream>>>);

impl Shared {
    fn of(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Some(body.into_data_stream()))))
    }
}

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = body.as_mut().map_or(Poll::Ready(None), |body| body.poll_next_unpin(context));
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            *body = None;
        }
        next
    }
}
