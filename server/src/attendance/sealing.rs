//! The office signs a month off and seals it, unseals it, and takes note of what newer code decides otherwise. Who may decide what days count as may do
//! these: office or admin over the members' district.

use std::collections::{BTreeMap, BTreeSet};

use mobile_schema::{Place, derived_id};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zhucun_presence::{
    decide::{PresenceVerdict, decide},
    inputs::DayInputs,
    month::Month,
    rule::ENGINE,
    seal::Sealed,
};

use super::{
    deciding::{DecidedDays, MemberDay, checked},
    seals::{Act, holding},
    store::{
        Court,
        book::is_code,
        days,
        read::{self, MAX_MEMBER_DAYS, Wanted},
        seals, together,
    },
};
use crate::{
    app::{App, now_ms, random_bytes},
    auth::Principal,
    error::{ErrorCode, Problem},
    office::deciding::write_all,
    sync::drafts::{Draft, Saw},
};

/// A month to sign off.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SealMonth {
    /// A village, a town or other division, or a district.
    pub place: String,
    /// `YYYY-MM`. It has ended.
    pub month: String,
    /// Whether days that nobody could decide stay so.
    #[serde(default)]
    pub with_open: bool,
    /// Why. It must be said where the month of a village is sealed already.
    #[serde(default)]
    pub reason: String,
}

/// A month to unseal.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct LiftSeal {
    /// A village, a town or other division, or a district.
    pub place: String,
    /// `YYYY-MM`.
    pub month: String,
    /// Why.
    pub reason: String,
}

/// What the office took note of.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Acknowledge {
    /// Which days; 200 at most. All or none is written.
    pub days: Vec<MemberDay>,
    /// Of what.
    #[serde(default)]
    pub code: Notable,
    /// What the office says to it.
    #[serde(default)]
    pub reason: String,
}

/// Matters that need no word on the day, and end once somebody took note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Notable {
    /// Newer code judges the day otherwise.
    #[default]
    EngineChanged,
    /// The member and others always record at the same time and place.
    AsOne,
}

/// What was sealed or unsealed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SealedMonth {
    /// The signing.
    pub act: Option<String>,
    /// How many villages.
    pub villages: usize,
    /// How many members' months.
    pub members: usize,
    /// How many days stay open.
    pub open: usize,
}

/// A day that nobody could decide.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpenDay {
    /// Whose.
    pub person: String,
    /// Which.
    pub day: String,
    /// Where.
    pub village: String,
    /// Why it is open, in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

type Unsealed = BTreeMap<(String, String), Sealed>;

/// Signs off the month of all villages of a place. Each day is decided on the spot, so that nothing that came in is left out.
pub async fn seal(app: &App, who: &Principal, court: &Court, asked: &SealMonth) -> Result<SealedMonth, Problem> {
    let month = month(&asked.month)?;
    let now_ms = now_ms();
    if court.calendar.day_of(now_ms) <= month.last() {
        return Err(Problem::new(ErrorCode::MonthOpen, format!("{month} ends with {}", month.last())));
    }
    let months = of_place(app, who, court, &asked.place, month).await?;
    if months.is_empty() {
        return Err(Problem::new(ErrorCode::NotFound, format!("nobody was stationed there in {month}")));
    }
    let open: Vec<OpenDay> = months.iter().flat_map(|(names, body)| open_days(names, body)).collect();
    if !open.is_empty() && !asked.with_open {
        let detail = format!("{} days are open; decide them, or say with_open", open.len());
        return Err(Problem::new(ErrorCode::OpenDays, detail).with("open", &open));
    }
    let villages: BTreeSet<String> = months.keys().map(|(village, _)| village.clone()).collect();
    let signed = seals::of_villages(&app.db.read, &villages.iter().cloned().collect::<Vec<_>>(), month).await?;
    if let Some(act) = holding(&signed, None).first().filter(|_| asked.reason.trim().is_empty()) {
        let detail = format!("{} is sealed since {}; say the reason", act.village, act.at_ms);
        return Err(Problem::new(ErrorCode::SealedAlready, detail));
    }
    let act = hex::encode(random_bytes::<8>());
    let members = months.len();
    let drafts = months.iter().map(|((village, person), body)| {
        let fields = json!({
            "person": person, "village": village, "month": month.to_string(), "act": act, "at": now_ms, "body": body,
            "reason": Some(asked.reason.trim()).filter(|reason| !reason.is_empty()),
        });
        draft(person, "seal", format!("{month}.{village}.{act}"), fields)
    });
    write_all(app, who, drafts.collect()).await?;
    Ok(SealedMonth { act: Some(act), villages: villages.len(), members, open: open.len() })
}

