//! Inside, outside, or not to be said: from a distance and an accuracy.

use serde::{Deserialize, Serialize};

/// Where a fix was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
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

/// From which probability on a position counts as inside, up to which as outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Inside from this probability on.
    pub inside_from: f64,
    /// Outside up to this probability.
    pub outside_to: f64,
}

/// What is said of a position and a fence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Where it was.
    pub place: Whereabouts,
    /// To the boundary in metres, rounded to decimetres; negative inside.
    pub distance_m: f64,
    /// That it was inside, rounded to four digits.
    pub probability: f64,
}

impl Verdict {
    /// Of a position measured at that signed distance, with that 68 % circle, both in metres.
    #[inline(always)]
    pub fn of(distance_m: f64, accuracy_m: f64, limits: Limits) -> Self {
        let probability = round(probability_inside(distance_m, accuracy_m), 1e4);
        let place = if probability >= limits.inside_from {
            Whereabouts::Inside
        } else if probability <= limits.outside_to {
            Whereabouts::Outside
        } else {
            Whereabouts::Uncertain
        };
        Self { place, distance_m: round(distance_m, 10.0), probability }
    }
}

/// A circular normal distribution has 68.27 % within this many standard deviations of one axis: sqrt(-2 ln(1 - 0.6827)).
const SIGMAS_OF_68_PERCENT: f64 = 1.515;

/// The probability that a position measured at that signed distance, with that 68 % circle, was inside.
///
/// The error is taken as normal and alike in all directions, so that along the normal of the boundary its standard deviation is
/// `accuracy / 1.515`, and the boundary as straight near the position: `p = Φ(-distance / σ)`. Where the fence is small against the
/// circle, the half plane is too large and `p` too near to one half, which makes the verdict uncertain, never wrong.
#[inline(always)]
pub fn probability_inside(distance_m: f64, accuracy_m: f64) -> f64 {
    if accuracy_m <= 0.0 {
        return if distance_m < 0.0 { 1.0 } else { 0.0 };
    }
    normal(-distance_m * SIGMAS_OF_68_PERCENT / accuracy_m)
}

/// The normal distribution function, to 1e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
#[inline(always)]
fn normal(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    // Beyond, the tail is below 1e-9, and most fixes lie there.
    if x > 4.3 {
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = series.iter().fold(0.0, |sum, a| (sum + a) * t) * libm::exp(-x * x) / 2.0;
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// Half away from zero, as `f64::round`; adding 0 turns a negative zero into zero, so that equal verdicts are equal as text too.
#[inline(always)]
fn round(x: f64, per_unit: f64) -> f64 {
    (x * per_unit).round() / per_unit + 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_normal_distribution() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.281_551_6, 0.1), (2.326_347_9, 0.99), (-9.0, 0.0)] {
            assert!((normal(z) - p).abs() < 2e-7, "{z}");
        }
    }

    #[test]
    fn near_the_boundary_nothing_is_said() {
        let limits = Limits { inside_from: 0.9, outside_to: 0.1 };
        let place = |distance, accuracy| Verdict::of(distance, accuracy, limits).place;
        assert_eq!(place(-1_000.0, 20.0), Whereabouts::Inside);
        assert_eq!(place(40.0, 60.0), Whereabouts::Uncertain);
        assert_eq!(place(1_000.0, 20.0), Whereabouts::Outside);
        assert_eq!(Verdict::of(-0.01, 20.0, limits).distance_m.to_string(), "0");
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
