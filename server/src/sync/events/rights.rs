//! Looking after who listens: their rights are looked up again, their tokens end, and they get signs of life. Each second some of them
//! have their turn, so that ten thousand are not a burst.

use std::{sync::Arc, time::Duration};

use super::listeners::Listener;
use crate::{
    app::{App, now_ms},
    auth::hearing::{self, Who},
    error::{ErrorCode, Problem},
};

/// Seconds between two signs of life: proxies close what is silent for longer than 30.
const BEAT_EVERY_S: u64 = 25;
/// Seconds between two looks at the rights of the same listener, where nothing told of a change.
const CHECK_EVERY_S: u64 = 60;
/// Most people looked up at once.
const AT_ONCE: usize = 1_000;

/// Looks after them until the server stops.
pub async fn tend(app: App) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    for second in 0.. {
        tick.tick().await;
        let (listeners, now) = (app.listeners.all(), now_ms());
        for listener in &listeners {
            if listener.until_ms <= now {
                listener.tell(|due| due.bye(ErrorCode::TokenExpired));
            } else if has_turn(listener.seat, second, BEAT_EVERY_S) {
                listener.tell(|due| due.beat());
            }
        }
        let is_due = |l: &&Arc<Listener>| l.is_due_for_check(now) || has_turn(l.seat, second, CHECK_EVERY_S);
        let due: Vec<Arc<Listener>> = listeners.iter().filter(is_due).cloned().collect();
        if let Err(problem) = check(&app, &due).await {
            tracing::warn!(%problem, "rights of listeners could not be looked up; it will be tried again");
        }
    }
}

fn has_turn(seat: u64, second: u64, every_s: u64) -> bool {
    seat % every_s == second % every_s
}

/// Looks up what these may hear of now; who may hear of nothing any more is sent away.
pub async fn check(app: &App, listeners: &[Arc<Listener>]) -> Result<(), Problem> {
    for some in listeners.chunks(AT_ONCE) {
        let who: Vec<Who> = some.iter().map(|listener| listener.who.clone()).collect();
        for (listener, hearing) in some.iter().zip(hearing::of(&app.db, &who, now_ms()).await?) {
            listener.hears(hearing);
        }
    }
    Ok(())
}
