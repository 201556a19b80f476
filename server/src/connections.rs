//! Taking connections, over HTTP/1.1. A connection that only listens for events lies still for hours, ten thousand of them at a time, so
//! what one costs counts: most of it is hyper's buffers, and of these the larger half is not needed for who is not read from.

use std::{convert::Infallible, error::Error, pin::pin, time::Duration};

use hyper::{
    Request, Response,
    body::{Body, Incoming},
    server::conn::http1,
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tower::Service;

/// How long to wait where no connection can be taken, most likely because too many files are open.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes connections until the end is told, and then waits until what is under way on them is answered.
pub async fn serve<S, B>(listener: TcpListener, service: S, end: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let (told, _) = watch::channel(());
    let mut end = pin!(end);
    loop {
        tokio::select! {
            biased;
            () = &mut end => break,
            stream = take(&listener) => drop(tokio::spawn(connection(stream, service.clone(), told.subscribe()))),
        }
    }
    drop(listener);
    told.send_replace(());
    told.closed().await;
}

async fn take(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // It was gone before it was taken: the next one may not be.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn connection<S, B>(stream: TcpStream, service: S, mut end: watch::Receiver<()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut builder = http1::Builder::new();
    // While an answer is under way nothing is read, not even whether the client is gone; a write tells, at the next sign of life at the
    // latest. So no second buffer is made for reading what nobody sends.
    builder.half_close(true);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)));
    let done = tokio::select! {
        done = connection.as_mut() => done,
        _ = end.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended badly");
    }
}
