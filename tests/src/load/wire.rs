//! Bytes that a phone sends up for one standard visit, HTTP headers included: its engine syncs through a relay that counts.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::{Result, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use zhucun_client::{Budget, transport::Http};

use super::phones::LoadPhone;

/// Pushes all that the phone has queued, and counts what went up.
pub async fn bytes_up(phone: &LoadPhone, server_port: u16) -> Result<usize> {
    let (port, counted) = relay(server_port).await?;
    let report = phone.engine.sync(&Http::new(&format!("http://127.0.0.1:{port}"))?, &Budget::PUSH).await?;
    ensure!(report.drained, "the phone could not deliver: {report:?}");
    Ok(counted.load(Ordering::Relaxed))
}

async fn relay(server_port: u16) -> Result<(u16, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let (port, counted) = (listener.local_addr()?.port(), Arc::new(AtomicUsize::new(0)));
    let up = counted.clone();
    tokio::spawn(async move {
        while let Ok((phone, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)).await else { break };
            let ((from_phone, to_phone), (from_server, to_server)) = (phone.into_split(), server.into_split());
            tokio::spawn(copy(from_phone, to_server, up.clone()));
            tokio::spawn(copy(from_server, to_phone, Arc::default()));
        }
    });
    Ok((port, counted))
}

/// Ends when either side does.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, counted: Arc<AtomicUsize>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        counted.fetch_add(n, Ordering::Relaxed);
        if to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
}
