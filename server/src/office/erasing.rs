//! Erasing what a person asked to have erased, or the law does: one record, or what is of one person. It cannot be undone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sync_protocol::{
    Dot, Op, RecordKey, carried, erase,
    record::{Fed, FedTime},
    time::Corrected,
};

use super::{
    alike,
    drafts::REASON_MAX,
    page::{PageQuery, cursor},
    store::{
        erasable::{self, Listed},
        lines,
    },
};
use crate::{
    app::App,
    auth::Principal,
    error::{ErrorCode, Problem},
    retention::{
        self, holds,
        store::{
            facts,
            gate::{self, Erasing},
        },
    },
    storage::entities::hold,
    sync::{
        drafts::{Basis, Draft},
        store::standings,
    },
};

/// What is to be erased, and why. Either a record or a person.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct EraseRequest {
    /// All that was written to this record.
    pub record: Option<RecordName>,
    /// What is of this person.
    pub person: Option<OfPerson>,
    /// On which legal ground (PIPL, article 47).
    pub basis: Basis,
    /// Why, in 1 to 1,000 characters, for whoever may read the record. It must not repeat what is erased.
    pub reason: String,
    /// `confirm` of the dry run. Without it this is one, and nothing is erased.
    pub confirm: Option<String>,
}

/// Names a record.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecordName {
    /// Its scope.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// What of a person. Records of others that mention them are erased by record.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct OfPerson {
    /// Who, `district.p.name`.
    pub person: String,
    /// Everything in their own scope, whoever wrote it.
    #[serde(default)]
    pub own: bool,
    /// What their phones wrote, wherever, in this span.
    pub written: Option<Span>,
}

/// A span of time: operations of which it is known that they were written in it.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
pub struct Span {
    /// Its begin, included, ms.
    pub from: i64,
    /// Its end, not included, ms.
    pub to: i64,
}

/// What a request comes to, or came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Erased {
    /// How many operations.
    pub count: usize,
    /// To be sent with the same request to have it done.
    pub confirm: String,
    /// Whether it was done.
    pub done: bool,
    /// Never: what is erased is gone.
    pub undoable: bool,
    /// By kind.
    pub kinds: BTreeMap<String, ErasedKind>,
    /// The oldest of them, as far as known, ms.
    pub from: Option<i64>,
    /// The newest of them, as far as known, ms.
    pub to: Option<i64>,
    /// How many of what was named stay, because others are judged by them: grants, enrolments, decisions.
    pub kept: usize,
}

/// What of a kind.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ErasedKind {
    /// Operations.
    pub operations: usize,
    /// Records that they write to.
    pub records: usize,
}

/// Erases it, all or nothing, or tells what would be.
pub async fn erase(app: &App, who: &Principal, asked: &EraseRequest) -> Result<Erased, Problem> {
    let length = asked.reason.trim().chars().count();
    if length == 0 || length > REASON_MAX {
        return Err(Problem::new(ErrorCode::BadRequest, format!("reason: 1 to {REASON_MAX} characters")));
    }
    let found = find(app, who, asked).await?;
    let (gone, kept): (Vec<Op>, Vec<Op>) = found.into_iter().partition(|op| erase::is_erasable(&op.kind));
    if gone.len() > alike::MOST {
        return Err(alike::too_many());
    }
    let role = alike::role(who, gone.iter().map(|op| op.scope.as_str()))?;
    // Kept until it is done: nobody places a hold meanwhile.
    let erasing = gate::erasing(&app.db).await?;
    let held = held(app, &gone, &erasing).await?;
    if !held.is_empty() {
        return Err(holds::refusal(held.into_values(), who));
    }
    let names: Vec<String> = gone.iter().map(|op| op.dot.to_string()).collect();
    let done = alike::is_confirmed(asked.confirm.as_deref(), &names)?;
    let refs: Vec<&Op> = gone.iter().collect();
    let times = lines::times(&app.db.read, &refs).await?;
    if done && !gone.is_empty() {
        let keys: BTreeSet<RecordKey> = gone.iter().map(key).collect();
        let stand = standings::of_records(&app.db.read, &keys.into_iter().collect::<Vec<_>>()).await?;
        let draft = |op: &Op| Draft::erasure(op, stand.get(&op.dot), &op.scope, asked.basis, asked.reason.trim());
        app.committer.write(&who.acting(role), gone.iter().map(draft).collect()).await?;
    }
    let spans = || times.values().filter_map(|time| time.anchored());
    Ok(Erased {
        count: gone.len(),
        confirm: alike::word(&names),
        done,
        undoable: false,
        kinds: by_kind(&gone),
        from: spans().min(),
        to: spans().max(),
        kept: kept.len(),
    })
}

