//! What a boundary looks like beside others: its area, its neighbours, and whether it would fit them better in another datum.

use geo::{Area, BooleanOps, Coord, LineString, MultiPolygon, Polygon};
use mobile_schema::Datum;

use super::finding::{Finding, Kind, Repair};
use crate::{
    drawing::Drawing,
    plane::nearest_turn,
    prepared::Bounds,
    shape::{LonLat, Shape},
};

/// What lies around a boundary.
#[derive(Debug, Default)]
pub struct Around<'a> {
    /// Other villages' boundaries as they are to be; those far away say nothing and may be left out.
    pub neighbours: Vec<&'a Neighbour>,
    /// Other villages' boundaries that stood before the file came, whose errors they do not share.
    pub standing: Vec<&'a Neighbour>,
    /// The same village's boundary as it stood before.
    pub earlier: Option<&'a Neighbour>,
    /// The middle one of all areas known, in square metres.
    pub usual_m2: Option<f64>,
}

/// Another boundary.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// Whose, for people.
    pub name: String,
    shape: Shape,
    bounds: Bounds,
}

/// Villages have from some tens of hectares to, in the steppe, thousands of square kilometres.
const USUAL_M2: std::ops::RangeInclusive<f64> = 50_000.0..=5e9;
/// So many times the usual area, or so small a part of it, is worth a look.
const TIMES_USUAL: f64 = 30.0;
/// Neighbours drawn apart overlap by a little everywhere.
const OVERLAP: f64 = 0.01;
/// A wrong datum shifts by half a kilometre or more, a tenth of a village.
const MISFIT: f64 = 0.05;
/// Most neighbours that are named.
const MOST_NAMED: usize = 10;

impl Neighbour {
    /// A boundary in WGS-84. None if it has no points.
    pub fn new(name: impl Into<String>, shape: Shape) -> Option<Self> {
        let bounds = match &shape {
            Shape::Rings(rings) => Bounds::of(rings.iter().flatten())?,
            Shape::Circle { .. } => crate::Prepared::new(&shape).ok()?.bounds(),
        };
        Some(Self { name: name.into(), shape, bounds })
    }

    /// What it lies within.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// In square metres.
    pub fn area_m2(&self) -> f64 {
        Local::about(self.bounds).area(&self.shape).unsigned_area()
    }
}

pub(super) fn examine(drawing: &Drawing, datum: Datum, around: &Around<'_>) -> Vec<Finding> {
    let Some(own) = Shape::of(drawing, datum).ok().and_then(|shape| Neighbour::new("", shape)) else {
        return vec![Finding::new(Kind::NoArea, None, "边界没有围住任何面积", "The boundary encloses nothing.")];
    };
    let local = Local::about(own.bounds);
    let area = local.area(&own.shape);
    let mut found: Vec<Finding> = unusual(area.unsigned_area(), around).into_iter().collect();
    found.extend(suspected(drawing, datum, &local, around));
    found.extend(overlaps(&area, &own, &local, around));
    found
}

fn unusual(area_m2: f64, around: &Around<'_>) -> Option<Finding> {
    let usual = around.usual_m2.map_or(USUAL_M2, |m2| m2 / TIMES_USUAL..=m2 * TIMES_USUAL);
    if usual.contains(&area_m2) {
        return None;
    }
    let (km2, from, to) = (area_m2 / 1e6, usual.start() / 1e6, usual.end() / 1e6);
    Some(Finding::new(
        Kind::UnusualArea,
        None,
        format!("面积 {km2:.3} 平方公里，通常在 {from:.3} 至 {to:.0} 平方公里之间"),
        format!("It has {km2:.3} km²; boundaries here have from {from:.3} to {to:.0} km²."),
    ))
}

