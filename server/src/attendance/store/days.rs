//! Reads what the verdicts of many members' days are made of: at most fourteen statements, whatever their number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Value};
use sync_protocol::RecordKey;
use zhucun_presence::{
    approval,
    day::{DayBounds, MAX_SPAN_MS, Span, parse},
    decide::Verdict,
    fence::{Whereabouts, verdict},
    inputs::{
        Appeal, Approval, Called, CheckIn, DayInputs, Duty, FixEvidence, Inquiry, Leave, PhotoSignal, Post, Review,
        RollCall, Told, evidence_ref,
    },
    rule::Approver,
};

use super::{
    Court,
    ended::ended,
    fixes::{Fences, Taken, fences},
    sql::Keys,
};
use crate::storage::{
    entities::{
        appeal, check_in, duty_away, inquiry, leave, presence, received, review, roll_call, station, visit, work_log,
    },
    rows,
};

/// A person and a day.
pub type MemberDay = (String, Date);

/// What is known of many days.
pub struct Loaded {
    /// Sorted; those without anything to say included.
    pub inputs: Vec<DayInputs>,
    /// The verdicts as they are.
    pub standing: BTreeMap<(String, String), presence::Model>,
}

const COLUMNS: &[&str] = &["person", "day", "search_ms", "start_ms", "end_ms", "reach_ms", "part_ms", "most"];

/// Rows whose span touches the day: those that began before it by no more than the longest span.
const BY_SPAN: &str =
    "t.person = d.person AND t.lo_ms >= d.search_ms AND t.lo_ms < d.reach_ms AND t.hi_ms >= d.start_ms";
/// How many alike fixes or visits of a day are read and shown; of a quarter of an hour, where the rule asks when they were.
pub const MOST_ALIKE: usize = 50;
const MOST_OF_A_QUARTER: usize = 4;
const QUARTER_MS: i64 = 15 * 60_000;
const BY_DAY: &str = "t.person = d.person AND t.day = d.day";

/// Reads all of it. Of a person who has no station, review or verdict on a day no evidence is read.
pub async fn load(db: &impl ConnectionTrait, court: &Court, wanted: &BTreeSet<MemberDay>) -> Result<Loaded, DbErr> {
    let all: Vec<Vec<Value>> = wanted.iter().map(|(person, day)| key(person, *day, court, false)).collect();
    let keys = Keys { columns: COLUMNS, rows: &all };
    let stations = by_person(
        find::<station::Entity>(
            db,
            &keys,
            "station",
            "t.person = d.person AND t.from_ms < d.end_ms AND (t.to_ms IS NULL OR t.to_ms > d.start_ms)",
        )
        .await?,
        |s| &s.person,
    );
    let reviews = by_person(find::<review::Entity>(db, &keys, "review", BY_DAY).await?, |r| &r.person);
    let appeals = by_person(find::<appeal::Entity>(db, &keys, "appeal", BY_DAY).await?, |r| &r.person);
    let inquiries = by_person(find::<inquiry::Entity>(db, &keys, "inquiry", BY_DAY).await?, |r| &r.person);
    let standing: BTreeMap<_, _> = find::<presence::Entity>(db, &keys, "presence", BY_DAY)
        .await?
        .into_iter()
        .map(|row| ((row.person.clone(), row.day.clone()), row))
        .collect();

    let mut days: Vec<DayInputs> = wanted
        .iter()
        .map(|(person, day)| {
            let bounds = court.calendar.bounds(*day);
            let date = *day;
            let posts = of(&stations, person)
                .filter(|s| s.from_ms < bounds.end_ms && s.to_ms.is_none_or(|to| to > bounds.start_ms));
            let posts =
                posts.map(|s| Post { from_ms: s.from_ms, record: hex::encode(&s.record), village: s.village.clone() });
            let mut day = DayInputs::new(person, date, &court.calendar, &court.book, posts.collect());
            let open = |r: &&appeal::Model| r.day == day.day && approval::is_open(r.answer.as_deref(), r.seconded);
            let appeal = of(&appeals, person).filter(open).min_by(|a, b| a.record.cmp(&b.record));
            day.appeal =
                appeal.map(|r| Appeal { evidence: evidence_ref("appeal", &r.record), rejected: r.answer.is_some() });
            let asked = of(&inquiries, person).filter(|r| r.day == day.day).min_by(|a, b| a.record.cmp(&b.record));
            day.inquiry =
                asked.map(|r| Inquiry { evidence: evidence_ref("inquiry", &r.record), answered: r.answer.is_some() });
            let word = of(&reviews, person).filter(|r| r.day == day.day).min_by(|a, b| a.record.cmp(&b.record));
            day.review = word.and_then(|r| {
                let evidence = evidence_ref("review", &r.record);
                Some(Review {
                    evidence,
                    verdict: Verdict::parse(&r.verdict)?,
                    reason: r.reason.clone(),
                    seconded: r.seconded,
                })
            });
            day
        })
        .collect();
    let needed = |day: &DayInputs| !day.stations.is_empty() || day.review.is_some();
    if days.iter().any(needed) {
        gather(db, court, days.iter_mut().filter(|day| needed(day)).collect()).await?;
    }
    let inputs = days.into_iter().map(DayInputs::sorted).collect();
    Ok(Loaded { inputs, standing })
}

