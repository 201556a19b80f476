//! The plane in which distances are taken.
//!
//! Of what a processor or its system library may round in its own way (sines, fused multiplications) nothing is used here: sine and
//! cosine are [`libm`]'s, in Rust, and the rest are the four operations and the square root, of which IEEE 754 fixes every bit. So equal
//! positions have equal distances on every processor, however wide its vectors.

use mobile_schema::Wgs84;

use crate::shape::LonLat;

/// A plane that touches the ellipsoid at a position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane {
    pub(crate) at: LonLat,
    pub(crate) north_m_per_deg: f64,
    /// Radius of curvature in the prime vertical, in metres a degree.
    pub(crate) vertical_m_per_deg: f64,
    cos: f64,
    /// How fast `cos` falls, halved, a degree.
    fall: f64,
}

impl Plane {
    /// The plane at a position, its longitude turned to be near to that of what is looked at.
    pub(crate) fn at(at: Wgs84, near_lon: f64) -> Self {
        const MAJOR_AXIS_M: f64 = 6_378_137.0;
        const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_141_317;
        let (sin, cos) = libm::sincos(at.lat().to_radians());
        let flat = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
        let vertical = MAJOR_AXIS_M / flat.sqrt();
        Self {
            at: LonLat { lon: nearest_turn(at.lon(), near_lon), lat: at.lat() },
            north_m_per_deg: (vertical * (1.0 - ECCENTRICITY_SQUARED) / flat).to_radians(),
            vertical_m_per_deg: vertical.to_radians(),
            cos,
            fall: (sin / 2.0).to_radians(),
        }
    }

    /// By what eastward lengths are scaled at that latitude: the cosine at the mean of both latitudes, near enough.
    #[inline(always)]
    pub(crate) fn eastward(&self, lat: f64) -> f64 {
        larger(self.cos - self.fall * (lat - self.at.lat), 0.0)
    }

    /// East and north of the position, in metres.
    #[inline(always)]
    pub(crate) fn of(&self, lon: f64, lat: f64) -> [f64; 2] {
        let east = (lon - self.at.lon) * self.vertical_m_per_deg * self.eastward(lat);
        [east, (lat - self.at.lat) * self.north_m_per_deg]
    }
}

/// How far two positions are from each other in metres; below 0.2 % off the geodesic to 50 km.
pub fn distance_m(a: Wgs84, b: Wgs84) -> f64 {
    let [x, y] = Plane::at(a, b.lon()).of(b.lon(), b.lat());
    (x * x + y * y).sqrt()
}

/// `lon` turned fully as often as brings it nearest to `near`.
pub(crate) fn nearest_turn(lon: f64, near: f64) -> f64 {
    lon - ((lon - near) / 360.0).round() * 360.0
}

/// From the origin to the nearest point between `a` and `b`, squared.
#[inline(always)]
pub(crate) fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = d[0] * d[0] + d[1] * d[1];
    let along = -(a[0] * d[0] + a[1] * d[1]) / if length > 0.0 { length } else { 1.0 };
    let along = smaller(larger(along, 0.0), 1.0);
    let p = [a[0] + along * d[0], a[1] + along * d[1]];
    p[0] * p[0] + p[1] * p[1]
}

/// Whether a ray eastward from the origin crosses the edge from `a` to `b`.
///
/// The cross product changes its sign exactly when the ends are exchanged, so that a position on an edge that two neighbours share is
/// inside just one of them.
#[inline(always)]
pub(crate) fn crosses(a: [f64; 2], b: [f64; 2]) -> bool {
    let cross = a[0] * b[1] - a[1] * b[0];
    let rises = b[1] > a[1];
    ((a[1] > 0.0) != (b[1] > 0.0)) & ((rises & (cross > 0.0)) | (!rises & (cross < 0.0)))
}

/// As processors compare: `f64::max` would also look for what is no number.
#[inline(always)]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}