/// Whether the numbers, taken for another datum's, agree much better with the village's earlier boundary, or lie much less over its
/// neighbours.
fn suspected(drawing: &Drawing, datum: Datum, local: &Local, around: &Around<'_>) -> Option<Finding> {
    let standing: Vec<MultiPolygon> = around.standing.iter().map(|n| local.area(&n.shape)).collect();
    let earlier = around.earlier.map(|n| local.area(&n.shape));
    // How well it fits: the common part of both boundaries, and the part that lies over neighbours.
    let fit = |datum: Datum| {
        let area = local.area(&Shape::of(drawing, datum).ok()?);
        let own = area.unsigned_area();
        let common = earlier.as_ref().map(|earlier| {
            let common = area.intersection(earlier).unsigned_area();
            common / (own + earlier.unsigned_area() - common)
        });
        let over: f64 = standing.iter().map(|other| area.intersection(other).unsigned_area()).sum();
        Some((common, over / own))
    };
    let (common, over) = fit(datum)?;
    let better =
        [Datum::Wgs84, Datum::Gcj02, Datum::Bd09].into_iter().filter(|other| *other != datum).filter_map(|other| {
            let (other_common, other_over) = fit(other)?;
            let by_earlier = common.zip(other_common).map(|(said, other)| other > 0.6 && other > said + 0.2);
            let by_neighbours = over > MISFIT && other_over < over / 4.0;
            by_earlier.unwrap_or(by_neighbours).then_some((other, other_common.unwrap_or(-other_over)))
        });
    let (other, _) = better.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let found = Finding::new(
        Kind::DatumSuspected,
        None,
        format!("坐标系疑为 {} 而非 {}：那样与已有边界吻合得多", other.name(), datum.name()),
        format!(
            "Its degrees seem to be of {}, and not of {}: so it fits the boundaries that stand much better.",
            other.name(),
            datum.name()
        ),
    );
    Some(found.offering(Repair::Datum, Some(drawing.clone()), other))
}

fn overlaps(area: &MultiPolygon, own: &Neighbour, local: &Local, around: &Around<'_>) -> Vec<Finding> {
    let own_m2 = area.unsigned_area();
    let mut over: Vec<(f64, f64, &Neighbour, MultiPolygon)> = around
        .neighbours
        .iter()
        .filter(|n| n.bounds.meets(&own.bounds))
        .filter_map(|n| {
            let theirs = local.area(&n.shape);
            let common = area.intersection(&theirs);
            let m2 = common.unsigned_area();
            let part = m2 / own_m2.min(theirs.unsigned_area()).max(1.0);
            (part > OVERLAP).then_some((m2, part, *n, common))
        })
        .collect();
    over.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.name.cmp(&b.2.name)));
    over.truncate(MOST_NAMED);
    let finding = |(m2, part, other, common): (f64, f64, &Neighbour, MultiPolygon)| {
        let percent = part * 100.0;
        let at = common.iter().flat_map(|p| p.exterior().coords()).next().map(|c| local.degrees(*c));
        Finding::new(
            Kind::Overlap,
            at,
            format!("与 {} 重叠 {m2:.0} 平方米，占较小者的 {percent:.1}%", other.name),
            format!("It lies over {} by {m2:.0} m², {percent:.1} % of the smaller of both.", other.name),
        )
    };
    over.into_iter().map(finding).collect()
}

/// A flat map about a place, in metres: areas of villages are true to a thousandth.
struct Local {
    lon: f64,
    lat: f64,
    east_m: f64,
    north_m: f64,
}

impl Local {
    fn about(bounds: Bounds) -> Self {
        let lat = (bounds.south + bounds.north) / 2.0;
        let north_m = 111_132.954 - 559.822 * (2.0 * lat.to_radians()).cos();
        let east_m = (111_412.84 * lat.to_radians().cos() - 93.5 * (3.0 * lat.to_radians()).cos()).max(1.0);
        Self { lon: (bounds.west + bounds.east) / 2.0, lat, east_m, north_m }
    }

    fn metres(&self, p: &LonLat) -> Coord {
        Coord { x: (nearest_turn(p.lon, self.lon) - self.lon) * self.east_m, y: (p.lat - self.lat) * self.north_m }
    }

    fn degrees(&self, p: Coord) -> [f64; 2] {
        [self.lon + p.x / self.east_m, self.lat + p.y / self.north_m]
    }

    /// What it surrounds.
    fn area(&self, shape: &Shape) -> MultiPolygon {
        let polygon = |line: LineString| Polygon::new(line, Vec::new());
        let polygons = match shape {
            Shape::Rings(rings) => rings.iter().map(|r| polygon(r.iter().map(|p| self.metres(p)).collect())).collect(),
            Shape::Circle { centre, radius_m } => {
                let middle = self.metres(centre);
                let point = |i: u32| {
                    let (sin, cos) = (f64::from(i) / 64.0 * std::f64::consts::TAU).sin_cos();
                    Coord { x: middle.x + radius_m * cos, y: middle.y + radius_m * sin }
                };
                vec![polygon((0..=64).map(point).collect())]
            }
        };
        // Rings that lie in each other are holes: an odd number surrounds what is inside.
        MultiPolygon::new(polygons).union(&MultiPolygon::empty())
    }
}
