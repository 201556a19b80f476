//! Writes the verdicts that changed, keeps what they were, and tells the member's own feed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Value};
use serde::Serialize;
use serde_json::json;
use sync_protocol::RecordKey;
use zhucun_presence::{
    decide::{PresenceVerdict, decide},
    inputs::{Change, DayInputs, EvidenceRef, changes, evidence_ref},
    matter::{Matter, matters},
    reason::Reason,
    rule::ENGINE,
};

use super::{days::Loaded, matters::Looked, sql::Keys};
use crate::{
    attendance::subject,
    storage::{
        Write,
        entities::{line, matter, presence, presence_history},
        feed::{self, Derived},
        jobs::{JobKey, enqueue},
        projection::{Changed, Projection},
        rows,
    },
};

/// A verdict as a row.
pub fn row(day: &DayInputs, decided: &PresenceVerdict, inputs: String) -> presence::Model {
    presence::Model {
        person: day.person.clone(),
        day: day.day.clone(),
        verdict: decided.verdict.name().to_owned(),
        village: decided.village.clone(),
        reasons: text(&decided.reasons),
        used: text(&decided.used),
        set_aside: text(&decided.set_aside),
        pieces: text(&day.pieces()),
        rule: day.ruling.name.clone(),
        inputs,
        engine: ENGINE,
    }
}

/// Decides the days whose inputs changed: nothing is written of the others. Up to four statements and the feed's.
pub async fn derive(tx: &Write, loaded: Loaded, now_ms: i64) -> Result<(), DbErr> {
    let Loaded { inputs, mut standing } = loaded;
    let (mut fresh, mut gone, mut earlier, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut waiting, mut months) = (Vec::new(), BTreeSet::new());
    for day in &inputs {
        let before = standing.remove(&(day.person.clone(), day.day.clone()));
        let hash = day.hash();
        if !day.matters() {
            if let Some(before) = before {
                let decided = decide(day);
                months.extend(month(day));
                told.push(derived(day, &decided, &hash));
                waiting.push(looked(day, Vec::new(), None));
                gone.push(vec![Value::from(day.person.clone()), day.day.clone().into()]);
                earlier.push((before, day.pieces(), hash));
            }
            continue;
        }
        if before.as_ref().is_some_and(|b| b.inputs == hash && b.engine == ENGINE) {
            continue;
        }
        let decided = decide(day);
        months.extend(month(day));
        waiting.push(looked(day, matters(day, &decided), decided.village.clone()));
        told.push(derived(day, &decided, &hash));
        let now = row(day, &decided, hash);
        if let Some(before) = before
            && (&before.verdict, &before.village) != (&now.verdict, &now.village)
        {
            earlier.push((before, day.pieces(), now.inputs.clone()));
        }
        fresh.push(now);
    }
    super::matters::write(tx, waiting, now_ms).await?;
    keep(tx, earlier, now_ms).await?;
    rows::upsert::<presence::Entity>(tx, fresh).await?;
    let keys = Keys { columns: &["person", "day"], rows: &gone };
    keys.execute(tx, "DELETE FROM presence WHERE (person, day) IN (SELECT person, day FROM d)").await?;
    feed::put_derived(tx, told).await?;
    enqueue(tx, months, now_ms).await
}

/// The job that adds up the month of that day.
fn month(day: &DayInputs) -> Option<JobKey> {
    Some(subject::member_month(&day.person, day.day.get(..7)?))
}

fn looked(day: &DayInputs, matters: Vec<Matter>, village: Option<String>) -> Looked {
    Looked { person: day.person.clone(), day: day.day.clone(), village: village.unwrap_or_default(), matters }
}

type Pieces = Vec<(String, String)>;

#[derive(FromQueryResult)]
struct Last {
    person: String,
    day: String,
    n: i32,
}

/// A verdict as it was, the pieces that there are now, and the hash of the inputs now.
type Replaced = (presence::Model, Pieces, String);