/// The holds that cover any of the records that these operations write, by key.
async fn held<'e>(app: &App, ops: &[Op], erasing: &'e Erasing) -> Result<BTreeMap<Vec<u8>, &'e hold::Model>, Problem> {
    if erasing.holds.is_empty() {
        return Ok(BTreeMap::new());
    }
    // What a record is of may stand in operations of it that are not to be erased.
    let keys: BTreeSet<RecordKey> = ops.iter().map(facts::key).collect();
    let mut all = erasable::of_records(&app.db.read, keys.iter().copied().collect()).await?;
    all.extend(ops.iter().filter(|op| op.kind == carried::KIND).cloned());
    let held = retention::erase::held(&app.db, &all, erasing).await?;
    let covering = held.into_iter().filter(|(key, _)| keys.contains(key)).flat_map(|(_, holds)| holds);
    Ok(covering.map(|hold| (hold.record.clone(), hold)).collect())
}

fn key(op: &Op) -> RecordKey {
    RecordKey::of(&op.scope, &op.kind, &op.id)
}

fn by_kind(ops: &[Op]) -> BTreeMap<String, ErasedKind> {
    let mut records: BTreeMap<&str, BTreeSet<RecordKey>> = BTreeMap::new();
    let mut kinds: BTreeMap<String, ErasedKind> = BTreeMap::new();
    for op in ops {
        kinds.entry(op.kind.clone()).or_default().operations += 1;
        records.entry(&op.kind).or_default().insert(key(op));
    }
    for (kind, records) in records {
        kinds.entry(kind.to_owned()).or_default().records = records.len();
    }
    kinds
}

/// The operations that are named and not erased yet, by dot.
async fn find(app: &App, who: &Principal, asked: &EraseRequest) -> Result<Vec<Op>, Problem> {
    let db = &app.db.read;
    let mut found: BTreeMap<Dot, Op> = BTreeMap::new();
    match (&asked.record, &asked.person) {
        (Some(record), None) => {
            alike::role(who, [record.scope.as_str()].into_iter())?;
            let key = RecordKey::of(&record.scope, &record.kind, &record.id);
            let ops = erasable::of_records(db, vec![key]).await?;
            if ops.is_empty() {
                return Err(ErrorCode::NotFound.into());
            }
            found.extend(ops.into_iter().map(|op| (op.dot, op)));
        }
        (None, Some(of)) if of.own || of.written.is_some() => {
            let own = format!("{}/own", of.person);
            alike::role(who, [own.as_str()].into_iter())?;
            if of.own {
                let ops = erasable::of_scope(db, &own).await?;
                found.extend(ops.into_iter().map(|op| (op.dot, op)));
            }
            if let Some(span) = of.written {
                let ops = erasable::of_phones(db, &of.person).await?;
                let times = lines::times(db, &ops.iter().collect::<Vec<_>>()).await?;
                let within = |op: &Op| times.get(&op.dot).is_some_and(|time| span.holds(*time));
                found.extend(ops.into_iter().filter(within).map(|op| (op.dot, op)));
            }
        }
        _ => {
            let right = "either a record or a person, and of a person own, written or both";
            return Err(Problem::new(ErrorCode::BadRequest, right));
        }
    }
    Ok(found.into_values().filter(|op| !op.erased).collect())
}

impl Span {
    fn holds(self, time: Corrected) -> bool {
        let (lo, hi) = time.span();
        lo.is_some_and(|lo| self.from <= lo) && hi.is_some_and(|hi| hi < self.to)
    }
}

