//! What speaks against evidence of one day. It goes to people as reasons, and decides nothing.

use std::collections::BTreeMap;

use mobile_schema::{Datum, Wgs84, to_wgs84};
use zhucun_fences::distance_m;

use crate::{
    inputs::{DayInputs, EvidenceRef, FixEvidence},
    rule::Signal,
};

/// Faster than any train, in metres a second. A plane is faster, and nobody inspects a village from one.
const FASTEST_MPS: f64 = 100.0;
/// Jumps of less are bad reception.
const FAR_M: f64 = 2_000.0;
/// So often the very same degrees, in seven digits, no receiver gives.
const OFTEN: usize = 3;
/// In less time a receiver may give its last position again.
const LONG_MS: i64 = 30 * 60_000;

/// A signal, the pieces that it is about, and a detail for its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub signal: Signal,
    /// About these, sorted.
    pub evidence: Vec<EvidenceRef>,
    /// A number in words: kilometres an hour, times.
    pub detail: String,
}

/// All signals of a day, one of each at most.
pub fn signals(day: &DayInputs) -> Vec<Found> {
    let list = |signal, evidence: Vec<EvidenceRef>, detail: String| {
        let mut evidence = evidence;
        evidence.sort_unstable();
        evidence.dedup();
        (!evidence.is_empty()).then_some(Found { signal, evidence, detail })
    };
    let mocked = day.fixes.iter().filter(|fix| fix.fix.mock).map(|fix| fix.evidence.clone()).collect();
    let (fast, fastest) = too_fast(day);
    let (again, times) = repeated(day);
    let another = day.check_ins.iter().filter(|c| !c.own).map(|c| c.evidence.clone()).collect();
    let photos = day.photos.iter().map(|photo| photo.evidence.clone()).collect();
    [
        list(Signal::Mocked, mocked, String::new()),
        list(Signal::ImpossibleSpeed, fast, format!("{:.0}", fastest * 3.6)),
        list(Signal::RepeatedPosition, again, times.to_string()),
        list(Signal::ByAnother, another, String::new()),
        list(Signal::Photo, photos, String::new()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A position that is known well enough to be held against the next.
struct At {
    place: Wgs84,
    accuracy_m: f64,
    lo_ms: i64,
    hi_ms: i64,
}

fn at(fix: &FixEvidence) -> Option<At> {
    let measured = &fix.fix;
    let (lo_ms, hi_ms) = measured.span.closed()?;
    let accuracy_m = measured.accuracy_m.filter(|m| *m > 0.0 && *m <= FAR_M)?;
    let datum: Datum = measured.datum.filter(|_| !measured.mock)?;
    if measured.lat == 0.0 && measured.lon == 0.0 {
        return None;
    }
    Some(At { place: to_wgs84(datum, measured.lat, measured.lon)?, accuracy_m, lo_ms, hi_ms })
}

/// Pieces between which one would have had to move faster than anything does, taking the nearest that they can have been and the longest
/// that it can have taken; and how fast.
fn too_fast(day: &DayInputs) -> (Vec<EvidenceRef>, f64) {
    let mut known: Vec<(At, &EvidenceRef)> =
        day.fixes.iter().filter_map(|fix| Some((at(fix)?, &fix.evidence))).collect();
    known.sort_by_key(|(at, evidence)| (at.lo_ms, at.hi_ms, *evidence));
    let (mut found, mut fastest) = (Vec::new(), 0.0_f64);
    for two in known.windows(2) {
        let [(a, one), (b, other)] = two else { continue };
        let far_m = distance_m(a.place, b.place) - a.accuracy_m - b.accuracy_m;
        let took_s = ((b.hi_ms.max(a.hi_ms) - a.lo_ms) as f64 / 1_000.0).max(1.0);
        let speed = far_m / took_s;
        if far_m > FAR_M && speed > FASTEST_MPS {
            found.extend([(*one).clone(), (*other).clone()]);
            fastest = fastest.max(speed);
        }
    }
    (found, fastest)
}

/// Fixes by satellite of the very same degrees, over some time; and how many.
fn repeated(day: &DayInputs) -> (Vec<EvidenceRef>, usize) {
    let mut same: BTreeMap<(u64, u64), Vec<&FixEvidence>> = BTreeMap::new();
    for fix in day.fixes.iter().filter(|fix| fix.provider.as_deref() == Some("gps")) {
        same.entry((fix.fix.lat.to_bits(), fix.fix.lon.to_bits())).or_default().push(fix);
    }
    let long = |fixes: &&Vec<&FixEvidence>| {
        let times = fixes.iter().filter_map(|fix| fix.fix.span.closed());
        let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), (lo, hi)| (first.min(hi), last.max(lo)));
        fixes.len() >= OFTEN && last.saturating_sub(first) >= LONG_MS
    };
    let found: Vec<&FixEvidence> = same.values().filter(long).flatten().copied().collect();
    (found.iter().map(|fix| fix.evidence.clone()).collect(), found.len())
}
