//! The shape of a fence, and how far a position is from its boundary.

use mobile_schema::{Datum, Wgs84, to_wgs84};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A fence's shape in WGS-84. Longitudes of a shape are unwrapped: it does not jump at the antimeridian.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// The rings of one or more polygons, outer and holes alike, each closed: what an odd number of them surrounds is inside.
    Rings(Vec<Vec<LonLat>>),
    /// All within a distance.
    Circle {
        /// Its middle.
        centre: LonLat,
        /// Metres.
        radius_m: f64,
    },
}

/// Degrees, longitude perhaps beyond ±180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLat {
    /// East positive.
    pub lon: f64,
    /// North positive.
    pub lat: f64,
}

/// Why a geometry makes no fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadShape {
    /// Not a Polygon, MultiPolygon or Circle as the schema has it.
    #[error("the geometry is not a Polygon, MultiPolygon or Circle")]
    Unreadable,
    /// No ring has an area.
    #[error("the geometry encloses nothing")]
    WithoutArea,
}

#[derive(Deserialize)]
struct GeoJson<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    coordinates: &'a RawValue,
    radius_m: Option<f64>,
}

type Points = Vec<Vec<f64>>;

impl Shape {
    /// From GeoJSON (RFC 7946) whose degrees are of that datum, or a `Circle`.
    pub fn from_geojson(json: &str, datum: Datum) -> Result<Self, BadShape> {
        let geo: GeoJson<'_> = serde_json::from_str(json).map_err(|_| BadShape::Unreadable)?;
        let coordinates = geo.coordinates.get();
        let rings: Vec<Points> = match geo.kind.as_str() {
            "Circle" => {
                let centre = point(&read::<Vec<f64>>(coordinates)?, datum)?;
                return match geo.radius_m {
                    Some(radius_m) if radius_m > 0.0 && radius_m.is_finite() => Ok(Self::Circle { centre, radius_m }),
                    _ => Err(BadShape::WithoutArea),
                };
            }
            "Polygon" => read(coordinates)?,
            "MultiPolygon" => read::<Vec<Vec<Points>>>(coordinates)?.into_iter().flatten().collect(),
            _ => return Err(BadShape::Unreadable),
        };
        let mut near = None;
        let mut unwrapped = Vec::with_capacity(rings.len());
        for ring in &rings {
            unwrapped.push(unwrap(ring, datum, &mut near)?);
        }
        if unwrapped.iter().all(|ring| area(ring) == 0.0) {
            return Err(BadShape::WithoutArea);
        }
        Ok(Self::Rings(unwrapped))
    }

    /// How far the position is from the boundary in metres; negative inside. `None` only of a shape without points.
    ///
    /// Distances are taken in a plane that touches the ellipsoid at the position, eastward lengths scaled at the mean of both
    /// latitudes: below 0.2 % off the geodesic to 50 km (the tests hold it to that), and exact at the boundary, where it matters.
    /// Edges are straight in degrees, as RFC 7946 has them.
    pub fn signed_distance_m(&self, at: Wgs84) -> Option<f64> {
        match self {
            Self::Circle { centre, radius_m } => {
                let [x, y] = Plane::at(at, centre.lon).of(*centre);
                Some(x.hypot(y) - radius_m)
            }
            Self::Rings(rings) => {
                let plane = Plane::at(at, rings.first()?.first()?.lon);
                let (mut nearest, mut inside) = (f64::INFINITY, false);
                for ring in rings {
                    let mut a = plane.of(*ring.first()?);
                    for next in &ring[1..] {
                        let b = plane.of(*next);
                        nearest = nearest.min(squared_distance(a, b));
                        // A ray eastward from the position crosses this edge.
                        if (a[1] > 0.0) != (b[1] > 0.0) && a[0] - a[1] * (b[0] - a[0]) / (b[1] - a[1]) > 0.0 {
                            inside = !inside;
                        }
                        a = b;
                    }
                }
                let distance = nearest.sqrt();
                Some(if inside { -distance } else { distance })
            }
        }
    }
}

