//! All that a day's verdict is made of, as plain values, and its hash.

use std::sync::Arc;

use jiff::{ToSpan as _, civil::Date};
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::{
    day::{Calendar, DayBounds, Span},
    decide::Verdict,
    fence::{FixVerdict, Measured},
    rule::{
        Approver,
        book::{Book, Ruling},
        holidays::Need,
    },
};

/// A piece of evidence: `<kind>:<key of its record in hex>`.
pub type EvidenceRef = String;

/// The reference to a record.
pub fn evidence_ref(kind: &str, record: &[u8]) -> EvidenceRef {
    format!("{kind}:{}", hex::encode(record))
}

/// What there is for one member and one day. The order of lists means nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DayInputs {
    /// The member.
    pub person: String,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// When that day began and ended.
    pub bounds: DayBounds,
    /// What counts.
    #[serde(serialize_with = "as_ruling")]
    pub ruling: Arc<Ruling>,
    /// Whether one must be there at all.
    pub need: Need,
    /// The rule's windows on that day, in its order.
    pub windows: Vec<DayBounds>,
    /// The night that follows, if the rule asks for it.
    pub night: Option<DayBounds>,
    /// Stations of that day.
    pub stations: Vec<Post>,
    /// Fixes that may be of that day.
    pub fixes: Vec<FixEvidence>,
    /// Roll calls of the member.
    pub roll_calls: Vec<RollCall>,
    /// Visits of the member.
    pub visits: Vec<Told>,
    /// Work logs of that day.
    pub work_logs: Vec<Told>,
    /// Scheduled clock-ins.
    pub check_ins: Vec<CheckIn>,
    /// Leave that covers the day.
    pub leaves: Vec<Leave>,
    /// Duty away that lies at least partly in the day.
    pub duties: Vec<Duty>,
    /// What speaks against photos of that day.
    pub photos: Vec<PhotoSignal>,
    /// The office's word.
    pub review: Option<Review>,
    /// The member's objection, as long as it is not answered. It decides nothing.
    pub appeal: Option<Appeal>,
    /// What the office asked the member. It decides nothing either.
    pub inquiry: Option<Inquiry>,
}

fn as_ruling<S: Serializer>(ruling: &Arc<Ruling>, serializer: S) -> Result<S::Ok, S::Error> {
    ruling.as_ref().serialize(serializer)
}

/// A station.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Post {
    /// Since when.
    pub from_ms: i64,
    /// Its record.
    pub record: String,
    /// Where.
    pub village: String,
}

/// A fix, judged by the fence of the station's village.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixEvidence {
    /// Which.
    pub evidence: EvidenceRef,
    /// As measured.
    pub fix: Measured,
    /// Which source of the phone measured.
    pub provider: Option<String>,
    /// The village whose fence it was judged by.
    pub village: String,
    /// The verdict.
    pub verdict: FixVerdict,
}

/// What an inspector found or was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Called {
    /// The member was there.
    Seen,
    /// The member was not there.
    Absent,
    /// Somebody said that the member is on leave.
    OnLeave,
    /// Somebody said that the member is away on duty.
    AwayOnDuty,
}

impl Called {
    /// The state of that name.
    pub fn parse(state: &str) -> Option<Self> {
        Some(match state {
            "seen" => Self::Seen,
            "absent" => Self::Absent,
            "on_leave" => Self::OnLeave,
            "away_on_duty" => Self::AwayOnDuty,
            _ => return None,
        })
    }
}

/// An inspector's record of one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RollCall {
    /// Which.
    pub evidence: EvidenceRef,
    /// What was found.
    pub state: Called,
    /// Where, if said.
    pub village: Option<String>,
    /// The village that it names, where that was merged into `village` by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub named: Option<String>,
    /// When.
    pub span: Span,
}

/// What the member says without a measurement: a visit that has no fix, a work log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Which.
    pub evidence: EvidenceRef,
    /// When; of what names a day, that day.
    pub span: Span,
}

/// A scheduled clock-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckIn {
    /// Which.
    pub evidence: EvidenceRef,
    /// When.
    pub span: Span,
    /// The fix that was taken with it.
    pub fix: Option<EvidenceRef>,
    /// Whether the member's own phone recorded it.
    pub own: bool,
}

/// A signal on a photo of that day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PhotoSignal {
    /// The photo.
    pub evidence: EvidenceRef,
    /// Their codes, such as `same_bytes`, sorted.
    pub codes: Vec<String>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Nobody decided yet.
    Open,
    /// Approved.
    Approved,
    /// Rejected or withdrawn.
    Rejected,
}

impl Approval {
    /// From the field.
    pub fn parse(approval: Option<&str>) -> Self {
        match approval {
            None => Self::Open,
            Some("approved") => Self::Approved,
            Some(_) => Self::Rejected,
        }
    }
}

/// Leave that covers the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leave {
    /// Which.
    pub evidence: EvidenceRef,
    /// `sick`, `personal` …
    pub kind: Option<String>,
    /// How many days it has in all.
    pub days: u32,
    /// Whether this is the first of them, or the first of them in a posting.
    pub begins: bool,
    /// What became of it.
    pub approval: Approval,
    /// As whom it was approved, if that is known.
    pub approved_by: Option<Approver>,
}

