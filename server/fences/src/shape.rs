//! The shape of a fence, and how far a position is from its boundary: the plain way.

use mobile_schema::{Datum, Wgs84, to_wgs84};

use crate::{
    drawing::Drawing,
    plane::{Plane, crosses, nearest_turn, squared_distance},
};

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

impl Shape {
    /// From GeoJSON (RFC 7946) whose degrees are of that datum, or a `Circle`.
    pub fn from_geojson(json: &str, datum: Datum) -> Result<Self, BadShape> {
        Self::of(&Drawing::from_geojson(json).map_err(|_| BadShape::Unreadable)?, datum)
    }

    /// From a drawing in degrees of that datum. Open rings are closed.
    pub fn of(drawing: &Drawing, datum: Datum) -> Result<Self, BadShape> {
        let polygons = match drawing {
            Drawing::Circle { centre, radius_m } => {
                let centre = point(*centre, datum)?;
                return match *radius_m {
                    radius_m if radius_m > 0.0 && radius_m.is_finite() => Ok(Self::Circle { centre, radius_m }),
                    _ => Err(BadShape::WithoutArea),
                };
            }
            Drawing::Polygons(polygons) => polygons,
        };
        let mut near = None;
        let mut unwrapped = Vec::new();
        for ring in polygons.iter().flatten() {
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
    /// Edges are straight in degrees, as RFC 7946 has them. For many positions take a [`Prepared`](crate::Prepared), which answers the same.
    pub fn signed_distance_m(&self, at: Wgs84) -> Option<f64> {
        match self {
            Self::Circle { centre, radius_m } => {
                let [x, y] = Plane::at(at, centre.lon).of(centre.lon, centre.lat);
                Some((x * x + y * y).sqrt() - radius_m)
            }
            Self::Rings(rings) => {
                let plane = Plane::at(at, rings.first()?.first()?.lon);
                let (mut nearest, mut inside) = (f64::INFINITY, false);
                for ring in rings {
                    let first = ring.first()?;
                    let mut a = plane.of(first.lon, first.lat);
                    for next in &ring[1..] {
                        let b = plane.of(next.lon, next.lat);
                        nearest = nearest.min(squared_distance(a, b));
                        inside ^= crosses(a, b);
                        a = b;
                    }
                }
                let distance = nearest.sqrt();
                Some(if inside { -distance } else { distance })
            }
        }
    }
}

fn point([lon, lat]: [f64; 2], datum: Datum) -> Result<LonLat, BadShape> {
    let p = to_wgs84(datum, lat, lon).ok_or(BadShape::Unreadable)?;
    Ok(LonLat { lon: p.lon(), lat: p.lat() })
}

/// A ring in WGS-84, closed, each point within half a turn of the one before; `near` carries from ring to ring.
fn unwrap(ring: &[[f64; 2]], datum: Datum, near: &mut Option<f64>) -> Result<Vec<LonLat>, BadShape> {
    let mut out = Vec::with_capacity(ring.len() + 1);
    for p in ring {
        let mut p = point(*p, datum)?;
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

/// Twice the area in square degrees.
fn area(ring: &[LonLat]) -> f64 {
    ring.windows(2).map(|w| (w[1].lon - w[0].lon) * (w[0].lat + w[1].lat)).sum::<f64>().abs()
}