/// Adds the evidence.
async fn gather(db: &impl ConnectionTrait, court: &Court, days: Vec<&mut DayInputs>) -> Result<(), DbErr> {
    let wanted: Vec<Vec<Value>> = days
        .iter()
        .filter_map(|d| Some(key(&d.person, parse(&d.day)?, court, d.ruling.rule.day.asks_when())))
        .collect();
    let keys = Keys { columns: COLUMNS, rows: &wanted };
    let fixes = alike("fix", Taken::COLUMNS, &["village", "place", "mock", "reasons"]);
    let fixes = by_person(keys.query::<Taken>(db, &fixes).await?, |r| &r.person);
    let photos = by_person(photos(db, &keys).await?, |r| &r.person);
    let visits = by_person(keys.select::<visit::Entity>(db, &alike("visit", "*", &[])).await?, |r| &r.person);
    let calls = by_person(find::<roll_call::Entity>(db, &keys, "roll_call", BY_SPAN).await?, |r| &r.person);
    let check_ins = by_person(find::<check_in::Entity>(db, &keys, "check_in", BY_SPAN).await?, |r| &r.person);
    let logs = by_person(find::<work_log::Entity>(db, &keys, "work_log", BY_DAY).await?, |r| &r.person);
    let covering = "t.person = d.person AND t.from_day <= d.day AND t.to_day >= d.day";
    let leaves = by_person(find::<leave::Entity>(db, &keys, "leave", covering).await?, |r| &r.person);
    let overlapping = "t.person = d.person AND t.from_ms < d.end_ms AND t.to_ms > d.start_ms";
    let duties = by_person(find::<duty_away::Entity>(db, &keys, "duty_away", overlapping).await?, |r| &r.person);
    let reported = reported(db, duties.values().flatten()).await?;
    let villages = days.iter().flat_map(|d| d.stations.iter().map(|s| s.village.clone())).collect();
    let fences = fences(db, villages).await?;
    let named =
        fixes.values().flatten().map(|fix| &fix.village).chain(calls.values().flatten().map(|call| &call.village));
    let ended = ended(db, named.flatten().cloned().collect()).await?;

    for day in days {
        let bounds = day.bounds;
        let Some(date) = parse(&day.day) else { continue };
        // Of the small hours after a day only what speaks for the night is of that day; all of it is of the next.
        let reach = day.reach();
        let is_of = |span: Span, speaks_for: bool| span.touches(bounds) || speaks_for && span.touches(reach);
        day.fixes = of(&fixes, &day.person)
            .filter_map(|row| Some(ended.in_heir_of(row.village.as_deref(), date, judged(row, day, &fences, court)?)))
            .filter(|fix| is_of(fix.fix.span, fix.verdict.place != Whereabouts::Outside))
            .collect();
        day.visits = told("visit", of(&visits, &day.person).map(|r| (&r.record, span(r.lo_ms, r.hi_ms))), bounds);
        day.roll_calls = of(&calls, &day.person)
            .filter_map(|r| {
                let (evidence, state) = (evidence_ref("roll_call", &r.record), Called::parse(&r.state)?);
                let (village, span) = (r.village.clone(), span(r.lo_ms, r.hi_ms));
                Some(ended.called_in_heir(date, RollCall { evidence, state, village, named: None, span }))
            })
            .filter(|call| is_of(call.span, call.state == Called::Seen))
            .collect();
        day.check_ins = of(&check_ins, &day.person)
            .filter(|r| span(r.lo_ms, r.hi_ms).touches(reach))
            .map(|r| CheckIn {
                evidence: evidence_ref("check_in", &r.record),
                span: span(r.lo_ms, r.hi_ms),
                fix: r.fix.as_ref().map(|fix| evidence_ref("fix", fix)),
                own: r.own,
            })
            .collect();
        let whole = Span { lo_ms: Some(bounds.start_ms), hi_ms: Some(bounds.end_ms - 1) };
        let own_logs = of(&logs, &day.person).filter(|r| r.day == day.day);
        day.work_logs = told("work_log", own_logs.map(|r| (&r.record, whole)), bounds);
        // A leave that had begun before the posting did waits for a decision from the first day that it matters.
        let is_first = !day.stations.is_empty() && day.stations.iter().all(|post| post.from_ms >= bounds.start_ms);
        day.leaves = of(&leaves, &day.person)
            .filter(|r| r.from_day <= day.day && day.day <= r.to_day)
            .map(|r| Leave { begins: r.from_day == day.day || is_first, ..leave(r) })
            .collect();
        day.duties = of(&duties, &day.person)
            .filter(|r| r.from_ms < bounds.end_ms && r.to_ms > bounds.start_ms)
            .map(|r| Duty {
                evidence: evidence_ref("duty_away", &r.record),
                kind: r.kind.clone(),
                approval: Approval::parse(r.approval.as_deref()),
                from_ms: r.from_ms,
                reported_ms: reported.get(&r.record).copied(),
            })
            .collect();
        day.photos = of(&photos, &day.person)
            .filter(|r| bounds.start_ms <= r.at_ms && r.at_ms < bounds.end_ms)
            .fold(BTreeMap::<_, BTreeSet<_>>::new(), |mut all, r| {
                all.entry(evidence_ref("photo", &r.record)).or_default().insert(r.code.clone());
                all
            })
            .into_iter()
            .map(|(evidence, codes)| PhotoSignal { evidence, codes: codes.into_iter().collect() })
            .collect();
    }
    Ok(())
}

