//! The office's word on members' days: one or many alike, and the second person's where a word counts against somebody.

use mobile_schema::derived_id;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zhucun_presence::{approval::takes_two, day::parse, decide::Verdict};

use super::store::words;
use crate::{
    app::App,
    auth::Principal,
    error::{ErrorCode, Problem},
    office::deciding::write_all,
    sync::drafts::{Draft, Saw},
};

/// Most days of one request.
const MOST_DAYS: usize = 200;

/// A member's day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MemberDay {
    /// The member.
    pub person: String,
    /// The day.
    pub day: String,
}

/// What days count as, by the office's word.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct DecideDays {
    /// Which; 200 at most. All or none is written.
    pub days: Vec<MemberDay>,
    /// What they count as.
    pub verdict: Verdict,
    /// Why, for the members to read.
    pub reason: String,
}

/// Days on which a second person agrees with what somebody else decided.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AgreeDays {
    /// Which; 200 at most. All or none is written.
    pub days: Vec<MemberDay>,
}

/// What was written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DecidedDays {
    /// How many days.
    pub count: usize,
    /// Whether a second person must agree before it holds.
    pub takes_another: bool,
    /// By which all of it can be undone.
    pub batch: Option<String>,
}

/// Decides days.
pub async fn decide(app: &App, who: &Principal, asked: &DecideDays) -> Result<DecidedDays, Problem> {
    let days = checked(&asked.days)?;
    if asked.reason.trim().is_empty() {
        return Err(Problem::new(ErrorCode::BadRequest, "reason: say why; the member reads it"));
    }
    let fields = |day: &MemberDay| {
        // Whoever agreed with an earlier word did not agree with this one.
        json!({"person": day.person, "day": day.day, "verdict": asked.verdict, "reason": asked.reason, "second": null})
    };
    let drafts = days.iter().map(|day| draft(day, fields(day))).collect();
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays {
        count: days.len(),
        takes_another: takes_two(asked.verdict),
        batch: batch.map(|batch| batch.to_string()),
    })
}

/// Agrees with what somebody else decided.
pub async fn agree(app: &App, who: &Principal, asked: &AgreeDays) -> Result<DecidedDays, Problem> {
    let days = checked(&asked.days)?;
    let words = words::of_days(&app.db.read, &days).await?;
    let mut drafts = Vec::with_capacity(days.len());
    for day in &days {
        let word = words.get(day).ok_or_else(|| {
            Problem::new(ErrorCode::NotFound, format!("nobody decided {} of {}", day.day, day.person))
        })?;
        if word.decided_by == who.person {
            let detail = format!("you decided {} of {} yourself", day.day, day.person);
            return Err(Problem::new(ErrorCode::TakesAnother, detail));
        }
        drafts.push(draft(day, json!({"second": word.verdict})));
    }
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays { count: days.len(), takes_another: false, batch: batch.map(|batch| batch.to_string()) })
}

pub(super) fn checked(days: &[MemberDay]) -> Result<Vec<MemberDay>, Problem> {
    let bad = |detail: String| Err(Problem::new(ErrorCode::BadRequest, detail));
    if days.is_empty() || days.len() > MOST_DAYS {
        return bad(format!("days: 1 to {MOST_DAYS}"));
    }
    if let Some(day) = days.iter().find(|day| parse(&day.day).is_none()) {
        return bad(format!("{}: a day is written YYYY-MM-DD", day.day));
    }
    let mut days = days.to_vec();
    days.sort_unstable();
    days.dedup();
    Ok(days)
}

fn draft(day: &MemberDay, fields: Value) -> Draft {
    let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
    let id = derived_id("review", &[&day.person, &day.day]);
    Draft { scope: format!("{}/own", day.person), kind: "review", id, fields, saw: Saw::Current, tpl: None }
}
