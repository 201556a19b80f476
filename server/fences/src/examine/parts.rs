//! How rings lie to each other: holes inside their polygon, polygons outside each other, all with an area. Nothing crosses here, so one
//! point of a ring tells where all of it lies.

use geo::{Area, BoundingRect, Coord, CoordinatePosition, Polygon, coordinate_position::CoordPos};
use mobile_schema::Datum;

use super::{
    crossing::{merged, polygon},
    finding::{Finding, Kind, Repair},
};
use crate::drawing::{Drawing, Ring};

pub(super) fn examine(drawing: &Drawing, datum: Datum) -> Vec<Finding> {
    let Drawing::Polygons(all) = drawing else { return Vec::new() };
    let outers: Vec<Polygon> = all.iter().map(|rings| polygon(&rings[0])).collect();
    if outers.iter().all(|outer| outer.unsigned_area() == 0.0) {
        return vec![Finding::new(
            Kind::NoArea,
            Some(all[0][0][0]),
            "边界没有围住任何面积",
            "The boundary encloses nothing.",
        )];
    }
    let outside = |(outer, hole): (&Polygon, &Ring)| place(outer, hole) == CoordPos::Outside;
    let holes = || outers.iter().zip(all).flat_map(|(outer, rings)| rings[1..].iter().map(move |hole| (outer, hole)));
    if let Some((_, hole)) = holes().find(|pair| outside(*pair)) {
        let kept = |(outer, rings): (&Polygon, &Vec<Ring>)| {
            let holes = rings[1..].iter().filter(|hole| !outside((outer, hole)));
            rings[..1].iter().chain(holes).cloned().collect()
        };
        let kept = Drawing::Polygons(outers.iter().zip(all).map(kept).collect());
        let found = Finding::new(
            Kind::HoleOutside,
            Some(hole[0]),
            "有孔洞在其多边形之外",
            "A hole must lie inside its polygon.",
        );
        return vec![found.offering(Repair::DropHoles, Some(kept), datum)];
    }
    let boxes: Vec<_> = outers.iter().map(BoundingRect::bounding_rect).collect();
    for (i, rings) in all.iter().enumerate() {
        for (j, outer) in outers.iter().enumerate().filter(|(j, _)| *j != i) {
            let apart = boxes[i].zip(boxes[j]).is_none_or(|(a, b)| {
                a.min().x > b.max().x || b.min().x > a.max().x || a.min().y > b.max().y || b.min().y > a.max().y
            });
            let in_hole = || all[j][1..].iter().any(|hole| place(&polygon(hole), &rings[0]) == CoordPos::Inside);
            if !apart && place(outer, &rings[0]) == CoordPos::Inside && !in_hole() {
                let found = Finding::new(
                    Kind::PartsNested,
                    Some(rings[0][0]),
                    "边界的一部分在另一部分之内",
                    "The parts of a boundary must not lie in each other.",
                );
                return vec![found.offering(Repair::Merge, merged(all), datum)];
            }
        }
    }
    Vec::new()
}

/// Where a ring lies to a polygon.
fn place(outer: &Polygon, ring: &Ring) -> CoordPos {
    let mut places = ring.iter().map(|[x, y]| outer.coordinate_position(&Coord { x: *x, y: *y }));
    places.find(|p| *p != CoordPos::OnBoundary).unwrap_or(CoordPos::OnBoundary)
}
