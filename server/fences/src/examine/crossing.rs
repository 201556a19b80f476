//! Whether rings cross themselves or each other.

use geo::{
    BooleanOps, Coord, Line, LineIntersection, LineString, MultiPolygon, Polygon, line_intersection::line_intersection,
    unary_union,
};
use mobile_schema::Datum;

use super::finding::{Finding, Kind, Repair};
use crate::drawing::{Drawing, Ring, rounded};

/// Pairs of segments that are compared before a boundary is called too tangled: a village's takes some hundred thousand.
const MOST_PAIRS: usize = 20_000_000;

pub(super) fn examine(drawing: &Drawing, datum: Datum) -> Vec<Finding> {
    let Drawing::Polygons(polygons) = drawing else { return Vec::new() };
    let rings: Vec<&Ring> = polygons.iter().flatten().collect();
    let found = match crossing(&rings) {
        Ok(None) => return Vec::new(),
        Ok(Some(at)) => {
            let found = Finding::new(
                Kind::Crossing,
                Some([at.x, at.y]),
                format!("边界在东经 {:.6}、北纬 {:.6} 附近自相交", at.x, at.y),
                format!("The boundary crosses itself near longitude {:.6}, latitude {:.6}.", at.x, at.y),
            );
            found.offering(Repair::Untangle, untangled(&rings), datum)
        }
        Err(TooTangled) => {
            Finding::new(Kind::Crossing, None, "边界过于杂乱，无法检查", "The boundary is too tangled to be checked.")
        }
    };
    vec![found]
}

/// What an odd number of rings surrounds, as rings that do not cross; none if nothing is left.
fn untangled(rings: &[&Ring]) -> Option<Drawing> {
    let all = MultiPolygon::new(rings.iter().map(|ring| polygon(ring)).collect());
    drawn(&all.union(&MultiPolygon::empty()))
}

/// What any of the polygons surrounds.
pub(crate) fn merged(polygons: &[Vec<Ring>]) -> Option<Drawing> {
    let polygons: Vec<Polygon> = polygons
        .iter()
        .map(|rings| Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect()))
        .map(|polygon| geo::Orient::orient(&polygon, geo::orient::Direction::Default))
        .collect();
    drawn(&unary_union(&polygons))
}

/// As a drawing, if it is one that nothing speaks against.
fn drawn(polygons: &MultiPolygon) -> Option<Drawing> {
    let ring = |line: &LineString| {
        let mut ring: Ring = line.coords().map(|p| [rounded(p.x), rounded(p.y)]).collect();
        ring.dedup();
        ring
    };
    let rings = |p: &Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect::<Vec<Ring>>();
    let polygons: Vec<Vec<Ring>> = polygons.iter().map(rings).collect();
    let all: Vec<&Ring> = polygons.iter().flatten().collect();
    let sound = !all.is_empty() && all.iter().all(|r| r.len() >= 4) && matches!(crossing(&all), Ok(None));
    sound.then_some(Drawing::Polygons(polygons))
}

pub(super) fn polygon(ring: &Ring) -> Polygon {
    Polygon::new(line(ring), Vec::new())
}

fn line(ring: &Ring) -> LineString {
    LineString::from_iter(ring.iter().map(|[x, y]| Coord { x: *x, y: *y }))
}

struct TooTangled;

struct Segment {
    line: Line,
    ring: usize,
    at: usize,
    of: usize,
}

impl Segment {
    fn span_x(&self) -> (f64, f64) {
        (self.line.start.x.min(self.line.end.x), self.line.start.x.max(self.line.end.x))
    }

    fn span_y(&self) -> (f64, f64) {
        (self.line.start.y.min(self.line.end.y), self.line.start.y.max(self.line.end.y))
    }

    fn follows(&self, other: &Segment) -> bool {
        self.ring == other.ring && ((self.at + 1) % self.of == other.at || (other.at + 1) % self.of == self.at)
    }
}

/// A point at which closed rings cross themselves or each other, or run along each other; touching in a point is none.
///
/// A sweep from west to east: a segment is compared with those that its own span of longitudes meets, which for boundaries is a
/// handful.
fn crossing(rings: &[&Ring]) -> Result<Option<Coord>, TooTangled> {
    let mut segments: Vec<Segment> = Vec::new();
    for (ring, points) in rings.iter().enumerate() {
        let coord = |[x, y]: [f64; 2]| Coord { x, y };
        let lines: Vec<Line> =
            points.windows(2).filter(|p| p[0] != p[1]).map(|p| Line::new(coord(p[0]), coord(p[1]))).collect();
        let of = lines.len();
        segments.extend(lines.into_iter().enumerate().map(|(at, line)| Segment { line, ring, at, of }));
    }
    segments.sort_by(|a, b| a.span_x().0.total_cmp(&b.span_x().0));
    let mut open: Vec<&Segment> = Vec::new();
    let mut pairs = 0;
    for segment in &segments {
        let (west, _) = segment.span_x();
        let (south, north) = segment.span_y();
        open.retain(|o| o.span_x().1 >= west);
        pairs += open.len();
        if pairs > MOST_PAIRS {
            return Err(TooTangled);
        }
        for other in open.iter().filter(|o| o.span_y().0 <= north && o.span_y().1 >= south) {
            match line_intersection(segment.line, other.line) {
                Some(LineIntersection::Collinear { intersection }) => return Ok(Some(intersection.start)),
                Some(LineIntersection::SinglePoint { intersection, is_proper: true }) if !segment.follows(other) => {
                    return Ok(Some(intersection));
                }
                _ => {}
            }
        }
        open.push(segment);
    }
    Ok(None)
}
