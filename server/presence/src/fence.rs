//! The verdict on a fix: was it taken inside the village's fence of that day.

use jiff::civil::Date;
use mobile_schema::{Datum, Wgs84, to_wgs84};
use serde::{Deserialize, Serialize};

use super::{
    day::{Calendar, Span, parse},
    geometry::{BadShape, Shape},
    rule::Thresholds,
};

/// A village's boundary for some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Fence {
    /// Key of its record.
    pub record: Vec<u8>,
    /// First day.
    pub from: Date,
    /// Last day; open when missing.
    pub to: Option<Date>,
    /// The boundary.
    pub shape: Result<Shape, BadShape>,
}

impl Fence {
    /// From its columns. `None` if a day is none.
    pub fn read(record: Vec<u8>, from: &str, to: Option<&str>, datum: &str, geometry: &str) -> Option<Self> {
        let to = match to {
            Some(to) => Some(parse(to)?),
            None => None,
        };
        let shape = Datum::parse(datum).ok_or(BadShape::Unreadable).and_then(|d| Shape::from_geojson(geometry, d));
        Some(Self { record, from: parse(from)?, to, shape })
    }

    /// Of a village's fences the one that holds on that day: of several the one that began last, then the highest key.
    pub fn on(fences: &[Fence], day: Date) -> Option<&Fence> {
        fences
            .iter()
            .filter(|f| f.from <= day && f.to.is_none_or(|to| day <= to))
            .max_by(|a, b| (a.from, &a.record).cmp(&(b.from, &b.record)))
    }

    /// The fence that holds for the whole of a span.
    pub fn during<'f>(fences: &'f [Fence], span: Span, calendar: &Calendar) -> Option<&'f Fence> {
        let (lo, hi) = span.closed()?;
        let first = Fence::on(fences, calendar.day_of(lo))?;
        Fence::on(fences, calendar.day_of(hi)).filter(|last| std::ptr::eq(*last, first))
    }
}

/// A position as measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Raw latitude.
    pub lat: f64,
    /// Raw longitude.
    pub lon: f64,
    /// Radius of the 68 % circle in metres.
    pub accuracy_m: Option<f64>,
    /// What the degrees refer to.
    pub datum: Option<Datum>,
    /// Whether the phone says that an app fakes its position.
    pub mock: bool,
    /// When.
    pub span: Span,
}

/// Where a fix was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// Inside the fence.
    Inside,
    /// Outside.
    Outside,
    /// It cannot be said.
    Uncertain,
}

impl Whereabouts {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
            Self::Uncertain => "uncertain",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Inside, Self::Outside, Self::Uncertain].into_iter().find(|w| w.name() == name)
    }
}

macro_rules! fix_reasons {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $zh:literal, $en:literal;)*) => {
        /// What a person should know of a fix's verdict.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum FixReason { $($(#[doc = $doc])* $name,)* }

        impl FixReason {
            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The one of that code.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// A sentence for a person, Chinese and English.
            pub fn sentence(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }
    };
}

fix_reasons! {
    /// The phone says that an app fakes its position.
    Mocked = "mocked", "手机报告位置由模拟软件给出", "The phone says that an app fakes its position.";
    /// 0° N 0° E, which is what a receiver without a position gives.
    NoPosition = "no_position", "坐标为 0,0，即设备没有取得定位", "The degrees are 0, 0, which is what a receiver without a position gives.";
    /// Worse than the rule's limit.
    PoorAccuracy = "poor_accuracy", "定位精度差于规定", "The accuracy is worse than the rule's limit.";
    /// None given, or 0.
    AccuracyUnknown = "accuracy_unknown", "定位精度未知", "The accuracy is not known.";
    /// Measured in another datum than WGS-84.
    DatumConverted = "datum_converted", "坐标已换算为 WGS-84", "The position was converted to WGS-84.";
    /// It does not say what its degrees refer to.
    DatumUnknown = "datum_unknown", "坐标系未知，位置可能偏差约一公里", "The datum is not known; the position may be a kilometre off.";
    /// The village has no fence on that day.
    NoFence = "no_fence", "该村当日没有电子围栏", "The village has no fence on that day.";
    /// The fence encloses nothing.
    BadFence = "bad_fence", "电子围栏图形无效", "The fence's geometry is not valid.";
    /// Nobody said which village.
    NoVillage = "no_village", "没有说明是哪个村", "Nobody said which village.";
    /// It belongs to no day, or the fence changed meanwhile.
    TimeUnknown = "time_unknown", "定位时间无法确定", "When it was measured is not known.";
    /// It lies between two days.
    DayUnsure = "day_unsure", "定位时间跨越两天，无法确定是哪一天", "Its time spans more than one day.";
}