/// Duty away in the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// Which.
    pub evidence: EvidenceRef,
    /// `meeting`, `training`, `errand`.
    pub kind: Option<String>,
    /// What became of it.
    pub approval: Approval,
    /// When it began.
    pub from_ms: i64,
    /// When the office could first know of it as it stands.
    pub reported_ms: Option<i64>,
}

/// An objection that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appeal {
    /// Which.
    pub evidence: EvidenceRef,
    /// Whether somebody rejected it, with whom a second person must agree first.
    pub rejected: bool,
}

/// A question of the office's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inquiry {
    /// Which.
    pub evidence: EvidenceRef,
    /// Whether the member answered.
    pub answered: bool,
}

/// The office's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Which.
    pub evidence: EvidenceRef,
    /// What the day counts as.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Whether a second person agreed (see [`approval`](crate::approval)).
    pub seconded: bool,
}

impl DayInputs {
    /// A member's day of which nothing is known but the stations. The rule is that of the village of the station that began first.
    pub fn new(person: &str, date: Date, calendar: &Calendar, book: &Book, stations: Vec<Post>) -> Self {
        let village = stations.iter().min().map_or("", |post| &post.village);
        let ruling = Arc::clone(book.on(village, date));
        let day = &ruling.rule.day;
        let span = |from, to| DayBounds { start_ms: from, end_ms: to };
        let windows = day.windows.iter().map(|w| span(calendar.at(date, w.from), calendar.at(date, w.to))).collect();
        let night = day.night.map(|n| span(calendar.at(date, n.from), calendar.at(date.saturating_add(1.day()), n.to)));
        Self {
            person: person.to_owned(),
            day: date.to_string(),
            bounds: calendar.bounds(date),
            need: book.holidays().need(&ruling.rule.required, date),
            windows,
            night,
            ruling,
            stations,
            fixes: Vec::new(),
            roll_calls: Vec::new(),
            visits: Vec::new(),
            work_logs: Vec::new(),
            check_ins: Vec::new(),
            leaves: Vec::new(),
            duties: Vec::new(),
            photos: Vec::new(),
            review: None,
            appeal: None,
            inquiry: None,
        }
    }

    /// From when to when evidence can be of this day: to its end, or to that of its night.
    pub fn reach(&self) -> DayBounds {
        let end_ms = self.night.map_or(self.bounds.end_ms, |night| night.end_ms.max(self.bounds.end_ms));
        DayBounds { start_ms: self.bounds.start_ms, end_ms }
    }

    /// The same in one order, whatever the order they came in.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.stations.sort_unstable();
        self.stations.dedup();
        macro_rules! by_evidence {
            ($($list:ident),*) => {$(
                self.$list.sort_by(|a, b| a.evidence.cmp(&b.evidence));
                self.$list.dedup_by(|a, b| a.evidence == b.evidence);
            )*};
        }
        by_evidence!(fixes, roll_calls, visits, work_logs, check_ins, leaves, duties, photos);
        self
    }

    /// Whether there is anything to say about the day: a station and evidence, or the office's word. Of a day without, no row is
    /// kept: its verdict is always the same.
    pub fn matters(&self) -> bool {
        self.review.is_some()
            || self.appeal.is_some()
            || self.inquiry.is_some()
            || (!self.stations.is_empty() && !self.pieces().is_empty())
    }

    /// Each piece with a short hash of what of it counted.
    pub fn pieces(&self) -> Vec<(EvidenceRef, String)> {
        let mut all = Vec::new();
        macro_rules! each {
            ($($list:ident),*) => {$(
                all.extend(self.$list.iter().map(|piece| (piece.evidence.clone(), hash(piece)[..8].to_owned())));
            )*};
        }
        each!(fixes, roll_calls, visits, work_logs, check_ins, leaves, duties, photos, review);
        all.sort_unstable();
        all
    }

    /// The hash of all of it, in hex, once [`sorted`](Self::sorted).
    pub fn hash(&self) -> String {
        hash(self)
    }
}

fn hash(value: &impl Serialize) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(value).expect("plain values serialise")))
}

/// What changed between two derivations of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Change {
    /// Which piece; empty where the pieces are the same and the stations, fences, the rule or the code changed.
    pub evidence: EvidenceRef,
    /// `came`, `went`, `changed`, `surroundings`, or `engine`: newer code decided.
    pub how: String,
}

/// The differences of two sorted lists of pieces.
pub fn changes(before: &[(EvidenceRef, String)], after: &[(EvidenceRef, String)]) -> Vec<Change> {
    let find = |list: &[(EvidenceRef, String)], of: &str| list.iter().find(|(e, _)| e == of).map(|(_, h)| h.clone());
    let change = |evidence: &str, how: &str| Change { evidence: evidence.to_owned(), how: how.to_owned() };
    let mut out: Vec<Change> = after
        .iter()
        .filter_map(|(evidence, hash)| match find(before, evidence) {
            None => Some(change(evidence, "came")),
            Some(old) => (old != *hash).then(|| change(evidence, "changed")),
        })
        .collect();
    out.extend(before.iter().filter(|(e, _)| find(after, e).is_none()).map(|(e, _)| change(e, "went")));
    if out.is_empty() {
        out.push(change("", "surroundings"));
    }
    out
}