/// How far two positions are from each other in metres; below 0.2 % off the geodesic to 50 km.
pub fn distance_m(a: Wgs84, b: Wgs84) -> f64 {
    let [x, y] = Plane::at(a, b.lon()).of(LonLat { lon: b.lon(), lat: b.lat() });
    x.hypot(y)
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, BadShape> {
    serde_json::from_str(json).map_err(|_| BadShape::Unreadable)
}

fn point(p: &[f64], datum: Datum) -> Result<LonLat, BadShape> {
    let &[lon, lat, ..] = p else { return Err(BadShape::Unreadable) };
    let p = to_wgs84(datum, lat, lon).ok_or(BadShape::Unreadable)?;
    Ok(LonLat { lon: p.lon(), lat: p.lat() })
}

/// A ring in WGS-84, closed, each point within half a turn of the one before; `near` carries from ring to ring.
fn unwrap(ring: &[Vec<f64>], datum: Datum, near: &mut Option<f64>) -> Result<Vec<LonLat>, BadShape> {
    let mut out = Vec::with_capacity(ring.len() + 1);
    for p in ring {
        let mut p = point(p, datum)?;
        p.lon = nearest_turn(p.lon, near.unwrap_or(p.lon));
        *near = Some(p.lon);
        out.push(p);
    }
    let first = *out.first().ok_or(BadShape::Unreadable)?;
    if out.last() != Some(&first) {
        out.push(first);
    }
    *near = Some(first.lon);
    Ok(out)
}

/// `lon` turned fully as often as brings it nearest to `near`.
fn nearest_turn(lon: f64, near: f64) -> f64 {
    lon - ((lon - near) / 360.0).round() * 360.0
}

/// Twice the area in square degrees.
fn area(ring: &[LonLat]) -> f64 {
    ring.windows(2).map(|w| (w[1].lon - w[0].lon) * (w[0].lat + w[1].lat)).sum::<f64>().abs()
}

/// A plane that touches the ellipsoid at a position.
struct Plane {
    at: LonLat,
    north_m_per_deg: f64,
    /// Radius of curvature in the prime vertical, in metres a degree.
    vertical_m_per_deg: f64,
    cos: f64,
    /// How fast `cos` falls, halved, a degree.
    fall: f64,
}

impl Plane {
    fn at(at: Wgs84, near_lon: f64) -> Self {
        const MAJOR_AXIS_M: f64 = 6_378_137.0;
        const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_141_317;
        let (sin, cos) = at.lat().to_radians().sin_cos();
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

    /// East and north of the position, in metres.
    fn of(&self, p: LonLat) -> [f64; 2] {
        let north = p.lat - self.at.lat;
        let cos = (self.cos - self.fall * north).max(0.0);
        [(p.lon - self.at.lon) * self.vertical_m_per_deg * cos, north * self.north_m_per_deg]
    }
}

/// From the origin to the nearest point between `a` and `b`.
fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = d[0] * d[0] + d[1] * d[1];
    let along = if length > 0.0 { (-(a[0] * d[0] + a[1] * d[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    let p = [a[0] + along * d[0], a[1] + along * d[1]];
    p[0] * p[0] + p[1] * p[1]
}

#[cfg(test)]
mod tests {
    use geo::{Contains as _, Destination as _, Distance as _, Geodesic, LineString, Point, Polygon};
    use proptest::prelude::*;

    use super::*;

    fn wgs(lat: f64, lon: f64) -> Wgs84 {
        Wgs84::new(lat, lon).unwrap()
    }

    fn square(lat: f64, lon: f64, half: f64) -> Shape {
        let ring = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]]
            .map(|[x, y]| format!("[{},{}]", lon + x * half, lat + y * half));
        let json = format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","));
        Shape::from_geojson(&json, Datum::Wgs84).unwrap()
    }

    #[test]
    fn inside_a_hole_is_outside_and_the_second_polygon_counts() {
        let json = r#"{"type":"MultiPolygon","coordinates":[
            [[[110,21],[110.1,21],[110.1,21.1],[110,21.1],[110,21]],[[110.04,21.04],[110.06,21.04],[110.06,21.06],[110.04,21.06],[110.04,21.04]]],
            [[[110.2,21],[110.3,21],[110.3,21.1],[110.2,21.1],[110.2,21]]]]}"#;
        let shape = Shape::from_geojson(json, Datum::Wgs84).unwrap();
        let d = |lat, lon| shape.signed_distance_m(wgs(lat, lon)).unwrap();
        assert!(d(21.02, 110.02) < 0.0 && d(21.05, 110.25) < 0.0);
        assert!(d(21.05, 110.05) > 0.0, "the hole");
        assert!(d(21.05, 110.15) > 0.0, "between them");
        assert!((d(21.05, 110.05) - 1_040.0).abs() < 5.0);
    }

    #[test]
    fn a_circle() {
        let json = r#"{"type":"Circle","coordinates":[110.4,21],"radius_m":500}"#;
        let shape = Shape::from_geojson(json, Datum::Wgs84).unwrap();
        assert!((shape.signed_distance_m(wgs(21.0, 110.4)).unwrap() + 500.0).abs() < 1e-6);
        assert!(shape.signed_distance_m(wgs(21.01, 110.4)).unwrap() > 600.0);
    }

    #[test]
    fn a_fence_drawn_on_a_shifted_map_is_where_it_was_meant() {
        let (lat, lon) = (21.0, 110.4);
        let shifted = wgs(lat, lon).to_gcj02();
        let json = format!(r#"{{"type":"Circle","coordinates":[{},{}],"radius_m":100}}"#, shifted.lon(), shifted.lat());
        let right = Shape::from_geojson(&json, Datum::Gcj02).unwrap().signed_distance_m(wgs(lat, lon)).unwrap();
        let wrong = Shape::from_geojson(&json, Datum::Wgs84).unwrap().signed_distance_m(wgs(lat, lon)).unwrap();
        assert!((right + 100.0).abs() < 0.5 && wrong > 200.0);
    }

    #[test]
    fn what_makes_no_fence() {
        let of = |json: &str| Shape::from_geojson(json, Datum::Wgs84).unwrap_err();
        assert_eq!(of(r#"{"type":"Polygon","coordinates":[[[110,21],[110.1,21],[110,21]]]}"#), BadShape::WithoutArea);
        assert_eq!(of(r#"{"type":"Polygon","coordinates":[]}"#), BadShape::WithoutArea);
        assert_eq!(of(r#"{"type":"Circle","coordinates":[110,21],"radius_m":0}"#), BadShape::WithoutArea);
        for bad in ["", "[]", r#"{"type":"Point","coordinates":[1,2]}"#, r#"{"type":"Polygon","coordinates":[[[1]]]}"#]
        {
            assert_eq!(of(bad), BadShape::Unreadable, "{bad}");
        }
    }

    #[test]
    fn the_antimeridian_and_the_poles() {
        let json = r#"{"type":"Polygon","coordinates":[[[179.9,0],[-179.9,0],[-179.9,0.1],[179.9,0.1],[179.9,0]]]}"#;
        let shape = Shape::from_geojson(json, Datum::Wgs84).unwrap();
        for (lon, inside) in
            [(179.95, true), (-179.95, true), (180.0, true), (-180.0, true), (179.8, false), (0.0, false)]
        {
            assert_eq!(shape.signed_distance_m(wgs(0.05, lon)).unwrap() < 0.0, inside, "{lon}");
        }
        for lat in [90.0, -90.0] {
            assert!(square(0.0, 0.0, 10.0).signed_distance_m(wgs(lat, 175.0)).unwrap() > 0.0);
            assert!(square(89.0, 0.0, 0.5).signed_distance_m(wgs(lat, 175.0)).unwrap().is_finite());
        }
    }

    proptest! {
        /// Along every bearing, from 1 m to 50 km, against geographiclib.
        #[test]
        fn distances_are_geodesic_to_two_thousandths(lat in -60.0..60.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, away in 1.0..50_000.0f64) {
            let centre = Geodesic.destination(Point::new(lon, lat), bearing, away);
            let shape = Shape::Circle { centre: LonLat { lon: centre.x(), lat: centre.y() }, radius_m: 0.5 };
            let d = shape.signed_distance_m(wgs(lat, lon)).unwrap() + 0.5;
            prop_assert!((d / away - 1.0).abs() < 0.002, "{d} for {away}");
        }

        /// A fence around a village, in any form: the sign is `geo`'s, and the distance that to the nearest point of a finely divided boundary.
        #[test]
        fn a_boundary_is_where_geo_has_it(
            lat in -60.0..60.0f64, lon in -179.0..179.0f64,
            radii in prop::collection::vec(0.002..0.03f64, 3..40),
            x in -0.15..0.15f64, y in -0.15..0.15f64,
        ) {
            let n = radii.len() as f64;
            let mut ring: Vec<(f64, f64)> = radii.iter().enumerate().map(|(i, r)| {
                let (sin, cos) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
                (lon + r * cos, lat + r * sin)
            }).collect();
            ring.push(ring[0]);
            let shape = Shape::Rings(vec![ring.iter().map(|&(lon, lat)| LonLat { lon, lat }).collect()]);
            let polygon = Polygon::new(LineString::from(ring.clone()), vec![]);
            let at = Point::new(lon + x, lat + y);
            let d = shape.signed_distance_m(wgs(at.y(), at.x())).unwrap();

            const STEPS: usize = 400;
            let fine = ring.windows(2).flat_map(|w| (0..STEPS).map(move |i| {
                let t = i as f64 / STEPS as f64;
                Point::new(w[0].0 + t * (w[1].0 - w[0].0), w[0].1 + t * (w[1].1 - w[0].1))
            }));
            let near = fine.map(|p| Geodesic.distance(at, p)).fold(f64::INFINITY, f64::min);
            // The finely divided boundary is itself off by up to half a step.
            let longest = ring.windows(2).map(|w| Geodesic.distance(Point::from(w[0]), Point::from(w[1]))).fold(0.0, f64::max);
            let slack = near * 0.002 + (near.hypot(longest / STEPS as f64) - near) + 0.01;
            prop_assert!((d.abs() - near).abs() <= slack, "{d} against {near}");
            if near > 0.1 {
                prop_assert_eq!(d < 0.0, polygon.contains(&at));
            }
        }
    }
}