async fn keep(tx: &Write, mut earlier: Vec<Replaced>, replaced_ms: i64) -> Result<(), DbErr> {
    // A verdict that rests on what was erased since is not kept.
    let before = |row: &presence::Model| serde_json::from_str::<Pieces>(&row.pieces).unwrap_or_default();
    let gone = |(row, after, _): &Replaced| -> Vec<EvidenceRef> {
        let left: HashSet<&EvidenceRef> = after.iter().map(|(piece, _)| piece).collect();
        before(row).into_iter().map(|(piece, _)| piece).filter(|piece| !left.contains(piece)).collect()
    };
    let gone: Vec<Vec<EvidenceRef>> = earlier.iter().map(gone).collect();
    let erased = erased(tx, gone.iter().flatten().collect()).await?;
    let mut gone = gone.iter();
    earlier.retain(|_| gone.next().is_some_and(|pieces| !pieces.iter().any(|piece| erased.contains(piece))));
    if earlier.is_empty() {
        return Ok(());
    }
    let wanted: Vec<Vec<Value>> =
        earlier.iter().map(|(row, ..)| vec![row.person.clone().into(), row.day.clone().into()]).collect();
    let keys = Keys { columns: &["person", "day"], rows: &wanted };
    let last: BTreeMap<(String, String), i32> = keys
        .query::<Last>(
            tx,
            "SELECT t.person AS person, t.day AS day, MAX(t.n) AS n FROM d CROSS JOIN presence_history t \
             WHERE t.person = d.person AND t.day = d.day GROUP BY t.person, t.day",
        )
        .await?
        .into_iter()
        .map(|last| ((last.person, last.day), last.n))
        .collect();
    let rows = earlier.into_iter().map(|(row, after, inputs)| {
        let before: Pieces = serde_json::from_str(&row.pieces).unwrap_or_default();
        let mut changed = if row.inputs == inputs { Vec::new() } else { changes(&before, &after) };
        if row.engine != ENGINE {
            changed.push(Change { evidence: String::new(), how: "engine".to_owned() });
        }
        presence_history::Model {
            n: last.get(&(row.person.clone(), row.day.clone())).copied().unwrap_or_default() + 1,
            changed: text(&changed),
            person: row.person,
            day: row.day,
            verdict: row.verdict,
            village: row.village,
            reasons: row.reasons,
            used: row.used,
            set_aside: row.set_aside,
            inputs: row.inputs,
            engine: row.engine,
            replaced_ms,
        }
    });
    rows::insert::<presence_history::Entity>(tx, rows.collect()).await
}

/// As the member's own phone gets it: sentences, but not which record of whom, for a work team never receives what inspectors write.
fn derived(day: &DayInputs, decided: &PresenceVerdict, inputs: &str) -> Derived {
    let name = day.person.split_once(".p.").map_or(day.person.as_str(), |(_, name)| name);
    let reasons: Vec<Reason> = decided.reasons.iter().map(|r| Reason { evidence: Vec::new(), ..r.clone() }).collect();
    let fields = json!({
        "person": day.person,
        "day": day.day,
        "verdict": decided.verdict,
        "village": decided.village,
        "reasons": reasons,
        "rule": day.ruling.name,
        "engine": ENGINE,
    });
    Derived {
        scope: format!("{}/own", day.person),
        kind: "presence",
        id: format!("{name}.{}", day.day),
        fields: fields.to_string(),
        inputs: inputs.to_owned(),
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values serialise")
}

/// A projection of nothing, by which a rebuild clears the verdicts; the jobs of the evidence derive them again. What they were earlier
/// stays: it tells what was known when, which no line does.
pub fn cleared_by_rebuild() -> Box<dyn Projection> {
    Box::new(Cleared)
}

struct Cleared;

#[async_trait]
impl Projection for Cleared {
    fn kinds(&self) -> &'static [&'static str] {
        &[]
    }

    async fn apply(&self, _: &Write, _: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr> {
        Ok(Default::default())
    }

    async fn clear(&self, tx: &Write) -> Result<(), DbErr> {
        presence::Entity::delete_many().exec(tx).await?;
        matter::Entity::delete_many().exec(tx).await?;
        Ok(())
    }

    fn erased(&self, records: &[(RecordKey, &str)]) -> BTreeSet<JobKey> {
        let of = |(key, kind): &(RecordKey, &str)| JobKey {
            kind: subject::ERASED_EVIDENCE,
            subject: evidence_ref(kind, &key.0),
        };
        records.iter().filter(|(_, kind)| subject::EVIDENCE.contains(kind)).map(of).collect()
    }
}

/// Earlier verdicts that rest on these pieces go: they say what was in them.
pub async fn forget(tx: &Write, evidence: &[EvidenceRef]) -> Result<(), DbErr> {
    use presence_history::Column::{Reasons, SetAside, Used};
    for chunk in evidence.chunks(50) {
        let named = chunk.iter().flat_map(|piece| [Used, SetAside, Reasons].map(|list| list.contains(piece.as_str())));
        let any = named.fold(Condition::any(), Condition::add);
        presence_history::Entity::delete_many().filter(any).exec(tx).await?;
    }
    Ok(())
}

/// Which of these pieces are records of which operations were erased.
async fn erased(tx: &Write, pieces: HashSet<&EvidenceRef>) -> Result<HashSet<EvidenceRef>, DbErr> {
    let key = |piece: &&EvidenceRef| hex::decode(piece.split_once(':')?.1).ok();
    let keys: HashMap<Vec<u8>, &EvidenceRef> = pieces.iter().filter_map(|p| Some((key(p)?, *p))).collect();
    let mut erased = HashSet::new();
    for list in rows::lists(&keys.keys().cloned().collect::<Vec<_>>()) {
        let of =
            line::Entity::find().filter(line::Column::Record.is_in(list)).filter(line::Column::Erased.is_not_null());
        let found: Vec<Vec<u8>> = of.select_only().column(line::Column::Record).distinct().into_tuple().all(tx).await?;
        erased.extend(found.iter().filter_map(|key| keys.get(key)).map(|piece| (*piece).clone()));
    }
    Ok(erased)
}
