//! The office's word on members' days: one or many alike, and the second person's where a word counts against somebody; answers to objections;
//! and questions to members.

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

/// What the office says to objections.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AnswerAppeals {
    /// To those on these days; 200 at most. All or none is written.
    pub days: Vec<MemberDay>,
    /// Whether the office agrees with the members.
    pub answer: AppealAnswer,
    /// Why, for the members to read.
    pub text: String,
}

/// Whether the office agrees with an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppealAnswer {
    /// It does. What the day counts as then is decided by itself.
    Upheld,
    /// It does not; which holds once a second person agrees.
    Rejected,
}

/// What the office asks members.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AskMembers {
    /// About these days; 200 at most. All or none is written.
    pub days: Vec<MemberDay>,
    /// For the members to read, and to answer from their phones.
    pub question: String,
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
    said("reason", &asked.reason)?;
    let fields = |day: &MemberDay| {
        // Whoever agreed with an earlier word did not agree with this one.
        json!({"person": day.person, "day": day.day, "verdict": asked.verdict, "reason": asked.reason, "second": null})
    };
    let drafts = days.iter().map(|day| draft("review", day, fields(day))).collect();
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays {
        count: days.len(),
        takes_another: takes_two(asked.verdict),
        batch: batch.map(|batch| batch.to_string()),
    })
}

/// Agrees with what somebody else decided on these days: with their word, and with their answer to an objection.
pub async fn agree(app: &App, who: &Principal, asked: &AgreeDays) -> Result<DecidedDays, Problem> {
    let days = checked(&asked.days)?;
    let words = words::of_days(&app.db.read, &days).await?;
    let appeals = words::appeals(&app.db.read, &days).await?;
    let mut drafts = Vec::with_capacity(days.len());
    for day in &days {
        let word = words.get(day).map(|word| ("review", &word.decided_by, &word.verdict));
        // An objection that was agreed with needs nobody else.
        let answer = appeals.get(day).filter(|appeal| appeal.answer.as_deref() == Some("rejected"));
        let answer = answer.and_then(|appeal| Some(("appeal", &appeal.answered_by, appeal.answer.as_ref()?)));
        let said: Vec<_> = word.into_iter().chain(answer).collect();
        if said.is_empty() {
            return Err(Problem::new(ErrorCode::NotFound, format!("nobody decided {} of {}", day.day, day.person)));
        }
        let others: Vec<_> = said.into_iter().filter(|(_, by, _)| **by != who.person).collect();
        if others.is_empty() {
            let detail = format!("you decided {} of {} yourself", day.day, day.person);
            return Err(Problem::new(ErrorCode::TakesAnother, detail));
        }
        drafts.extend(others.into_iter().map(|(kind, _, said)| draft(kind, day, json!({"second": said}))));
    }
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays { count: days.len(), takes_another: false, batch: batch.map(|batch| batch.to_string()) })
}

/// Answers objections.
pub async fn answer(app: &App, who: &Principal, asked: &AnswerAppeals) -> Result<DecidedDays, Problem> {
    let days = checked(&asked.days)?;
    said("text", &asked.text)?;
    let appeals = words::appeals(&app.db.read, &days).await?;
    if let Some(day) = days.iter().find(|day| !appeals.contains_key(day)) {
        return Err(Problem::new(ErrorCode::NotFound, format!("{} did not object to {}", day.person, day.day)));
    }
    // Whoever agreed with an earlier answer did not agree with this one.
    let fields = json!({"answer": asked.answer, "answer_text": asked.text, "second": null});
    let drafts = days.iter().map(|day| draft("appeal", day, fields.clone())).collect();
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays {
        count: days.len(),
        takes_another: asked.answer == AppealAnswer::Rejected,
        batch: batch.map(|batch| batch.to_string()),
    })
}

/// Asks members about days. Who was asked before is asked anew: what was answered stays with the earlier question, in the history of the record.
pub async fn ask(app: &App, who: &Principal, asked: &AskMembers) -> Result<DecidedDays, Problem> {
    let days = checked(&asked.days)?;
    said("question", &asked.question)?;
    let earlier = words::inquiries(&app.db.read, &days).await?;
    let fields = |day: &MemberDay| {
        let mut fields = json!({"person": day.person, "day": day.day, "question": asked.question});
        // Only an answer that was seen is taken away: one that is under way is to arrive.
        if earlier.get(day).is_some_and(|asked| asked.answer.is_some()) {
            fields["answer"] = Value::Null;
        }
        fields
    };
    let drafts = days.iter().map(|day| draft("inquiry", day, fields(day))).collect();
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays { count: days.len(), takes_another: false, batch: batch.map(|batch| batch.to_string()) })
}

fn said(name: &str, text: &str) -> Result<(), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new(ErrorCode::BadRequest, format!("{name}: say something; the member reads it")));
    }
    Ok(())
}

fn checked(days: &[MemberDay]) -> Result<Vec<MemberDay>, Problem> {
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

fn draft(kind: &'static str, day: &MemberDay, fields: Value) -> Draft {
    let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
    let id = derived_id(kind, &[&day.person, &day.day]);
    Draft { scope: format!("{}/own", day.person), kind, id, fields, saw: Saw::Current, tpl: None }
}
