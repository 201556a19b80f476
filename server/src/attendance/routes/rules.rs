//! Rules of attendance over HTTP: which there are, what they say, whether a document is sound, what it would change.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_presence::{
    decide::Verdict,
    month::Sums,
    reason::Reason,
    rule::{
        check::{self, Fault},
        holidays,
        shipped::{self, Shipped},
        words::{Sentence, words},
    },
};

use super::{court, day};
use crate::{
    app::{App, now_ms},
    attendance::{
        asker::Asker,
        store::{
            read::{ListError, Wanted},
            trying,
        },
    },
    auth::{Office, SignedIn},
    error::{ErrorCode, Problem},
    extract::{Json, Query},
    registry::store::rules,
    storage::entities::rule,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(shipped_rules))
        .routes(routes!(checked))
        .routes(routes!(tried))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RulesQuery {
    /// `attendance`, or `holidays`; the first when missing.
    key: Option<String>,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
struct RuleView {
    /// Where it holds: a district, town or village.
    place: String,
    /// Id of its record in the place's roster.
    id: String,
    /// Title for people.
    title: String,
    /// First day of effect.
    from: String,
    /// Last day of effect; open when null.
    to: Option<String>,
    /// What it says.
    #[schema(value_type = Object)]
    body: Value,
    /// What it says, in sentences.
    words: Vec<Sentence>,
    /// What is wrong with it: then it is not gone by.
    faults: Vec<Fault>,
}

/// What a document comes to.
fn read(key: &str, body: &Value) -> (Vec<Sentence>, Vec<Fault>) {
    let read = match key {
        holidays::KEY => check::read_holidays(body).map(|_| Vec::new()),
        _ => check::read(body).map(|rule| words(&rule)),
    };
    read.map_or_else(|faults| (Vec::new(), faults), |words| (words, Vec::new()))
}

/// All rules of that key, by place and first day of effect. The narrowest place goes first, and there what began last.
#[utoipa::path(get, path = "/v1/attendance/rules", tag = "attendance", security(("token" = [])), params(RulesQuery),
    responses((status = 200, body = Vec<RuleView>)))]
async fn list(
    State(app): State<App>,
    _who: SignedIn,
    Query(query): Query<RulesQuery>,
) -> Result<Json<Vec<RuleView>>, Problem> {
    let key = query.key.as_deref().unwrap_or(zhucun_presence::rule::KEY);
    let view = |row: rule::Model| {
        let body = serde_json::from_str(&row.body).unwrap_or(Value::Null);
        let (words, faults) = read(key, &body);
        RuleView {
            place: row.place,
            id: row.id,
            title: row.title,
            from: row.from_day,
            to: row.to_day,
            body,
            words,
            faults,
        }
    };
    Ok(Json(rules(&app.db.read, key).await?.into_iter().map(view).collect()))
}

/// A rule set to begin with.
#[derive(Debug, Serialize, ToSchema)]
struct ShippedView {
    /// Its name.
    name: &'static str,
    /// `attendance` or `holidays`.
    key: &'static str,
    /// Its title in Chinese.
    zh: &'static str,
    /// In English.
    en: &'static str,
    /// What it says.
    #[schema(value_type = Object)]
    body: Value,
    /// What it says, in sentences.
    words: Vec<Sentence>,
}

/// Rule sets to begin with: to be read, tried on past days, changed, and only then written as a record of kind `rule`.
#[utoipa::path(get, path = "/v1/attendance/rules/shipped", tag = "attendance", security(("token" = [])),
    responses((status = 200, body = Vec<ShippedView>)))]
async fn shipped_rules(_who: SignedIn) -> Json<Vec<ShippedView>> {
    let view = |one: Shipped| {
        let body = serde_json::from_str(one.body).unwrap_or(Value::Null);
        let (words, _) = read(one.key, &body);
        ShippedView { name: one.name, key: one.key, zh: one.zh, en: one.en, body, words }
    };
    Json(shipped::ALL.into_iter().map(view).collect())
}

