//! What hangs on a member's month as a whole: the month as the member's phone gets it, and what a person should look at because it was sealed, or
//! because newer code decided.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sea_orm::{DbErr, FromQueryResult, Value};
use serde_json::json;
use sync_protocol::ids::sha256;
use zhucun_presence::{
    decide::Verdict,
    matter::{Code, Matter},
    month::Month,
    rule::ENGINE,
    seal::{Counted, Sealed, differences},
};

use super::{
    Court,
    matters::{self, Looked},
    months::{self, MemberMonth},
    seals,
    sql::Keys,
    together,
};
use crate::{
    attendance::seals::Act,
    storage::{
        Write,
        feed::{self, Derived},
        jobs::enqueue,
    },
};

/// Adds up the months of these people, and brings the notices that hang on them up to date.
pub async fn derive(
    tx: &Write,
    court: &Court,
    wanted: BTreeMap<Month, BTreeSet<String>>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let (mut told, mut jobs) = (Vec::new(), Vec::new());
    for (month, people) in wanted {
        let months = months::load(tx, court, &people, month, None, false).await?;
        let villages_of = months.iter().map(|month| (month.person.clone(), month.villages())).collect();
        let (acts, held) = seals::of_people(tx, month, &villages_of).await?;
        let changes = changed_by_engine(tx, &people, month).await?;
        let nothing = BTreeMap::new();
        let mut looked = Vec::new();
        for member in &months {
            let sealed = held.get(&member.person).unwrap_or(&nothing);
            looked.extend(notices(member, sealed, &changes));
            told.push(derived(member, month, sealed_ms(member, sealed, &acts)));
        }
        matters::write_of_months(tx, &people, month, looked, now_ms).await?;
        jobs.extend(together::to_look_at(tx, court, month, &months).await?);
    }
    feed::put_derived(tx, told).await?;
    enqueue(tx, jobs, now_ms).await
}

/// What of a member's month a person should look at: where it differs from what was sealed, and where newer code decided otherwise.
fn notices(member: &MemberMonth, sealed: &BTreeMap<String, Option<Sealed>>, changes: &Changes) -> Vec<Looked> {
    let looked = |day: Date, village: String, code: Code, detail: String| Looked {
        person: member.person.clone(),
        day: day.to_string(),
        village,
        matters: vec![Matter { code, detail, group: None }],
    };
    let days: Vec<(Date, Counted)> = member.days.iter().map(|day| (day.date, day.counted.clone())).collect();
    let differs = differences(sealed, &days);
    let differs = differs.iter().map(|d| looked(d.day, d.village().to_owned(), Code::SealDiffers, d.detail()));
    let by_engine = member.days.iter().filter_map(|day| {
        let change = changes.get(&(member.person.clone(), day.date.to_string()))?;
        let village = day.counted.village.clone().or_else(|| change.village.clone()).unwrap_or_default();
        let detail = change.to(day.counted.verdict)?;
        Some(looked(day.date, village, Code::EngineChanged, detail))
    });
    differs.chain(by_engine).collect()
}

/// When the newest of a member's seals was signed, once all of the month is sealed.
fn sealed_ms(member: &MemberMonth, sealed: &BTreeMap<String, Option<Sealed>>, acts: &[Act]) -> Option<i64> {
    let is_sealed = |village: &String| sealed.get(village).is_some_and(Option::is_some);
    if !member.villages().iter().all(is_sealed) {
        return None;
    }
    let of_member = acts.iter().filter(|act| is_sealed(&act.village) && act.members.contains_key(&member.person));
    of_member.map(|act| act.at_ms).max()
}

type Changes = BTreeMap<(String, String), ByEngine>;

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
    /// From what to what, unless the day counts as what it did by now.
    fn to(&self, now: Verdict) -> Option<String> {
        (self.verdict != now.name()).then(|| format!("{}:{}>{ENGINE}:{}", self.engine, self.verdict, now.name()))
    }
}

/// Of several such changes of a day the first that nobody took note of: what it was then is what the office knew.
async fn changed_by_engine(tx: &Write, people: &BTreeSet<String>, month: Month) -> Result<Changes, DbErr> {
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
    })
    .to_string();
    Derived {
        scope: format!("{}/own", member.person),
        kind: "month",
        id: format!("{name}.{month}"),
        inputs: hex::encode(sha256(&[fields.as_bytes()])),
        fields,
    }
}
