//! Positions and their datums.
//!
//! Satellite receivers give WGS-84. Map and location kits in China give GCJ-02, which is off by some 300 to 600 m, or BD-09,
//! off by about a kilometre. A position whose datum is taken for another lands in the next village, so each datum is a type,
//! the raw value is kept where it was recorded, and [`to_wgs84`] is the one way from a record to a position to compute with.
//!
//! The formulas are those published for GCJ-02 and BD-09 (as in the libraries coordtransform, eviltransform and gcoord; the
//! tests hold their reference points). By their convention nothing is shifted outside a box around mainland China
//! ([`BOX`]), and BD-09 is treated alike. The box is not the border: what lies in it beyond the border is shifted too, and
//! within a kilometre of its edge the shift has no inverse. Both are far from where Zhucun is used.
//!
//! Sines and their like are [`libm`]'s, in Rust: a system's own may differ in the last bit from machine to machine, and with them a
//! verdict that must be the same everywhere.

use serde::{Deserialize, Serialize};

/// Where GCJ-02 and BD-09 differ from WGS-84: `[south, west, north, east]` in degrees.
pub const BOX: [f64; 4] = [0.8293, 72.004, 55.8271, 137.8347];

/// A length in metres, not negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
pub struct Metres(pub f64);

/// What the degrees of a position refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// World Geodetic System 1984: satellites.
    Wgs84,
    /// 国测局坐标: Amap, Tencent, Huawei, and most phones' network location in China.
    Gcj02,
    /// 百度坐标: Baidu.
    Bd09,
}

impl Datum {
    /// The names on the wire.
    pub const NAMES: &'static [&'static str] = &["wgs84", "gcj02", "bd09"];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The datum of that name.
    pub fn parse(name: &str) -> Option<Datum> {
        [Datum::Wgs84, Datum::Gcj02, Datum::Bd09].into_iter().find(|d| d.name() == name)
    }
}

macro_rules! position {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $name {
            lat: f64,
            lon: f64,
        }

        impl $name {
            /// From degrees; `None` unless both are finite, `lat` from -90 to 90 and `lon` from -180 to 180.
            pub fn new(lat: f64, lon: f64) -> Option<Self> {
                ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some(Self { lat, lon })
            }

            /// Latitude in degrees, north positive.
            pub fn lat(self) -> f64 {
                self.lat
            }

            /// Longitude in degrees, east positive.
            pub fn lon(self) -> f64 {
                self.lon
            }
        }
    };
}

position!(
    /// A position in WGS-84, the only one to compute with.
    Wgs84
);
position!(
    /// A position in GCJ-02 (国测局坐标).
    Gcj02
);
position!(
    /// A position in BD-09 (百度坐标).
    Bd09
);

/// The position as recorded, in WGS-84. `None` if the degrees are not finite or out of range.
pub fn to_wgs84(datum: Datum, lat: f64, lon: f64) -> Option<Wgs84> {
    match datum {
        Datum::Wgs84 => Wgs84::new(lat, lon),
        Datum::Gcj02 => Gcj02::new(lat, lon).map(Gcj02::to_wgs84),
        Datum::Bd09 => Bd09::new(lat, lon).map(Bd09::to_wgs84),
    }
}

impl Wgs84 {
    /// The same place in GCJ-02.
    pub fn to_gcj02(self) -> Gcj02 {
        let (lat, lon) = forward(gcj02_shift, self.lat, self.lon);
        Gcj02 { lat, lon }
    }

    /// The same place in BD-09.
    pub fn to_bd09(self) -> Bd09 {
        self.to_gcj02().to_bd09()
    }

    /// The way over a sphere of the Earth's mean radius; within 0.6 % of the ellipsoid's.
    pub fn distance(self, other: Wgs84) -> Metres {
        const MEAN_RADIUS_M: f64 = 6_371_008.8;
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((b - a) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + a.cos() * b.cos() * half_lon * half_lon;
        // Rounding can carry `h` past 1 at the antipode, where the arcsine ends.
        Metres(2.0 * MEAN_RADIUS_M * h.min(1.0).sqrt().asin())
    }
}

impl Gcj02 {
    /// The same place in WGS-84, to well below 0.5 m.
    pub fn to_wgs84(self) -> Wgs84 {
        let (lat, lon) = inverse(gcj02_shift, self.lat, self.lon);
        Wgs84 { lat, lon }
    }

