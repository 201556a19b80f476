//! Rings one by one: closed, of enough points and not of too many, no point twice.

use mobile_schema::{Datum, check::MAX_POINTS};

use super::finding::{Finding, Kind, Repair};
use crate::drawing::{Drawing, Ring, rounded};

/// To as many points it is made simpler: at seven decimals they fit into a record.
const SIMPLER: usize = 9_000;
/// Farthest that leaving out points may move a boundary, in degrees: about 50 m.
const FARTHEST_DEG: f64 = 0.000_5;

pub(super) fn examine(drawing: &Drawing, datum: Datum) -> Vec<Finding> {
    let polygons = match drawing {
        Drawing::Circle { radius_m, .. } if *radius_m > 0.0 => return Vec::new(),
        Drawing::Circle { .. } => {
            return vec![Finding::new(
                Kind::NoArea,
                None,
                "圆的半径必须大于零",
                "The radius_m of a circle must be above 0.",
            )];
        }
        Drawing::Polygons(polygons) => polygons,
    };
    if polygons.is_empty() || polygons.iter().any(Vec::is_empty) {
        return vec![Finding::new(Kind::Bad, None, "多边形没有边界线", "A polygon must have a ring.")];
    }
    let open: Vec<&Ring> = polygons.iter().flatten().filter(|r| r.first() != r.last()).collect();
    if let Some(ring) = open.first() {
        let (first, last) = (ring[0], ring[ring.len() - 1]);
        let found = Finding::new(
            Kind::Open,
            Some(last),
            format!("{} 条边界线没有闭合", open.len()),
            format!("A ring must end where it begins: one begins at {first:?} and ends at {last:?}."),
        );
        return vec![found.offering(Repair::Close, Some(closed(polygons)), datum)];
    }
    let short = polygons.iter().flatten().find(|r| r.len() < 4);
    let short = short.map(|ring| {
        Finding::new(
            Kind::Bad,
            ring.first().copied(),
            format!("一条边界线只有 {} 个点，至少要 4 个", ring.len()),
            format!("A ring must have at least four points, and one has {}.", ring.len()),
        )
    });
    short.into_iter().collect()
}

fn closed(polygons: &[Vec<Ring>]) -> Drawing {
    let close = |ring: &Ring| {
        let mut ring = ring.clone();
        if ring.first() != ring.last() {
            ring.extend(ring.first().copied());
        }
        ring
    };
    Drawing::Polygons(polygons.iter().map(|rings| rings.iter().map(close).collect()).collect())
}

/// More points than a fence may have are refused, and the boundary is offered with fewer.
pub(super) fn too_many(drawing: &Drawing, datum: Datum) -> Vec<Finding> {
    let (Drawing::Polygons(polygons), points) = (drawing, drawing.points().count()) else { return Vec::new() };
    if points <= MAX_POINTS {
        return Vec::new();
    }
    let moved = simplified(polygons);
    let by = moved.as_ref().map_or_else(
        || " It is too fine to be made simpler.".to_owned(),
        |(_, step)| {
            format!(" With points nearer than {:.1} m to the one before left out it is taken.", step * 111_000.0)
        },
    );
    let found = Finding::new(
        Kind::TooManyPoints,
        None,
        format!("边界有 {points} 个点，最多 {MAX_POINTS} 个"),
        format!("The boundary has {points} points, and may have {MAX_POINTS}.{by}"),
    );
    vec![found.offering(Repair::Simplify, moved.map(|(drawing, _)| drawing), datum)]
}

/// With points left out that lie nearer to the last one kept than a step, in degrees. The length of all rings over the step is how many
/// can be kept, so that one step is enough; no point left out is farther from the boundary than it.
fn simplified(polygons: &[Vec<Ring>]) -> Option<(Drawing, f64)> {
    let length = |w: &[[f64; 2]]| (w[1][0] - w[0][0]).hypot(w[1][1] - w[0][1]);
    let rings = polygons.iter().flatten().count();
    let whole: f64 = polygons.iter().flatten().flat_map(|ring| ring.windows(2)).map(length).sum();
    let step = whole / SIMPLER.checked_sub(5 * rings).filter(|room| *room > 0)? as f64;
    if step > FARTHEST_DEG {
        return None;
    }
    let fewer = |ring: &Ring| {
        let mut kept: Ring = Vec::new();
        for p in &ring[..ring.len() - 1] {
            if kept.last().is_none_or(|last| length(&[*last, *p]) >= step) {
                kept.push(p.map(rounded));
            }
        }
        kept.extend(kept.first().copied());
        kept
    };
    // An island or a pond smaller than the step is gone.
    let rings = |rings: &Vec<Ring>| rings.iter().map(fewer).filter(|ring| ring.len() >= 4).collect::<Vec<Ring>>();
    Some((Drawing::Polygons(polygons.iter().map(rings).filter(|rings| !rings.is_empty()).collect()), step))
}

/// Points that stand twice in a row do no harm.
pub(super) fn duplicates(drawing: &Drawing, datum: Datum) -> Option<Finding> {
    let Drawing::Polygons(polygons) = drawing else { return None };
    let twice = |w: &&[[f64; 2]]| w[0] == w[1];
    let rings = || polygons.iter().flatten();
    let count = rings().map(|ring| ring.windows(2).filter(twice).count()).sum::<usize>();
    let first = rings().find_map(|ring| ring.windows(2).find(twice))?;
    let once = |ring: &Ring| {
        let mut ring = ring.clone();
        ring.dedup();
        ring
    };
    let once = polygons.iter().map(|rings| rings.iter().map(once).collect()).collect();
    let found = Finding::new(
        Kind::DuplicatePoints,
        Some(first[0]),
        format!("有 {count} 个点连续重复"),
        format!("{count} points stand twice in a row."),
    );
    Some(found.offering(Repair::DropDuplicates, Some(Drawing::Polygons(once)), datum))
}
