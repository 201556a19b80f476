//! Waiting on conditions, never for a fixed time.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long anything here may take at most. A loaded machine with two cores is slow; a hang is still told from it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer. After [`PATIENCE`] it fails, naming what was waited for and what was seen last.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<Seen<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(5);
    loop {
        let last = match ask().await? {
            Seen::Yes(answer) => return Ok(answer),
            Seen::NotYet(last) => last,
        };
        if Instant::now() > deadline {
            bail!("waited in vain for {what}; last seen: {last}");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// What a look showed.
pub enum Seen<T> {
    /// What was waited for.
    Yes(T),
    /// Something else, for the message if it stays so.
    NotYet(String),
}

impl Seen<()> {
    /// `Yes` if it holds.
    pub fn when(holds: bool, seen: impl Into<String>) -> Self {
        if holds { Seen::Yes(()) } else { Seen::NotYet(seen.into()) }
    }
}