    /// The same place in BD-09.
    pub fn to_bd09(self) -> Bd09 {
        let (lat, lon) = forward(bd09_shift, self.lat, self.lon);
        Bd09 { lat, lon }
    }
}

impl Bd09 {
    /// The same place in GCJ-02.
    pub fn to_gcj02(self) -> Gcj02 {
        let (lat, lon) = inverse(bd09_shift, self.lat, self.lon);
        Gcj02 { lat, lon }
    }

    /// The same place in WGS-84.
    pub fn to_wgs84(self) -> Wgs84 {
        self.to_gcj02().to_wgs84()
    }
}

/// How far a datum moves a place, in degrees of latitude and longitude.
type Shift = fn(f64, f64) -> (f64, f64);

/// No shift is as long as this.
const MARGIN_DEG: f64 = 0.05;

fn in_box(lat: f64, lon: f64, margin: f64) -> bool {
    let [south, west, north, east] = BOX;
    (south - margin..=north + margin).contains(&lat) && (west - margin..=east + margin).contains(&lon)
}

fn forward(shift: Shift, lat: f64, lon: f64) -> (f64, f64) {
    if !in_box(lat, lon, 0.0) {
        return (lat, lon);
    }
    let (d_lat, d_lon) = shift(lat, lon);
    (lat + d_lat, lon + d_lon)
}

/// The place that `shift` moves here. The shift changes by less than 3 % of the way one moves, so that each round of the
/// iteration gains a digit and a half: eight reach the precision of the type.
fn inverse(shift: Shift, lat: f64, lon: f64) -> (f64, f64) {
    if !in_box(lat, lon, MARGIN_DEG) {
        return (lat, lon);
    }
    let (mut from_lat, mut from_lon) = (lat, lon);
    for _ in 0..8 {
        let (d_lat, d_lon) = shift(from_lat, from_lon);
        (from_lat, from_lon) = (lat - d_lat, lon - d_lon);
    }
    // What was moved into the box's rim from nowhere inside it was not moved at all.
    if in_box(from_lat, from_lon, 0.0) { (from_lat, from_lon) } else { (lat, lon) }
}

/// The published shift from WGS-84 to GCJ-02, on the Krasovsky 1940 ellipsoid.
fn gcj02_shift(lat: f64, lon: f64) -> (f64, f64) {
    use std::f64::consts::PI;
    const MAJOR_AXIS_M: f64 = 6_378_245.0;
    const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |size: f64, frequency: f64, at: f64| size * libm::sin(frequency * at * PI);
    let ripple = wave(20.0, 6.0, x) + wave(20.0, 2.0, x);
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + (ripple
            + wave(20.0, 1.0, y)
            + wave(40.0, 1.0 / 3.0, y)
            + wave(160.0, 1.0 / 12.0, y)
            + wave(320.0, 1.0 / 30.0, y))
            * 2.0
            / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + (ripple
            + wave(20.0, 1.0, x)
            + wave(40.0, 1.0 / 3.0, x)
            + wave(150.0, 1.0 / 12.0, x)
            + wave(300.0, 1.0 / 30.0, x))
            * 2.0
            / 3.0;

    let (sin, cos) = libm::sincos(lat.to_radians());
    let flat = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
    let meridian_radius_m = MAJOR_AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (flat * flat.sqrt());
    let parallel_radius_m = MAJOR_AXIS_M / flat.sqrt() * cos;
    ((north_m / meridian_radius_m).to_degrees(), (east_m / parallel_radius_m).to_degrees())
}

/// The published shift from GCJ-02 to BD-09: a wobble in polar coordinates and a constant step.
fn bd09_shift(lat: f64, lon: f64) -> (f64, f64) {
    const STEP_LAT: f64 = 0.006;
    const STEP_LON: f64 = 0.0065;
    const FREQUENCY: f64 = std::f64::consts::PI * 3000.0 / 180.0;

    let radius = libm::hypot(lon, lat) + 0.00002 * libm::sin(lat * FREQUENCY);
    let angle = libm::atan2(lat, lon) + 0.000003 * libm::cos(lon * FREQUENCY);
    let (sin, cos) = libm::sincos(angle);
    (radius * sin + STEP_LAT - lat, radius * cos + STEP_LON - lon)
}
