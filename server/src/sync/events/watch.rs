//! Watches the feeds on behalf of who listens. Something says "look" (a commit here, a server elsewhere, someone who came, the clock); then
//! the positions of all scopes are read and compared with those of the last look, and who may hear of what moved is poked.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{sync::Notify, time::Instant};

use super::{listeners::Listener, rights};
use crate::{
    app::{App, random_bytes},
    error::Problem,
    storage::pokes::{self, Positions},
};

/// Two looks are at least so far apart: nobody is poked more often.
const PACE: Duration = Duration::from_millis(250);
/// And so many times as long as a look takes: looking never takes more than a small part of the database.
const SHARE: u32 = 10;
/// A look by the clock, while anybody listens: finds what nothing told of.
const CLOCK: Duration = Duration::from_secs(3);

/// Watches until the server stops.
pub async fn run(app: App) {
    let (teller, heard) = (hex::encode(random_bytes::<8>()), Arc::new(Notify::new()));
    let hearing = pokes::hear(&app.config.database_url, &teller, heard.clone());
    let watching = Watch { app: &app, teller: &teller, heard, known: None }.run();
    tokio::join!(hearing, watching);
}

struct Watch<'a> {
    app: &'a App,
    teller: &'a str,
    heard: Arc<Notify>,
    /// As of the last look; none while nobody listens.
    known: Option<Positions>,
}

impl Watch<'_> {
    async fn run(mut self) {
        let mut not_before = Instant::now();
        loop {
            let stirred = self.wait().await;
            // What else happens meanwhile is seen by the same look.
            tokio::time::sleep_until(not_before).await;
            let began = Instant::now();
            if stirred && let Err(error) = pokes::tell(&self.app.db, self.teller).await {
                tracing::warn!(%error, "other servers could not be told; they look by the clock");
            }
            if let Err(problem) = self.look().await {
                tracing::warn!(%problem, "the feeds could not be looked at; it will be tried again");
            }
            not_before = began + PACE.max(began.elapsed() * SHARE);
        }
    }

    /// Waits for a reason to look; whether it was a commit of this process.
    async fn wait(&self) -> bool {
        let clock = async {
            match self.known {
                Some(_) => tokio::time::sleep(CLOCK).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // First: others are to be told, whatever else there is.
            biased;
            () = self.app.db.stirred() => true,
            () = self.heard.notified() => false,
            () = self.app.listeners.came() => false,
            () = clock => false,
        }
    }

    async fn look(&mut self) -> Result<(), Problem> {
        if self.app.listeners.count() == 0 {
            self.known = None;
            return Ok(());
        }
        let now = pokes::positions(&self.app.db).await?;
        let listeners = self.app.listeners.all();
        if let Some(before) = &self.known {
            let moved = moved(before, &now);
            if !moved.is_empty() {
                check_rights(self.app, &listeners, &moved).await?;
                listeners.iter().for_each(|listener| listener.poke(&moved));
                tell_standings(self.app, &listeners, &moved, before).await?;
            }
        }
        // Whoever came since is compared for from here on; what moved earlier they have to ask for.
        listeners.iter().for_each(|listener| listener.greet());
        self.known = Some(now);
        Ok(())
    }
}

/// Scopes whose position is another, sorted. Pure.
fn moved(before: &Positions, now: &Positions) -> Vec<Arc<str>> {
    let other = now.iter().filter(|(scope, pos)| before.get(*scope) != Some(*pos));
    let mut moved: Vec<Arc<str>> = other.map(|(scope, _)| Arc::from(scope.as_str())).collect();
    moved.sort_unstable();
    moved
}

/// Before anybody is poked: grants and enrolments lie in people's own scopes, and what bears on everybody in rosters.
async fn check_rights(app: &App, listeners: &[Arc<Listener>], moved: &[Arc<str>]) -> Result<(), Problem> {
    let all = moved.iter().any(|scope| scope.ends_with("/roster"));
    let concerned = listeners.iter().filter(|listener| all || is_among(listener.own_scope(), moved));
    rights::check(app, &concerned.cloned().collect::<Vec<_>>()).await
}

async fn tell_standings(
    app: &App,
    listeners: &[Arc<Listener>],
    moved: &[Arc<str>],
    before: &Positions,
) -> Result<(), Problem> {
    let own: BTreeSet<&str> =
        listeners.iter().map(|listener| listener.own_scope()).filter(|own| is_among(own, moved)).collect();
    let behind: Vec<(&str, i64)> =
        own.into_iter().map(|scope| (scope, before.get(scope).copied().unwrap_or(0))).collect();
    let told: BTreeSet<String> = pokes::with_new_standings(&app.db, &behind).await?.into_iter().collect();
    for listener in listeners.iter().filter(|listener| told.contains(listener.own_scope())) {
        listener.tell(|due| due.standing());
    }
    Ok(())
}

fn is_among(scope: &str, sorted: &[Arc<str>]) -> bool {
    sorted.binary_search_by(|one| (**one).cmp(scope)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_is_what_is_new_or_elsewhere() {
        let positions = |all: &[(&str, i64)]| all.iter().map(|(s, p)| ((*s).to_owned(), *p)).collect::<Positions>();
        let before = positions(&[("a/own", 3), ("b/own", 1), ("c/own", 7)]);
        // A restored server may be behind what it was: that is news too.
        let now = positions(&[("a/own", 3), ("b/own", 2), ("c/own", 5), ("d/own", 1)]);
        let moved = moved(&before, &now);
        assert_eq!(moved.iter().map(|s| &**s).collect::<Vec<_>>(), ["b/own", "c/own", "d/own"]);
        assert!(is_among("c/own", &moved) && !is_among("a/own", &moved));
    }
}
