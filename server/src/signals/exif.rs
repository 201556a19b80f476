//! What a file says of time and place, against what was recorded. A camera's clock may be a little off, and its position may be of any
//! datum: where the file does not say which, it is taken to be the one that fits best.

use mobile_schema::{Datum, Wgs84, to_wgs84};
use serde_json::json;
use sync_protocol::RecordKey;
use zhucun_fences::{LonLat, Prepared};

use super::signal::{Code, Signal};

/// The camera's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// In ms since 1970, UTC.
    pub taken_ms: i64,
    /// Whether the file says how far its clock is ahead of UTC; where it does not, it is taken to be where the office is.
    pub offset_stated: bool,
}

/// The file's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// The datum, where the file names one that is known.
    pub datum: Option<Datum>,
}

/// Where a phone was.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Key of the fix.
    pub key: RecordKey,
    /// Where.
    pub at: Wgs84,
    /// Radius of the 68 % circle, metres.
    pub accuracy_m: f64,
    /// The middle of when that was, ms.
    pub at_ms: i64,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// So far a camera's clock may be off, and so long may pass between taking a photo and recording it.
const CLOCK_OFF_MS: i64 = 15 * MINUTE_MS;
/// Longer before than this is long before.
const LONG_BEFORE_MS: i64 = 6 * HOUR_MS;
/// Places nearer than this do not contradict each other: one may walk that far between a photo and a fix.
const NEAR_M: f64 = 1_000.0;
const FAR_M: f64 = 5_000.0;
/// Fixes within so long of a photo say where it was taken.
pub const ABOUT_MS: i64 = 30 * MINUTE_MS;

/// The datum that a file names, however it is written.
pub fn datum(name: &str) -> Option<Datum> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match plain.as_str() {
        // So spell GPSMapDatum cameras that follow the standard, among them those of Japan (JGD2000 is WGS-84 to a metre).
        "wgs84" | "wgs1984" | "jgd2000" | "jgd2011" | "cgcs2000" => Some(Datum::Wgs84),
        "gcj02" => Some(Datum::Gcj02),
        "bd09" | "bd09ll" => Some(Datum::Bd09),
        _ => None,
    }
}

/// What the camera's time gives, against the earliest and latest that is known of the record.
pub(super) fn time(clock: Clock, (first_ms, last_ms): (i64, i64)) -> Option<Signal> {
    let early_ms = first_ms - clock.taken_ms;
    let late_ms = clock.taken_ms - last_ms;
    let off_ms = early_ms.max(late_ms);
    if off_ms <= CLOCK_OFF_MS {
        return None;
    }
    let facts = json!({ "taken_ms": clock.taken_ms, "offset_stated": clock.offset_stated, "recorded_ms": [first_ms, last_ms], "minutes": off_ms / MINUTE_MS });
    let with = |more: serde_json::Value| {
        let (mut facts, more) = (facts.clone(), more);
        for (name, fact) in more.as_object().into_iter().flatten() {
            facts[name] = fact.clone();
        }
        facts
    };
    if early_ms >= LONG_BEFORE_MS {
        let strength = match early_ms / DAY_MS {
            0 => 0.5,
            1..7 => 0.6,
            _ => 0.7,
        };
        let (zh, en) = match early_ms / DAY_MS {
            0 => (format!("{} 小时", rounded(early_ms, HOUR_MS)), format!("{} h", rounded(early_ms, HOUR_MS))),
            _ => (format!("{} 天", rounded(early_ms, DAY_MS)), format!("{} day(s)", rounded(early_ms, DAY_MS))),
        };
        return Some(Signal::new(
            Code::TakenLongBefore,
            strength,
            None,
            with(json!({ "early_zh": zh, "early_en": en })),
        ));
    }
    let (strength, zh, en) = if early_ms > 0 { (0.2, "更早", "earlier") } else { (0.3, "更晚", "later") };
    Some(Signal::new(Code::ExifTime, strength, None, with(json!({ "side_zh": zh, "side_en": en }))))
}

/// A time is known to some seconds: three days less one are three.
fn rounded(ms: i64, unit_ms: i64) -> i64 {
    (ms + unit_ms / 2) / unit_ms
}

/// What the file's place gives, against where the phone was; where that is not known, against the village's boundary.
pub(super) fn place(
    spot: &Spot,
    at_ms: Option<i64>,
    positions: &[Position],
    fence: Option<&Prepared>,
) -> Option<Signal> {
    let could_be: Vec<Wgs84> = match spot.datum {
        Some(datum) => to_wgs84(datum, spot.lat, spot.lon).into_iter().collect(),
        None => [Datum::Wgs84, Datum::Gcj02, Datum::Bd09]
            .into_iter()
            .filter_map(|datum| to_wgs84(datum, spot.lat, spot.lon))
            .collect(),
    };
    let nearest = |fence: &Prepared| could_be.iter().map(|at| fence.signed_distance_m(*at)).reduce(f64::min);
    let strength = |distance_m: f64| if distance_m >= FAR_M { 0.6 } else { 0.4 };
    let datum = spot.datum.map_or("unstated", Datum::name);
    let about = positions.iter().filter(|position| at_ms.is_some_and(|at| (position.at_ms - at).abs() <= ABOUT_MS));
    let about: Vec<(f64, &Position)> = about.filter_map(|p| Some((nearest(&point(p.at))?, p))).collect();
    // Whatever fits one fix fits: the phone may have moved.
    let closest = about
        .into_iter()
        .min_by(|(a, p), (b, q)| (a - p.accuracy_m).total_cmp(&(b - q.accuracy_m)).then(p.key.cmp(&q.key)));
    match (closest, fence) {
        (Some((distance_m, position)), _) if distance_m - position.accuracy_m >= NEAR_M => {
            let facts = json!({ "distance_m": distance_m.round() as i64, "accuracy_m": position.accuracy_m.round() as i64, "datum": datum });
            Some(Signal::new(Code::ExifPlace, strength(distance_m), Some(position.key), facts))
        }
        (None, Some(fence)) => {
            let distance_m = nearest(fence).filter(|distance| *distance >= NEAR_M)?;
            let facts = json!({ "distance_m": distance_m.round() as i64, "datum": datum });
            Some(Signal::new(Code::ExifOutside, strength(distance_m), None, facts))
        }
        _ => None,
    }
}

fn point(at: Wgs84) -> Prepared {
    Prepared::circle(LonLat { lon: at.lon(), lat: at.lat() }, 0.0)
}
