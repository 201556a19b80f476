//! What hangs on a member's month as a whole: the month as the member's phone gets it, and what a person should look at because it was sealed, or
//! because newer code decided.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DbErr, FromQueryResult, Value};
use serde_json::json;
use zhucun_presence::{
    decide::Verdict,
    matter::{Code, Matter},
    month::Month,
    rule::ENGINE,
    seal::differences,
};

use super::{
    Court, matters,
    matters::Looked,
    months::{self, MemberMonth},
    seals,
    sql::Keys,
};
use crate::storage::{
    Write,
    feed::{self, Derived},
};

/// Adds up the months of these people, and brings the notices that hang on them up to date.
pub async fn derive(
    tx: &Write,
    court: &Court,
    wanted: BTreeMap<Month, BTreeSet<String>>,
    now_ms: i64,
) -> Result<(), DbErr> {
    for (month, people) in wanted {
        let months = months::load(tx, court, &people, month, None, false).await?;
        let villages_of = months.iter().map(|month| (month.person.clone(), month.villages())).collect();
        let (acts, held) = seals::of_people(tx, month, &villages_of).await?;
        let sealed_ms = |person: &str, village: &str| {
            let holds =
                |act: &&crate::attendance::seals::Act| act.village == village && act.members.contains_key(person);
            acts.iter().filter(holds).map(|act| act.at_ms).max()
        };
        let changes = changed_by_engine(tx, &people, month).await?;
        let (mut looked, mut told) = (Vec::new(), Vec::new());
        for member in &months {
            let sealed = held.get(&member.person);
            let at_ms = sealed.into_iter().flatten().filter(|(_, body)| body.is_some());
            let at_ms = at_ms.filter_map(|(village, _)| sealed_ms(&member.person, village)).max();
            told.push(derived(member, month, at_ms));
            let days: Vec<_> = member.days.iter().map(|day| (day.date, day.counted.clone())).collect();
            let mut by_day: BTreeMap<String, (String, Vec<Matter>)> = BTreeMap::new();
            for found in sealed.map(|sealed| differences(sealed, &days)).unwrap_or_default() {
                let of_day = by_day.entry(found.day.to_string()).or_default();
                of_day.0 = found.village().to_owned();
                of_day.1.push(Matter { code: Code::SealDiffers, detail: found.detail() });
            }
            for day in &member.days {
                let text = day.date.to_string();
                let Some(change) = changes.get(&(member.person.clone(), text.clone())) else { continue };
                if change.verdict != day.counted.verdict.name() {
                    let of_day = by_day.entry(text).or_default();
                    let here = day.counted.village.clone().or_else(|| change.village.clone());
                    of_day.0 = Some(of_day.0.clone()).filter(|at| !at.is_empty()).or(here).unwrap_or_default();
                    of_day.1.push(Matter { code: Code::EngineChanged, detail: change.to(day.counted.verdict) });
                }
            }
            looked.extend(member.days.iter().map(|day| {
                let day = day.date.to_string();
                let (village, matters) = by_day.remove(&day).unwrap_or_default();
                Looked { person: member.person.clone(), day, village, matters }
            }));
        }
        matters::write(tx, looked, Code::is_of_month, now_ms).await?;
        feed::put_derived(tx, told).await?;
    }
    Ok(())
}

/// What a day was before newer code decided otherwise, and nobody took note yet.
#[derive(FromQueryResult)]
struct ByEngine {
    person: String,
    day: String,
    verdict: String,
    village: Option<String>,
    engine: i32,
}

impl ByEngine {
    fn to(&self, now: Verdict) -> String {
        format!("{}:{}>{ENGINE}:{}", self.engine, self.verdict, now.name())
    }
}

/// Of several such changes of a day the first that nobody took note of: what it was then is what the office knew.
async fn changed_by_engine(
    tx: &Write,
    people: &BTreeSet<String>,
    month: Month,
) -> Result<BTreeMap<(String, String), ByEngine>, DbErr> {
    let (first, last) = (month.first().to_string(), month.last().to_string());
    let wanted: Vec<Vec<Value>> =
        people.iter().map(|person| vec![person.clone().into(), first.clone().into(), last.clone().into()]).collect();
    let keys = Keys { columns: &["person", "first_day", "last_day"], rows: &wanted };
    let found: Vec<ByEngine> = keys
        .query(
            tx,
            "SELECT t.person AS person, t.day AS day, t.verdict AS verdict, t.village AS village, t.engine AS engine \
             FROM d CROSS JOIN presence_history t \
             WHERE t.person = d.person AND t.day >= d.first_day AND t.day <= d.last_day \
             AND t.changed LIKE '%\"how\":\"engine\"%' AND NOT EXISTS (SELECT 1 FROM acknowledgement a \
             WHERE a.person = t.person AND a.day = t.day AND a.engine > t.engine) ORDER BY t.n DESC",
        )
        .await?;
    Ok(found.into_iter().map(|change| ((change.person.clone(), change.day.clone()), change)).collect())
}

/// As the member's own phone gets it. Of days without any evidence it says nothing, so that it is the same on whatever day it is added up.
fn derived(member: &MemberMonth, month: Month, sealed_ms: Option<i64>) -> Derived {
    let name = member.person.split_once(".p.").map_or(member.person.as_str(), |(_, name)| name);
    let sums = member.sums(None);
    let open = |day: &&months::MonthDay| day.told.is_some() && day.counted.verdict == Verdict::Unconfirmed;
    let fields = json!({
        "person": member.person,
        "month": month.to_string(),
        "present": sums.present,
        "away_counted": sums.away_counted,
        "on_leave": sums.on_leave,
        "absent": sums.absent,
        "unconfirmed": member.days.iter().filter(open).count(),
        "floor": sums.floor,
        "short": sums.short,
        "sealed": sealed_ms,
    });
    Derived {
        scope: format!("{}/own", member.person),
        kind: "month",
        id: format!("{name}.{month}"),
        fields: fields.to_string(),
        inputs: String::new(),
    }
}
