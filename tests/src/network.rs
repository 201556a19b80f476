//! A bad network: it stands between a phone and the server, and breaks the connection in the middle of a request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A network that can break.
pub struct BadNetwork {
    port: u16,
    plan: Arc<Mutex<Plan>>,
    task: JoinHandle<()>,
}

/// When to break next, and how often it broke.
#[derive(Debug, Default)]
struct Plan {
    /// What a request must begin with.
    request: Vec<u8>,
    /// How many bytes of it still get through; nothing is planned if none.
    after: Option<usize>,
    breaks: usize,
}

impl BadNetwork {
    /// Between phones and the server at that port.
    pub async fn before(server: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = plan.clone();
        let task = tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                tokio::spawn(carry(phone, server, shared.clone()));
            }
        });
        Ok(Self { port, plan, task })
    }

    /// The address by which phones reach the server through it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Breaks the connection once, when so many bytes of a request that begins so have gone through.
    pub fn break_in(&self, request: &str, after: usize) {
        let mut plan = lock(&self.plan);
        plan.request = request.as_bytes().to_vec();
        plan.after = Some(after);
    }

    /// How often it broke.
    pub fn breaks(&self) -> usize {
        lock(&self.plan).breaks
    }
}

impl Drop for BadNetwork {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    plan.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries one connection, both ways, to its end or to where it breaks.
async fn carry(phone: TcpStream, server: u16, plan: Arc<Mutex<Plan>>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let (mut from_phone, mut to_phone) = phone.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        // Whether the request under way is the one to break.
        let mut breaking = false;
        loop {
            let Ok(n @ 1..) = from_phone.read(&mut buffer).await else { return };
            let part = through(&mut lock(&plan), &buffer[..n], &mut breaking).to_vec();
            if to_server.write_all(&part).await.is_err() || part.len() < n {
                return;
            }
        }
    };
    let down = async {
        // The end of either way is the end of the connection.
        let _ = tokio::io::copy(&mut from_server, &mut to_phone).await;
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

/// How much of what the phone sends gets through.
fn through<'a>(plan: &mut Plan, sent: &'a [u8], breaking: &mut bool) -> &'a [u8] {
    let Some(left) = plan.after else { return sent };
    *breaking |= sent.starts_with(&plan.request);
    if !*breaking {
        return sent;
    }
    match left.checked_sub(sent.len()) {
        Some(left) => {
            plan.after = Some(left);
            sent
        }
        None => {
            plan.after = None;
            plan.breaks += 1;
            &sent[..left]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_request_breaks_and_only_once() {
        let mut plan = Plan { request: b"PATCH ".to_vec(), after: Some(10), breaks: 0 };
        let mut breaking = false;
        assert_eq!(through(&mut plan, b"POST / 1234567890", &mut breaking), b"POST / 1234567890");
        assert_eq!(through(&mut plan, b"PATCH /", &mut breaking), b"PATCH /");
        assert_eq!(through(&mut plan, b"abcdef", &mut breaking), b"abc");
        assert_eq!((plan.breaks, plan.after), (1, None));
        assert_eq!(through(&mut plan, b"PATCH /abcdefghijk", &mut false), b"PATCH /abcdefghijk");
    }
}