/// Unseals what holds of a place's month.
pub async fn lift(app: &App, who: &Principal, asked: &LiftSeal) -> Result<SealedMonth, Problem> {
    let month = month(&asked.month)?;
    if asked.reason.trim().is_empty() {
        return Err(Problem::new(ErrorCode::BadRequest, "reason: say why"));
    }
    let signed = seals::of_place(&app.db.read, &asked.place, month).await?;
    let holding: Vec<&Act> = holding(&signed, None);
    if holding.is_empty() {
        return Err(Problem::new(ErrorCode::NotFound, format!("nothing of {month} is sealed there")));
    }
    let rows = seals::of_acts(&app.db.read, month, &holding).await?;
    let fields = json!({"lifted": asked.reason.trim()});
    let drafts = rows.iter().map(|row| draft(&row.person, "seal", row.id.clone(), fields.clone()));
    write_all(app, who, drafts.collect()).await?;
    Ok(SealedMonth { act: None, villages: holding.len(), members: rows.len(), open: 0 })
}

/// Takes note of what the code of now decides otherwise; or of who moves as one, as it is found now.
pub async fn acknowledge(app: &App, who: &Principal, asked: &Acknowledge) -> Result<DecidedDays, Problem> {
    let days = checked(&asked.days)?;
    let found = match asked.code {
        Notable::EngineChanged => BTreeMap::new(),
        Notable::AsOne => together::found(&app.db.read, &days).await?,
    };
    let mut drafts = Vec::with_capacity(days.len());
    for day in &days {
        let mut fields = json!({"person": day.person, "day": day.day, "reason": asked.reason});
        match (asked.code, found.get(day)) {
            (Notable::EngineChanged, _) => fields["engine"] = ENGINE.into(),
            (Notable::AsOne, Some(group)) => fields["as_one"] = json!(group.to_note()),
            (Notable::AsOne, None) => {
                let detail = format!("nothing of that kind waits for {} on {}", day.person, day.day);
                return Err(Problem::new(ErrorCode::NotFound, detail));
            }
        }
        let id = derived_id("acknowledgement", &[&day.person, &day.day]);
        drafts.push(draft(&day.person, "acknowledgement", id, fields));
    }
    let batch = write_all(app, who, drafts).await?;
    Ok(DecidedDays { count: days.len(), takes_another: false, batch: batch.map(|batch| batch.to_string()) })
}

/// The month that is written so.
pub fn month(text: &str) -> Result<Month, Problem> {
    Month::parse(text).ok_or_else(|| Problem::new(ErrorCode::BadRequest, "month: written YYYY-MM"))
}

/// What there is to seal, by village and member, to who may sign for all of them.
async fn of_place(app: &App, who: &Principal, court: &Court, place: &str, month: Month) -> Result<Unsealed, Problem> {
    let days = month.days();
    let (from, to) = (month.first(), month.last());
    let wanted = Wanted { place: Some(place.to_owned()), person: None, from, to, today: to };
    let people = read::posted(&app.db.read, court, &wanted).await?;
    for person in people.keys().filter_map(|person| Place::parse(person)) {
        who.office_over(&person)?;
    }
    if people.len().saturating_mul(days.len()) > MAX_MEMBER_DAYS {
        return Err(Problem::new(ErrorCode::BadRequest, "place: too many members at once; seal it by its towns"));
    }
    let wanted = people.keys().flat_map(|person| days.iter().map(move |day| (person.clone(), *day))).collect();
    let inputs = days::load(&app.db.read, court, &wanted).await?.inputs;
    let decided: Vec<(DayInputs, PresenceVerdict)> = inputs
        .into_iter()
        .map(|day| {
            let verdict = decide(&day);
            (day, verdict)
        })
        .collect();
    let mut months: BTreeMap<(String, String), Vec<(&DayInputs, &PresenceVerdict)>> = BTreeMap::new();
    for (day, verdict) in &decided {
        if let Some(village) = verdict.village.as_ref().filter(|village| !is_code(place) || village.starts_with(place))
        {
            months.entry((village.clone(), day.person.clone())).or_default().push((day, verdict));
        }
    }
    Ok(months.into_iter().map(|(names, days)| (names, Sealed::of(&days))).collect())
}

fn open_days((village, person): &(String, String), body: &Sealed) -> Vec<OpenDay> {
    let open = body.open().map(|day| OpenDay {
        person: person.clone(),
        day: day.day.clone(),
        village: village.clone(),
        zh: day.zh.clone(),
        en: day.en.clone(),
    });
    open.collect()
}

fn draft(person: &str, kind: &'static str, id: String, fields: Value) -> Draft {
    let fields: Map<String, Value> = fields.as_object().cloned().unwrap_or_default();
    Draft { scope: format!("{person}/own"), kind, id, fields, saw: Saw::Current, tpl: None }
}
