//! Whether rings cross themselves or each other.

use geo::{Coord, Line, LineIntersection, line_intersection::line_intersection};

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
pub(super) fn crossing(rings: &[Vec<Coord>]) -> Option<Coord> {
    let mut segments: Vec<Segment> = Vec::new();
    for (ring, points) in rings.iter().enumerate() {
        let lines: Vec<Line> = points.windows(2).filter(|p| p[0] != p[1]).map(|p| Line::new(p[0], p[1])).collect();
        let of = lines.len();
        segments.extend(lines.into_iter().enumerate().map(|(at, line)| Segment { line, ring, at, of }));
    }
    segments.sort_by(|a, b| a.span_x().0.total_cmp(&b.span_x().0));
    let mut open: Vec<&Segment> = Vec::new();
    for segment in &segments {
        let (west, _) = segment.span_x();
        let (south, north) = segment.span_y();
        open.retain(|o| o.span_x().1 >= west);
        for other in open.iter().filter(|o| o.span_y().0 <= north && o.span_y().1 >= south) {
            match line_intersection(segment.line, other.line) {
                Some(LineIntersection::Collinear { intersection }) => return Some(intersection.start),
                Some(LineIntersection::SinglePoint { intersection, is_proper: true }) if !segment.follows(other) => {
                    return Some(intersection);
                }
                _ => {}
            }
        }
        open.push(segment);
    }
    None
}