/// Leave, as it stands.
pub(super) fn leave(row: &leave::Model) -> Leave {
    Leave {
        evidence: evidence_ref("leave", &row.record),
        kind: row.kind.clone(),
        days: length(&row.from_day, &row.to_day),
        begins: false,
        // Nobody approves of their own leave.
        approval: match row.approved_by.as_deref() {
            Some("other") => Approval::Open,
            _ => Approval::parse(row.approval.as_deref()),
        },
        approved_by: match row.approved_by.as_deref() {
            Some("office") => Some(Approver::Office),
            Some("town") => Some(Approver::Town),
            _ => None,
        },
    }
}

/// How many days a leave has.
fn length(from_day: &str, to_day: &str) -> u32 {
    let days = parse(from_day).zip(parse(to_day)).and_then(|(from, to)| u32::try_from((to - from).get_days() + 1).ok());
    days.unwrap_or(1)
}

/// A signal on a photo.
#[derive(FromQueryResult)]
struct Signalled {
    person: String,
    at_ms: i64,
    record: Vec<u8>,
    code: String,
}

async fn photos(db: &impl ConnectionTrait, keys: &Keys<'_>) -> Result<Vec<Signalled>, DbErr> {
    keys.query(
        db,
        "SELECT t.person AS person, t.at_ms AS at_ms, s.record AS record, s.code AS code \
         FROM d CROSS JOIN photo t CROSS JOIN signal s \
         WHERE t.person = d.person AND t.at_ms >= d.start_ms AND t.at_ms < d.end_ms AND s.record = t.record",
    )
    .await
}

/// Rows that touch the days. Of those of a day that are alike (in these columns, and in whether they lie wholly in the day) the earliest
/// [`MOST_ALIKE`] stand for all: they fall on one pile, where one decides as much as a thousand, and a phone that measures every few
/// seconds must not make each further fix dearer than the last. Where a rule asks when they were, the earliest of each quarter of an hour do:
/// windows and nights begin and end on quarters.
fn alike(table: &str, wanted: &str, columns: &[&str]) -> String {
    let columns: String = columns.iter().map(|c| format!("t.{c}, ")).collect();
    format!(
        "SELECT {wanted} FROM (SELECT t.*, ROW_NUMBER() OVER (PARTITION BY d.person, d.day, {columns}\
         (t.lo_ms >= d.start_ms AND t.hi_ms < d.end_ms), t.lo_ms / d.part_ms ORDER BY t.lo_ms, t.record) AS nth, \
         d.most AS most FROM d CROSS JOIN {table} t WHERE {BY_SPAN}) ranked WHERE nth <= most"
    )
}

