//! Bytes from a request to the disk, with bounded memory and none lost that came.

use std::{io, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout};

use super::{checksum::Checksum, inbox::Held};

/// Bytes are gathered up to this before they are written: on a fast link a write costs more than its bytes.
const GATHER_BYTES: usize = 256 << 10;

/// How long to wait for a link.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// On a slow link bytes are written after this long: what a crash takes is then little, where every byte is dear.
    pub gather: Duration,
    /// A link that brings nothing for so long is taken for dead, so that the phone's next attempt finds the upload free.
    pub idle: Duration,
}

impl Patience {
    /// For links such as villages have.
    pub const USUAL: Patience = Patience { gather: Duration::from_millis(500), idle: Duration::from_secs(20) };
}

/// How a body ended.
#[derive(Debug)]
pub enum End {
    /// It came whole.
    Whole,
    /// The connection broke.
    Cut,
    /// Nothing came any more.
    Idle,
    /// There was more than room for. What there was room for is kept.
    PastLength,
    /// It came whole, and is not what its checksum says. None of it is kept.
    Damaged,
    /// The disk failed.
    Failed(io::Error),
}

/// Writes the body to the end of the file, at most `room` bytes, and makes it durable, however it ends. A checksum can be compared only with a
/// whole body: what came of one that was cut is kept as it is, since the promised hash will tell.
pub async fn append<S, E>(
    held: Held,
    room: u64,
    body: S,
    mut checksum: Option<Checksum>,
    patience: Patience,
) -> io::Result<(Held, End)>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut body = std::pin::pin!(body);
    let begin = held.length();
    let mut sink = Sink { held, buffer: Vec::with_capacity(GATHER_BYTES), since: Instant::now() };
    let mut room = room;
    let end = loop {
        let wait = if sink.buffer.is_empty() { patience.idle } else { patience.gather };
        let mut due = false;
        match timeout(wait, body.next()).await {
            Ok(Some(Ok(chunk))) => {
                let fits = usize::try_from(room).unwrap_or(usize::MAX).min(chunk.len());
                sink.buffer.extend_from_slice(&chunk[..fits]);
                if let Some(checksum) = &mut checksum {
                    checksum.update(&chunk[..fits]);
                }
                room -= fits as u64;
                if fits < chunk.len() {
                    break End::PastLength;
                }
            }
            Ok(Some(Err(_))) => break End::Cut,
            Ok(None) => break End::Whole,
            Err(_) if sink.buffer.is_empty() => break End::Idle,
            Err(_) => due = true,
        }
        if due || sink.is_due(patience) {
            let written;
            (sink, written) = sink.flush().await?;
            if let Err(error) = written {
                break End::Failed(error);
            }
        }
    };
    let (sink, written) = sink.flush().await?;
    if matches!(end, End::Whole) && written.is_ok() && checksum.is_some_and(|checksum| !checksum.holds()) {
        return Ok((sink.held.cut_back(begin).await?, End::Damaged));
    }
    let (held, synced) = sink.held.sync().await?;
    Ok((held, written.and(synced).map_or_else(End::Failed, |()| end)))
}

struct Sink {
    held: Held,
    buffer: Vec<u8>,
    since: Instant,
}

impl Sink {
    fn is_due(&self, patience: Patience) -> bool {
        self.buffer.len() >= GATHER_BYTES || self.since.elapsed() >= patience.gather
    }

    async fn flush(mut self) -> io::Result<(Self, io::Result<()>)> {
        if self.buffer.is_empty() {
            return Ok((self, Ok(())));
        }
        let (held, buffer, written) = self.held.write(self.buffer).await?;
        (self.held, self.buffer, self.since) = (held, buffer, Instant::now());
        Ok((self, written))
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;
    use crate::media::{
        inbox::{Inbox, Taken},
        tus::UploadId,
    };

    const HASTY: Patience = Patience { gather: Duration::from_millis(5), idle: Duration::from_millis(50) };
    const ID: UploadId = UploadId([5; 16]);

    async fn run(inbox: &Inbox, room: u64, chunks: Vec<Result<&'static [u8], ()>>, hang: bool) -> End {
        let Taken::Held(held) = inbox.take(ID).await.unwrap() else { panic!("not held") };
        let chunks = stream::iter(chunks).map(|chunk| chunk.map(Bytes::from_static));
        let (_, end) = if hang {
            append(held, room, chunks.chain(stream::pending()), None, HASTY).await.unwrap()
        } else {
            append(held, room, chunks, None, HASTY).await.unwrap()
        };
        end
    }

    #[tokio::test]
    async fn what_came_before_the_cut_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(dir.path());
        inbox.create(ID).await.unwrap();
        assert!(matches!(run(&inbox, 100, vec![Ok(b"abc"), Err(())], false).await, End::Cut));
        assert!(matches!(run(&inbox, 97, vec![Ok(b"de"), Ok(b"f")], false).await, End::Whole));
        assert!(matches!(run(&inbox, 2, vec![Ok(b"g"), Ok(b"hijk")], false).await, End::PastLength));
        assert_eq!(std::fs::read(inbox.path(ID)).unwrap(), b"abcdefgh");
    }

    #[tokio::test]
    async fn what_is_not_as_its_checksum_says_is_dropped_and_nothing_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(dir.path());
        inbox.create(ID).await.unwrap();
        let checked = async |bytes: &'static [u8], cut: bool| {
            let Taken::Held(held) = inbox.take(ID).await.unwrap() else { panic!("not held") };
            let sum = Checksum::of_sha256(sync_protocol::ids::sha256(&[b"abc"]));
            let chunks = [Ok(bytes)].into_iter().chain(cut.then_some(Err(())));
            let chunks = stream::iter(chunks).map(|chunk| chunk.map(Bytes::from_static));
            append(held, 100, chunks, Some(sum), HASTY).await.unwrap().1
        };
        assert!(matches!(checked(b"abc", false).await, End::Whole));
        assert!(matches!(checked(b"abd", false).await, End::Damaged));
        assert!(matches!(checked(b"", false).await, End::Damaged));
        assert!(matches!(checked(b"ab", true).await, End::Cut));
        assert_eq!(std::fs::read(inbox.path(ID)).unwrap(), b"abcab");
    }

    #[tokio::test]
    async fn a_link_that_falls_silent_gives_the_upload_free() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(dir.path());
        inbox.create(ID).await.unwrap();
        assert!(matches!(run(&inbox, 100, vec![Ok(b"abc")], true).await, End::Idle));
        assert_eq!(std::fs::read(inbox.path(ID)).unwrap(), b"abc");
        assert!(matches!(inbox.take(ID).await.unwrap(), Taken::Held(_)));
    }
}
