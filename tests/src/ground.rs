//! Where on the ground a person stands: points inside and outside a village's fence, found from the fence itself. The arithmetic is
//! the tests' own, on purpose: the server's is what is tested.

use anyhow::{Context as _, Result};
use mobile_schema::Wgs84;
use serde_json::Value;

/// Metres to a degree of latitude.
const METRES_A_DEGREE: f64 = 111_195.0;

/// A village's boundary: its outer rings, in WGS-84, as (longitude, latitude).
#[derive(Debug, Clone)]
pub struct Ground(Vec<Vec<(f64, f64)>>);

impl Ground {
    /// Of a fence's GeoJSON geometry.
    pub fn of(geometry: &Value) -> Result<Self> {
        let polygons = match geometry["type"].as_str() {
            Some("Polygon") => vec![geometry["coordinates"].clone()],
            Some("MultiPolygon") => geometry["coordinates"].as_array().cloned().unwrap_or_default(),
            other => anyhow::bail!("a fence of type {other:?}"),
        };
        let outer = |polygon: &Value| serde_json::from_value(polygon[0].clone()).context("the ring of a fence");
        Ok(Self(polygons.iter().map(outer).collect::<Result<_>>()?))
    }

    /// Distance to the boundary in metres, negative inside.
    pub fn distance(&self, lon: f64, lat: f64) -> f64 {
        let east = METRES_A_DEGREE * lat.to_radians().cos();
        let (mut nearest, mut inside) = (f64::INFINITY, false);
        for ring in &self.0 {
            for ends in ring.windows(2) {
                let [a, b] = [ends[0], ends[1]].map(|(x, y)| ((x - lon) * east, (y - lat) * METRES_A_DEGREE));
                nearest = nearest.min(to_segment(a, b));
                // A ray to the east crosses the edge.
                if (a.1 > 0.0) != (b.1 > 0.0) && a.0 - a.1 * (b.0 - a.0) / (b.1 - a.1) > 0.0 {
                    inside = !inside;
                }
            }
        }
        if inside { -nearest } else { nearest }
    }

    /// Points at that signed distance from the boundary, one off the middle of each edge where there is one.
    fn off_edges(&self, metres: f64) -> impl Iterator<Item = Wgs84> {
        self.0.iter().flat_map(|ring| ring.windows(2)).flat_map(move |ends| {
            let ((ax, ay), (bx, by)) = (ends[0], ends[1]);
            let (lon, lat) = ((ax + bx) / 2.0, (ay + by) / 2.0);
            let east = METRES_A_DEGREE * lat.to_radians().cos();
            let (dx, dy) = ((bx - ax) * east, (by - ay) * METRES_A_DEGREE);
            let length = dx.hypot(dy).max(1e-9);
            [1.0, -1.0].into_iter().filter_map(move |side| {
                let (x, y) = (side * dy / length * metres.abs(), -side * dx / length * metres.abs());
                let (lon, lat) = (lon + x / east, lat + y / METRES_A_DEGREE);
                ((self.distance(lon, lat) - metres).abs() < 1.0).then(|| Wgs84::new(lat, lon)).flatten()
            })
        })
    }

    /// A point so many metres outside.
    pub fn outside(&self, metres: f64) -> Result<Wgs84> {
        self.off_edges(metres).next().with_context(|| format!("no point {metres} m outside"))
    }

    /// A point deep inside.
    pub fn inside(&self) -> Result<Wgs84> {
        let depths = [400.0, 300.0, 200.0, 150.0, 100.0, 60.0];
        depths.iter().find_map(|depth| self.off_edges(-depth).next()).context("a fence with no inside to speak of")
    }

    /// A point inside whose GCJ-02 degrees, taken for WGS-84, would lie well outside.
    pub fn inside_but_shifted_outside(&self) -> Result<Wgs84> {
        let depths = [150.0, 120.0, 90.0, 60.0];
        let mut candidates = depths.iter().flat_map(|depth| self.off_edges(-depth));
        let found = candidates.find(|at| self.distance(at.to_gcj02().lon(), at.to_gcj02().lat()) > 150.0);
        found.context("the shift of GCJ-02 leads nowhere outside")
    }
}

/// From the origin to the segment.
fn to_segment((ax, ay): (f64, f64), (bx, by): (f64, f64)) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = (-(ax * dx + ay * dy) / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
    (ax + along * dx).hypot(ay + along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_where_they_are_said_to() {
        let square = serde_json::json!({"type": "Polygon", "coordinates":
            [[[110.39, 20.99], [110.41, 20.99], [110.41, 21.01], [110.39, 21.01], [110.39, 20.99]]]});
        let ground = Ground::of(&square).unwrap();
        let out = ground.outside(40.0).unwrap();
        assert!((ground.distance(out.lon(), out.lat()) - 40.0).abs() < 1.0);
        let inside = ground.inside().unwrap();
        assert!(ground.distance(inside.lon(), inside.lat()) < -399.0);
        let shifted = ground.inside_but_shifted_outside().unwrap();
        assert!(ground.distance(shifted.lon(), shifted.lat()) < -59.0);
        assert!(Ground::of(&serde_json::json!({"type": "Point"})).is_err());
    }
}