/// A page of erasures.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Erasures {
    /// In the order of their keys.
    pub erasures: Vec<ErasureView>,
    /// `cursor` of the next page, if there may be one.
    pub next: Option<String>,
}

/// An erasure.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErasureView {
    /// The operation that was erased.
    pub dot: String,
    /// Scope of its record; none where its line is not here.
    pub scope: Option<String>,
    /// Kind of its record.
    pub kind: Option<String>,
    /// Id of its record.
    pub id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// On which legal ground.
    pub basis: Option<Basis>,
    /// SHA-256 of the photos that it promised.
    pub photos: Vec<String>,
    /// Who decided it and when; `server` where a purge did.
    pub by: Vec<ErasureAuthor>,
}

/// Who decided an erasure.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErasureAuthor {
    /// By which operation.
    pub dot: String,
    /// Who.
    pub person: String,
    /// When, ms.
    pub at: Option<i64>,
}

/// A page of erasures that the person may see.
pub async fn list(app: &App, who: &Principal, page: &PageQuery) -> Result<Erasures, Problem> {
    let found = erasable::list(&app.db.read, &who.scopes(), page.after()?, page.limit()).await?;
    let next = (found.len() == page.limit()).then(|| found.last().map(|last| cursor(&last.place))).flatten();
    Ok(Erasures { erasures: found.iter().filter_map(view).collect(), next })
}

fn view(listed: &Listed) -> Option<ErasureView> {
    let fed = Fed::read(&listed.body).ok()?;
    fn field<T: serde::de::DeserializeOwned>(fed: &Fed<'_>, name: &str) -> Option<T> {
        serde_json::from_str(fed.f.get(name)?.get()).ok()
    }
    let author = |(dot, person, _, time): &(Dot, String, _, FedTime)| ErasureAuthor {
        dot: dot.to_string(),
        person: person.clone(),
        at: time.at(),
    };
    let op = listed.op.as_ref();
    Some(ErasureView {
        dot: fed.id.clone(),
        scope: op.map(|op| op.scope.clone()),
        kind: op.map(|op| op.kind.clone()),
        id: op.map(|op| op.id.clone()),
        reason: field(&fed, "reason"),
        basis: field(&fed, "basis"),
        photos: field(&fed, "photos").unwrap_or_default(),
        by: fed.by.iter().map(author).collect(),
    })
}

#[cfg(test)]
mod tests {
    use sync_protocol::{Code, InstallId, Line, Standing, line};

    use super::*;

    fn op(kind: &str, fields: &str) -> Op {
        let text = format!(r#"{{"s":"440811070201/presence","k":"{kind}","id":"x","f":{fields}}}"#);
        match line::read(InstallId([1; 16]), 1, text.as_bytes()) {
            Line::Op(op) => *op,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_erasure_says_what_nobody_could_tell_later() {
        let hash = "ab".repeat(32);
        let photo = op("photo", &format!(r#"{{"sha256":"{hash}","lat":700}}"#));
        let draft = |standing: &Standing| {
            Draft::erasure(&photo, Some(standing), "zjedz/roster", Basis::ConsentWithdrawn, "asked").fields
        };
        let broke = draft(&Standing::with(Code::Schema, "lat: out_of_range"));
        assert_eq!(broke["fault"], "lat: out_of_range");
        assert_eq!((&broke["photos"]["add"][0], &broke["basis"]), (&hash.into(), &"consent_withdrawn".into()));
        assert!(!draft(&Standing::of(Code::NoGrant)).contains_key("fault"));
    }

    #[test]
    fn what_goes_is_counted_by_kind() {
        let counted = by_kind(&[op("visit", r#"{"note":"a"}"#), op("visit", r#"{"note":"b"}"#), op("photo", "{}")]);
        assert_eq!((counted["visit"].operations, counted["visit"].records, counted["photo"].operations), (2, 1, 1));
    }

    #[test]
    fn a_span_holds_what_was_surely_written_in_it() {
        let span = Span { from: 10, to: 20 };
        let within = |lo, hi| span.holds(Corrected::Within(lo, hi));
        assert!(within(Some(10), Some(19)));
        assert!(!within(Some(9), Some(19)) && !within(Some(10), Some(20)) && !within(None, Some(15)));
    }
}