fn key(person: &str, day: Date, court: &Court, in_quarters: bool) -> Vec<Value> {
    let (part_ms, most) = if in_quarters { (QUARTER_MS, MOST_OF_A_QUARTER) } else { (i64::MAX, MOST_ALIKE) };
    let DayBounds { start_ms, end_ms } = court.calendar.bounds(day);
    let reach_ms = end_ms + i64::from(court.book.longest_night_minutes()) * 60_000;
    vec![
        person.into(),
        day.to_string().into(),
        (start_ms - MAX_SPAN_MS).into(),
        start_ms.into(),
        end_ms.into(),
        reach_ms.into(),
        part_ms.into(),
        (most as i64).into(),
    ]
}

/// `CROSS JOIN` makes SQLite look up each key, in that order, instead of reading the table through.
async fn find<E: EntityTrait>(
    db: &impl ConnectionTrait,
    keys: &Keys<'_>,
    table: &str,
    on: &str,
) -> Result<Vec<E::Model>, DbErr> {
    keys.select::<E>(db, &format!("SELECT t.* FROM d CROSS JOIN {table} t WHERE {on}")).await
}

fn by_person<R>(rows: Vec<R>, person: impl Fn(&R) -> &String) -> HashMap<String, Vec<R>> {
    let mut out: HashMap<String, Vec<R>> = HashMap::new();
    for row in rows {
        out.entry(person(&row).clone()).or_default().push(row);
    }
    out
}

fn of<'a, R>(rows: &'a HashMap<String, Vec<R>>, person: &str) -> impl Iterator<Item = &'a R> {
    rows.get(person).into_iter().flatten()
}

fn span(lo_ms: Option<i64>, hi_ms: Option<i64>) -> Span {
    Span { lo_ms, hi_ms }
}

fn told<'a>(kind: &str, rows: impl Iterator<Item = (&'a Vec<u8>, Span)>, day: DayBounds) -> Vec<Told> {
    rows.filter(|(_, span)| span.touches(day))
        .map(|(record, span)| Told { evidence: evidence_ref(kind, record), span })
        .collect()
}

/// The fix by the fence of the station's village, whatever village it names itself: what counts is where it was. Of several stations
/// the one where it is likeliest inside.
fn judged(row: &Taken, day: &DayInputs, fences: &Fences, court: &Court) -> Option<FixEvidence> {
    let fix = row.measured();
    let villages: BTreeSet<&String> = day.stations.iter().map(|s| &s.village).collect();
    villages
        .into_iter()
        .map(|village| {
            let verdict = verdict(&fix, fences.get(village).map(Vec::as_slice), &court.calendar, &day.ruling.rule.fix);
            (village, verdict)
        })
        .max_by(|(_, a), (_, b)| a.probability.unwrap_or(-1.0).total_cmp(&b.probability.unwrap_or(-1.0)))
        .map(|(village, verdict)| FixEvidence {
            evidence: evidence_ref("fix", &row.record),
            provider: row.provider.clone(),
            village: village.clone(),
            verdict,
            fix,
        })
}

/// When the office could first know of each duty as it stands: once both its beginning and its end had come in, each by the first of
/// the operations that wrote it.
async fn reported<'a>(
    db: &impl ConnectionTrait,
    duties: impl Iterator<Item = &'a duty_away::Model> + Clone,
) -> Result<HashMap<Vec<u8>, i64>, DbErr> {
    let key = |scope: &str, dot: &str| RecordKey::of(scope, "received", dot).0.to_vec();
    let dots: BTreeSet<Vec<u8>> = duties
        .clone()
        .flat_map(|d| d.dots.split([' ', ',']).filter(|dot| !dot.is_empty()).map(|dot| key(&d.scope, dot)))
        .collect();
    if dots.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = rows::select_in::<received::Entity, _>(db, received::Column::Record, dots.into_iter().collect()).await?;
    let at: HashMap<Vec<u8>, i64> = rows.into_iter().map(|r| (r.record, r.at_ms)).collect();
    let known = |duty: &duty_away::Model| -> Option<i64> {
        let fields = duty.dots.split(',').filter(|dots| !dots.is_empty());
        let first = |dots: &str| dots.split(' ').filter_map(|dot| at.get(&key(&duty.scope, dot)).copied()).min();
        fields.map(first).try_fold(i64::MIN, |latest, first| Some(latest.max(first?)))
    };
    Ok(duties.filter_map(|d| Some((d.record.clone(), known(d)?))).collect())
}
