//! Outlines that look like villages' boundaries, in metres.

use std::f64::consts::TAU;

use super::random::Random;

/// A point in metres, east and north of somewhere.
pub(super) type Point = (f64, f64);

/// An outline around (0, 0) that reaches about 1 in each direction: waves and a little noise, and if wanted a bay. Not closed.
pub(super) fn outline(random: &mut Random, vertices: usize, bay: bool) -> Vec<Point> {
    let waves: Vec<(f64, f64, f64)> =
        (2..=5).map(|k| (f64::from(k), random.between(0.1, 0.32) / f64::from(k), random.between(0.0, TAU))).collect();
    let bay_at = random.between(0.0, TAU);
    let step = TAU / vertices as f64;
    (0..vertices)
        .map(|i| {
            let angle = step * (i as f64 + random.between(-0.3, 0.3));
            let mut radius = 1.0 + random.between(-0.05, 0.05);
            radius += waves.iter().map(|(k, size, phase)| size * (k * angle + phase).cos()).sum::<f64>();
            if bay {
                let off = ((angle - bay_at + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0) / 0.4;
                radius *= 1.0 - 0.55 * (-off * off).exp();
            }
            (radius * angle.cos(), radius * angle.sin())
        })
        .collect()
}

/// Smallest and largest of both coordinates.
pub(super) fn bounds(points: &[Point]) -> (Point, Point) {
    let start = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    points.iter().fold(start, |(low, high), p| ((low.0.min(p.0), low.1.min(p.1)), (high.0.max(p.0), high.1.max(p.1))))
}

/// The point inside, of a fine grid, that is farthest from every edge: where a team's office may stand.
pub(super) fn centre(rings: &[Vec<Point>]) -> Point {
    let all: Vec<Point> = rings.concat();
    let (low, high) = bounds(&all);
    const STEPS: usize = 48;
    let at = |i: usize, low: f64, high: f64| low + (high - low) * (i as f64 + 0.5) / STEPS as f64;
    let grid = (0..STEPS * STEPS).map(|n| (at(n % STEPS, low.0, high.0), at(n / STEPS, low.1, high.1)));
    let inside = grid.filter(|p| rings.iter().flat_map(|r| edges(r)).filter(|e| passes(*p, *e)).count() % 2 == 1);
    let clear = |p: &Point| rings.iter().flat_map(|r| edges(r)).map(|e| distance(*p, e)).fold(f64::MAX, f64::min);
    inside.max_by(|a, b| clear(a).total_cmp(&clear(b))).expect("a point inside")
}

fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Whether a ray to the east passes the edge.
fn passes((x, y): Point, ((ax, ay), (bx, by)): (Point, Point)) -> bool {
    (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
}

fn distance((x, y): Point, ((ax, ay), (bx, by)): (Point, Point)) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let t = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - ax - t * dx).hypot(y - ay - t * dy)
}