/// The verdict on a fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixVerdict {
    /// Where it was.
    pub place: Whereabouts,
    /// To the boundary in metres, rounded to decimetres; negative inside. None without a fence.
    pub distance_m: Option<f64>,
    /// That it was inside, rounded to four digits. None without a fence.
    pub probability: Option<f64>,
    /// Sorted.
    pub reasons: Vec<FixReason>,
    /// The fence's record.
    #[serde(skip)]
    pub fence: Option<Vec<u8>>,
}

/// A circular normal distribution has 68.27 % within this many standard deviations of one axis: sqrt(-2 ln(1 - 0.6827)).
const SIGMAS_OF_68_PERCENT: f64 = 1.515;

/// The probability that a position measured at that signed distance, with that 68 % circle, was inside.
///
/// The error is taken as normal and alike in all directions, so that along the normal of the boundary its standard deviation is
/// `accuracy / 1.515`, and the boundary as straight near the position: `p = Φ(-distance / σ)`. Where the fence is small against the
/// circle, the half plane is too large and `p` too near to one half, which makes the verdict uncertain, never wrong.
pub fn probability_inside(distance_m: f64, accuracy_m: f64) -> f64 {
    if accuracy_m <= 0.0 {
        return if distance_m < 0.0 { 1.0 } else { 0.0 };
    }
    normal(-distance_m * SIGMAS_OF_68_PERCENT / accuracy_m)
}

