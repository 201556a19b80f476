//! Erases photos that were kept for as long as a rule says. A round can be cut short anywhere: the next finds what is left.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use sync_protocol::RecordKey;

use super::{
    due::Applies,
    erase::{self, Done},
    store::{self, walk::Walk},
};
use crate::{
    app::{App, now_ms},
    office::store::erasable,
    storage::{
        Db,
        turns::{self, Turn},
    },
    sync::committer::Committer,
};

/// Most operations of a round, of which a photo has one or two, so that one does not keep phones waiting for long: an hour later comes the next.
const MOST: usize = 20_000;

/// What a round is to go by.
#[derive(Debug, Clone)]
pub struct Round {
    /// Nothing goes before it was here for so many days.
    pub floor_days: u32,
    /// In which a day is a day.
    pub time_zone: TimeZone,
    /// Now, ms.
    pub now_ms: i64,
}

/// Erases until the server stops.
pub async fn run(app: App) {
    let config = &app.config;
    if config.retention_every_s == 0 {
        return;
    }
    let mut tick = tokio::time::interval(Duration::from_secs(config.retention_every_s));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let (floor_days, time_zone) = (config.retention_floor_days, config.time_zone.clone());
        let round = Round { floor_days, time_zone, now_ms: now_ms() };
        match round.run(&app.db, &app.committer).await {
            Ok(Done { erased: 0, .. }) => {}
            Ok(done) => tracing::info!(?done, "photos that were kept for as long as the rules say were erased"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "erasing photos that are due failed; it will be tried again");
            }
        }
    }
}

impl Round {
    /// Erases what is due. Where another server is at it, nothing.
    pub async fn run(&self, db: &Db, committer: &Committer) -> anyhow::Result<Done> {
        let terms = store::terms(db, self.floor_days).await?;
        let mut done = Done::default();
        if terms.rules.is_empty() {
            return Ok(done);
        }
        let turn = db.snapshot().await?;
        if !turns::try_take(&turn, Turn::Retention).await? {
            return Ok(done);
        }
        let today = day(self.now_ms, &self.time_zone);
        for scope in store::scopes(&db.read).await? {
            let Some(applies) = terms.of(&scope, &today) else { continue };
            let mut walk = Walk::new(db, &scope, applies.clause, self.floor_days, self.now_ms);
            while let Some(due) = walk.next().await? {
                let keys: Vec<RecordKey> = due.into_keys().collect();
                let ops = erasable::of_records(&db.read, keys).await?;
                let Done { erased, held } = erase::erase(db, committer, &ops, &reason(&applies)).await?;
                done = Done { erased: done.erased + erased, held: done.held + held };
                if done.erased >= MOST {
                    return Ok(done);
                }
            }
        }
        turn.commit().await?;
        Ok(done)
    }
}

/// The day of that moment, `YYYY-MM-DD`.
pub fn day(at_ms: i64, time_zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX);
    at.to_zoned(time_zone.clone()).date().to_string()
}

/// Why, for people to read: an erasure carries its reason.
fn reason(applies: &Applies<'_>) -> String {
    let (rule, days) = (applies.rule, applies.clause.keep_days);
    let name = if rule.title.is_empty() { &rule.id } else { &rule.title };
    format!("依“{name}”（{}）保存期满 {days} 天，予以清除 (kept for {days} days, as the rule says)", rule.place)
}
