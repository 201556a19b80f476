//! A network that cuts where the dice say: it stands between a client and a server, HTTP or a database, until it is calmed.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What becomes of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It works.
    Whole,
    /// It breaks, both ways, when so many bytes have gone up.
    CutUp(usize),
    /// It breaks when so many bytes have come down: with 0 the request arrives, and its answer is lost.
    CutDown(usize),
    /// The client's end is taken for closed when so many bytes have gone up; the answer to what came is waited for.
    HalfClosed(usize),
    /// Each piece waits so many milliseconds on its way.
    Slow(u64),
}

/// The network.
pub struct Rough {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    server: u16,
    plan: Mutex<Plan>,
    // Whoever carries a connection ends it when this changes.
    cuts: watch::Sender<Cut>,
}

#[derive(Default)]
struct Plan {
    dice: Option<StdRng>,
    unanswered: Option<Vec<u8>>,
    breaks: Option<Breaks>,
    sent: u64,
}

#[derive(Clone, Copy)]
struct Breaks {
    after: usize,
    left: usize,
}

#[derive(Clone, Copy)]
struct Cut {
    lingers: Duration,
}

impl Rough {
    /// Before the server at that port; it works until it is made rough.
    pub async fn before(server: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            server,
            plan: Mutex::default(),
            cuts: watch::Sender::new(Cut { lingers: Duration::ZERO }),
        });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, shared.clone()));
            }
        });
        Ok(Self { port, state, task })
    }

    /// Where clients reach the server through it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the dice of that seed decide on each new connection.
    pub fn roughen(&self, seed: u64) {
        self.state.plan().dice = Some(StdRng::seed_from_u64(seed));
    }

    /// From now on new connections work.
    pub fn calm(&self) {
        self.state.plan().dice = None;
    }

    /// From now on each connection breaks when so many bytes have gone up, until so many have broken.
    pub fn breaks_each(&self, after: usize, times: usize) {
        self.state.plan().breaks = Some(Breaks { after, left: times });
    }

    /// How many of them have still to break.
    pub fn breaks_left(&self) -> usize {
        self.state.plan().breaks.map_or(0, |breaks| breaks.left)
    }

    /// How many bytes have gone up by all connections.
    pub fn sent(&self) -> u64 {
        self.state.plan().sent
    }

    /// The next connection by which these bytes go up ends when their answer comes down, which is lost.
    pub fn lose_answer_to(&self, sent: &[u8]) {
        self.state.plan().unanswered = Some(sent.to_vec());
    }

    /// Whether that has happened.
    pub fn has_lost_it(&self) -> bool {
        self.state.plan().unanswered.is_none()
    }

    /// Cuts all connections there are, both ways.
    pub fn cut(&self) {
        self.state.cuts.send_replace(Cut { lingers: Duration::ZERO });
    }

    /// Likewise, but what goes up still arrives for so long: of what was asked last nobody learns whether it was done.
    pub fn cut_answers(&self, lingers: Duration) {
        self.state.cuts.send_replace(Cut { lingers });
    }
}

impl Drop for Rough {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of a new connection.
    fn fate(&self) -> Fate {
        let mut plan = self.plan();
        match plan.breaks {
            Some(Breaks { after, left: 1.. }) => Fate::CutUp(after),
            _ => plan.dice.as_mut().map_or(Fate::Whole, fate),
        }
    }

    /// One has broken.
    fn has_broken(&self) {
        if let Some(breaks) = &mut self.plan().breaks {
            breaks.left = breaks.left.saturating_sub(1);
        }
    }

    /// Whether what is sent is what is to stay unanswered; only once.
    fn stays_unanswered(&self, sent: &[u8]) -> bool {
        let mut plan = self.plan();
        let found = plan.unanswered.as_ref().is_some_and(|bytes| sent.windows(bytes.len()).any(|part| part == bytes));
        found && plan.unanswered.take().is_some()
    }
}

/// One connection in three comes to harm.
fn fate(dice: &mut StdRng) -> Fate {
    // Requests have some hundred bytes to some ten thousand.
    let up = 1 << dice.random_range(4..15);
    match dice.random_range(0..12) {
        0 => Fate::CutUp(dice.random_range(0..up)),
        1 => Fate::CutDown(dice.random_range(0..up)),
        2 => Fate::CutDown(0),
        3 => Fate::HalfClosed(dice.random_range(0..up)),
        4 => Fate::Slow(dice.random_range(1..30)),
        _ => Fate::Whole,
    }
}

/// Carries one connection, both ways, to its end or to where it breaks.
async fn carry(client: TcpStream, state: Arc<State>) {
    let mut cuts = state.cuts.subscribe();
    let Ok(server) = TcpStream::connect(("127.0.0.1", state.server)).await else { return };
    let fate = state.fate();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let pause = Duration::from_millis(if let Fate::Slow(ms) = fate { ms } else { 0 });
    let mute = AtomicBool::new(false);
    let limit_up = match fate {
        Fate::CutUp(n) | Fate::HalfClosed(n) => n,
        _ => usize::MAX,
    };
    let limit_down = if let Fate::CutDown(n) = fate { n } else { usize::MAX };
    let mut up = std::pin::pin!(async {
        let cut = pass(&mut from_client, &mut to_server, limit_up, pause, |sent| {
            mute.fetch_or(state.stays_unanswered(sent), Ordering::SeqCst);
            state.plan().sent += sent.len() as u64;
            true
        })
        .await;
        if cut {
            state.has_broken();
        }
        if !cut || matches!(fate, Fate::HalfClosed(_)) {
            // The other way goes on to its own end.
            let _ = to_server.shutdown().await;
            std::future::pending::<()>().await;
        }
    });
    let down = pass(&mut from_server, &mut to_client, limit_down, pause, |_| !mute.load(Ordering::SeqCst));
    tokio::select! {
        () = &mut up => {}
        _ = down => {}
        _ = cuts.changed() => {
            let lingers = cuts.borrow().lingers;
            let _ = tokio::time::timeout(lingers, up).await;
        }
    }
}

/// Passes bytes on, as long as each piece may; gives whether it stopped at the limit, and not at the end.
async fn pass(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    mut limit: usize,
    pause: Duration,
    may: impl Fn(&[u8]) -> bool,
) -> bool {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(n @ 1..) = from.read(&mut buffer).await else { return false };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let through = n.min(limit);
        if !may(&buffer[..through]) || to.write_all(&buffer[..through]).await.is_err() {
            return false;
        }
        limit -= through;
        if through < n {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_pass_up_to_the_limit_and_no_further() {
        for (limit, passed, cut) in [(usize::MAX, 6, false), (4, 4, true), (0, 0, true), (6, 6, false)] {
            let mut to = Vec::new();
            assert_eq!(pass(&mut &b"abcdef"[..], &mut to, limit, Duration::ZERO, |_| true).await, cut);
            assert_eq!(to, b"abcdef"[..passed]);
        }
    }

    #[test]
    fn the_dice_bring_every_fate_and_mostly_a_good_one() {
        let mut dice = StdRng::seed_from_u64(1);
        let fates: Vec<Fate> = (0..300).map(|_| fate(&mut dice)).collect();
        assert!(fates.iter().filter(|f| **f == Fate::Whole).count() > 120);
        assert!(fates.contains(&Fate::CutDown(0)));
        for kind in [Fate::CutUp(0), Fate::CutDown(0), Fate::HalfClosed(0), Fate::Slow(0)] {
            assert!(fates.iter().any(|f| std::mem::discriminant(f) == std::mem::discriminant(&kind)), "{kind:?}");
        }
    }
}
