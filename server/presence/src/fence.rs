//! The verdict on a fix: was it taken inside the village's fence of that day.

use jiff::civil::Date;
use mobile_schema::{Datum, Wgs84, to_wgs84};
use serde::{Deserialize, Serialize};
pub use zhucun_fences::Whereabouts;
use zhucun_fences::{BadShape, Limits, Prepared, Shape, Verdict};

use crate::{
    day::{Calendar, Span, parse},
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
    pub shape: Result<Prepared, BadShape>,
}

impl Fence {
    /// From its columns. `None` if a day is none.
    pub fn read(record: Vec<u8>, from: &str, to: Option<&str>, datum: &str, geometry: &str) -> Option<Self> {
        let to = match to {
            Some(to) => Some(parse(to)?),
            None => None,
        };
        let shape = Datum::parse(datum).ok_or(BadShape::Unreadable).and_then(|d| Shape::from_geojson(geometry, d));
        let shape = shape.and_then(|shape| Prepared::new(&shape));
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
    /// It was merged into the village by whose fence it is judged.
    Merged = "merged", "所写的村已并入另一村，按该村的电子围栏判断", "The village it names was merged into another, by whose fence it is judged.";
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

impl FixVerdict {
    /// Notes a reason.
    pub fn note(&mut self, reason: FixReason) {
        self.reasons.push(reason);
        self.reasons.sort_unstable();
    }
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
        let distance = at.and_then(|at: Wgs84| Some(f.shape.as_ref().ok()?.signed_distance_m(at)));
        note(distance.is_none(), FixReason::BadFence);
        distance
    });
    let spread = accuracy.unwrap_or(thresholds.assumed_accuracy_m)
        + if fix.datum.is_none() { thresholds.datum_doubt_m } else { 0.0 };
    let limits = Limits { inside_from: thresholds.inside_from, outside_to: thresholds.outside_to };
    let verdict = distance.map(|distance| Verdict::of(distance, spread, limits));
    let place = verdict.filter(|_| !nowhere).map_or(Whereabouts::Uncertain, |v| v.place);
    reasons.sort_unstable();
    FixVerdict {
        place,
        distance_m: verdict.map(|v| v.distance_m),
        probability: verdict.map(|v| v.probability),
        reasons,
        fence: fence.map(|f| f.record.clone()),
    }
}

#[cfg(test)]
mod tests {
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
}