/// The normal distribution function, to 1e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
fn normal(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = series.iter().fold(0.0, |sum, a| (sum + a) * t) * (-x * x).exp() / 2.0;
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// Judges a fix against the fences of a village: `None` where nobody said which.
pub fn verdict(fix: &Measured, fences: Option<&[Fence]>, calendar: &Calendar, thresholds: &Thresholds) -> FixVerdict {
    let mut reasons = Vec::new();
    let mut note = |when: bool, reason| when.then(|| reasons.push(reason)).is_some();
    let accuracy = fix.accuracy_m.filter(|a| *a > 0.0 && a.is_finite());
    note(fix.mock, FixReason::Mocked);
    let nowhere = note(fix.lat == 0.0 && fix.lon == 0.0, FixReason::NoPosition);
    note(accuracy.is_none(), FixReason::AccuracyUnknown);
    note(accuracy.is_some_and(|a| a > thresholds.accuracy_limit_m), FixReason::PoorAccuracy);
    note(matches!(fix.datum, Some(Datum::Gcj02 | Datum::Bd09)), FixReason::DatumConverted);
    note(fix.datum.is_none(), FixReason::DatumUnknown);
    match fix.span.closed() {
        None => note(true, FixReason::TimeUnknown),
        Some((lo, hi)) => note(calendar.day_of(lo) != calendar.day_of(hi), FixReason::DayUnsure),
    };
    let fence = match fences {
        None => {
            note(true, FixReason::NoVillage);
            None
        }
        Some(fences) => {
            let fence = Fence::during(fences, fix.span, calendar);
            note(fence.is_none() && fix.span.closed().is_some(), FixReason::NoFence);
            fence
        }
    };
    let at = to_wgs84(fix.datum.unwrap_or(Datum::Wgs84), fix.lat, fix.lon);
    let distance = fence.and_then(|f| {
        let distance = at.and_then(|at: Wgs84| f.shape.as_ref().ok()?.signed_distance_m(at));
        note(distance.is_none(), FixReason::BadFence);
        distance
    });
    let spread = accuracy.unwrap_or(thresholds.assumed_accuracy_m)
        + if fix.datum.is_none() { thresholds.datum_doubt_m } else { 0.0 };
    let probability = distance.map(|d| round(probability_inside(d, spread), 1e4));
    let place = match probability {
        _ if nowhere => Whereabouts::Uncertain,
        Some(p) if p >= thresholds.inside_from => Whereabouts::Inside,
        Some(p) if p <= thresholds.outside_to => Whereabouts::Outside,
        _ => Whereabouts::Uncertain,
    };
    reasons.sort_unstable();
    FixVerdict {
        place,
        distance_m: distance.map(|d| round(d, 10.0)),
        probability,
        reasons,
        fence: fence.map(|f| f.record.clone()),
    }
}

fn round(x: f64, per_unit: f64) -> f64 {
    // Adding 0 turns a negative zero into zero, so that equal verdicts are equal as text too.
    (x * per_unit).round() / per_unit + 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::day::DAY_MS;

    fn calendar() -> Calendar {
        Calendar(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap())
    }

    fn day(s: &str) -> Date {
        parse(s).unwrap()
    }

    /// A square of two kilometres about 21.0 N 110.4 E.
    fn fence(from: &str, to: Option<&str>) -> Fence {
        let json = r#"{"type":"Polygon","coordinates":[[[110.39038,20.99097],[110.40962,20.99097],[110.40962,21.00903],[110.39038,21.00903],[110.39038,20.99097]]]}"#;
        Fence::read(vec![1], from, to, "wgs84", json).unwrap()
    }

    fn fix_at(east_m: f64, accuracy_m: f64) -> Measured {
        let noon = calendar().bounds(day("2026-03-02")).start_ms + DAY_MS / 2;
        Measured {
            lat: 21.0,
            lon: 110.4 + east_m / 103_960.0,
            accuracy_m: Some(accuracy_m),
            datum: Some(Datum::Wgs84),
            mock: false,
            span: Span { lo_ms: Some(noon), hi_ms: Some(noon) },
        }
    }

    fn judged(fix: &Measured) -> FixVerdict {
        verdict(fix, Some(&[fence("2026-01-01", None)]), &calendar(), &Thresholds::default())
    }

    #[test]
    fn in_the_middle_and_far_away() {
        let inside = judged(&fix_at(0.0, 20.0));
        assert_eq!((inside.place, inside.reasons.len()), (Whereabouts::Inside, 0));
        assert!((inside.distance_m.unwrap() + 1000.0).abs() < 5.0);
        let home = judged(&fix_at(30_000.0, 20.0));
        assert_eq!((home.place, home.probability), (Whereabouts::Outside, Some(0.0)));
    }

    #[test]
    fn forty_metres_outside_with_sixty_metres_accuracy_is_uncertain_not_absent() {
        let v = judged(&fix_at(1_040.0, 60.0));
        assert_eq!(v.place, Whereabouts::Uncertain);
        assert!((v.distance_m.unwrap() - 40.0).abs() < 3.0 && (0.13..0.18).contains(&v.probability.unwrap()));
    }

    #[test]
    fn a_shifted_position_is_normalised_before_it_is_judged() {
        // 150 m inside the eastern edge. Taken for WGS-84 it lies some 400 m further east, and outside.
        let near_edge = Wgs84::new(21.0, 110.4 + 850.0 / 103_960.0).unwrap().to_gcj02();
        let mut fix = fix_at(0.0, 20.0);
        (fix.lat, fix.lon, fix.datum) = (near_edge.lat(), near_edge.lon(), Some(Datum::Gcj02));
        let v = judged(&fix);
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Inside, &[FixReason::DatumConverted][..]));
        fix.datum = Some(Datum::Wgs84);
        assert_ne!(judged(&fix).place, Whereabouts::Inside);
        fix.datum = None;
        let v = judged(&fix);
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Uncertain, &[FixReason::DatumUnknown][..]));
    }

    #[test]
    fn the_fence_is_that_of_the_day() {
        let two = [fence("2026-01-01", Some("2026-03-01")), Fence { record: vec![2], ..fence("2026-03-02", None) }];
        let v = verdict(&fix_at(0.0, 20.0), Some(&two), &calendar(), &Thresholds::default());
        assert_eq!(v.fence, Some(vec![2]));
        let midnight = calendar().bounds(day("2026-03-02")).start_ms;
        let across = Measured { span: Span { lo_ms: Some(midnight - 1), hi_ms: Some(midnight) }, ..fix_at(0.0, 20.0) };
        let v = verdict(&across, Some(&two), &calendar(), &Thresholds::default());
        assert_eq!(v.reasons, [FixReason::NoFence, FixReason::DayUnsure]);
        let before = [fence("2026-03-03", None)];
        let v = verdict(&fix_at(0.0, 20.0), Some(&before), &calendar(), &Thresholds::default());
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Uncertain, &[FixReason::NoFence][..]));
    }

    #[test]
    fn each_doubt_is_named() {
        let mut fix = Measured { mock: true, ..fix_at(0.0, 0.0) };
        assert_eq!(judged(&fix).reasons, [FixReason::Mocked, FixReason::AccuracyUnknown]);
        fix = fix_at(0.0, 100_000.0);
        let v = judged(&fix);
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Uncertain, &[FixReason::PoorAccuracy][..]));
        fix = Measured { span: Span { lo_ms: None, hi_ms: None }, ..fix_at(0.0, 20.0) };
        assert_eq!(judged(&fix).reasons, [FixReason::TimeUnknown]);
        let v = verdict(&fix_at(0.0, 20.0), None, &calendar(), &Thresholds::default());
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Uncertain, &[FixReason::NoVillage][..]));
        let empty = Fence { shape: Err(BadShape::WithoutArea), ..fence("2026-01-01", None) };
        let v = verdict(&fix_at(0.0, 20.0), Some(&[empty]), &calendar(), &Thresholds::default());
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Uncertain, &[FixReason::BadFence][..]));
        let v = judged(&Measured { lat: 0.0, lon: 0.0, ..fix_at(0.0, 20.0) });
        assert_eq!((v.place, v.reasons.as_slice()), (Whereabouts::Uncertain, &[FixReason::NoPosition][..]));
    }

    #[test]
    fn codes_are_unique_and_read_back() {
        for reason in [FixReason::Mocked, FixReason::DayUnsure, FixReason::NoFence] {
            assert_eq!(FixReason::parse(reason.code()), Some(reason));
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{}\"", reason.code()));
        }
    }

    #[test]
    fn the_normal_distribution() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.281_551_6, 0.1), (2.326_347_9, 0.99), (-9.0, 0.0)] {
            assert!((normal(z) - p).abs() < 2e-7, "{z}");
        }
    }

    proptest! {
        /// Further in is never less likely inside; a worse accuracy draws towards one half.
        #[test]
        fn probability_is_monotone(d in -5_000.0..5_000.0f64, step in 0.0..1_000.0f64, a in 1.0..1_000.0f64, worse in 0.0..1_000.0f64) {
            let p = probability_inside(d, a);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!(probability_inside(d - step, a) >= p - 2e-7);
            prop_assert!((probability_inside(d, a + worse) - 0.5).abs() <= (p - 0.5).abs() + 2e-7);
            prop_assert!((probability_inside(-d, a) + p - 1.0).abs() < 4e-7);
        }
    }
}
