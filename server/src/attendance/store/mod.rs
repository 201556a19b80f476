//! The rooms of this feature that touch the database: thin, and always for many days at once.
//!
//! - [`handlers`]: the jobs. A batch of `member_day` costs the same few statements whether it has one subject or thousands.
//! - [`fixes`]: gives verdicts to fixes that have none.
//! - [`days`]: reads what the verdicts of many days are made of.
//! - [`verdicts`]: writes verdicts that changed, keeps what they were, tells the feed.
//! - [`expand`]: which days hang on a leave, a station or a fence.
//! - [`read`]: what the API shows, to whom.
//! - [`sql`]: statements over many keys.

pub mod days;
pub mod expand;
pub mod fixes;
pub mod handlers;
pub mod read;
pub mod sql;
pub mod verdicts;

pub use handlers::job_handlers;

use super::{day::Calendar, rule::Rule};
use crate::config::Config;

/// By what days are judged.
#[derive(Debug, Clone)]
pub struct Court {
    /// What a day is.
    pub calendar: Calendar,
    /// What counts. The next version reads it from records, by place and day.
    pub rule: Rule,
}

impl Court {
    /// As configured.
    pub fn of(config: &Config) -> Self {
        Self { calendar: Calendar(config.time_zone.clone()), rule: Rule::default() }
    }
}