/// A document to look at.
#[derive(Debug, Deserialize, ToSchema)]
struct CheckRequest {
    /// `attendance`, or `holidays`; the first when missing.
    key: Option<String>,
    /// The document.
    #[schema(value_type = Object)]
    body: Value,
}

/// What a document says, and what is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
struct CheckView {
    /// What it says, in sentences; nothing where something is wrong.
    words: Vec<Sentence>,
    /// All that is wrong with it.
    faults: Vec<Fault>,
}

/// Whether a document is sound, and what it says. Nothing is written.
#[utoipa::path(post, path = "/v1/attendance/rules/check", tag = "attendance", security(("token" = [])), request_body = CheckRequest,
    responses((status = 200, body = CheckView)))]
async fn checked(_who: SignedIn, Json(asked): Json<CheckRequest>) -> Json<CheckView> {
    let (words, faults) = read(asked.key.as_deref().unwrap_or_default(), &asked.body);
    Json(CheckView { words, faults })
}

/// A rule to try on days that are past.
#[derive(Debug, Deserialize, ToSchema)]
struct TryRequest {
    /// Where it would hold: a district, town or village. Narrower rules go on to hold there.
    place: String,
    /// The document.
    #[schema(value_type = Object)]
    body: Value,
    /// First day.
    from: String,
    /// Last day.
    to: String,
}

/// What a rule would have changed.
#[derive(Debug, Serialize, ToSchema)]
struct TryView {
    /// Member-days that were looked at.
    days: usize,
    /// How many would count as something else.
    changed: usize,
    /// Members of whom a day or a sum would be another.
    members: Vec<MemberView>,
}

/// A member of whom something would be other.
#[derive(Debug, Serialize, ToSchema)]
struct MemberView {
    /// The member.
    person: String,
    /// By the rules as they are.
    before: Sums,
    /// By the rule that is tried.
    after: Sums,
    /// Days that would count as something else.
    days: Vec<ChangedDay>,
}

/// A day that would count as something else.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedDay {
    /// The day.
    day: String,
    /// By the rules as they are.
    before: Verdict,
    /// By the rule that is tried.
    after: Verdict,
    /// Why, by the rule that is tried.
    reasons: Vec<Reason>,
}

/// Who would have counted for what, and why, had this rule held in these days. Nothing is written.
#[utoipa::path(post, path = "/v1/attendance/rules/try", tag = "attendance", security(("token" = [])), request_body = TryRequest,
    responses((status = 200, body = TryView), (status = 422, description = "`rule_refused`: see detail.")))]
async fn tried(
    State(app): State<App>,
    _who: Office,
    asker: Asker,
    Json(asked): Json<TryRequest>,
) -> Result<Json<TryView>, Problem> {
    let rule = check::read(&asked.body).map_err(|faults| {
        let told: Vec<String> = faults.into_iter().map(|f| format!("{}: {}: {}", f.path, f.code, f.en)).collect();
        Problem::new(ErrorCode::RuleRefused, told.join("; "))
    })?;
    let court = court(&app, Some(&asked.place)).await?;
    let wanted = Wanted {
        place: Some(asked.place.clone()),
        person: None,
        from: day(&asked.from)?,
        to: day(&asked.to)?,
        today: court.calendar.day_of(now_ms()),
    };
    let tried = trying::run(&app.db.read, &court, &asker, &wanted, (&asked.place, rule)).await;
    let (members, days) = tried.map_err(|error| match error {
        ListError::TooMany => {
            Problem::new(ErrorCode::BadRequest, "Too many days of members at once; try a smaller place or fewer days.")
        }
        ListError::Db(error) => error.into(),
    })?;
    let member = |changed: trying::Changed| MemberView {
        person: changed.person,
        before: changed.before,
        after: changed.after,
        days: changed
            .days
            .into_iter()
            .map(|(day, before, after)| ChangedDay {
                day,
                before: before.verdict,
                after: after.verdict,
                reasons: after.reasons,
            })
            .collect(),
    };
    let changed = members.iter().map(|member| member.days.len()).sum();
    Ok(Json(TryView { days, changed, members: members.into_iter().map(member).collect() }))
}
