//! Whether a geometry can be a village's boundary, and if not, why most likely.

use geo::{Coord, CoordinatePosition, LineString, Polygon, coordinate_position::CoordPos};
use mobile_schema::datum::BOX;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{crossing::crossing, fault::Code};

type Bad = (Code, String);
type Rings = Vec<Vec<Vec<f64>>>;

/// The geometry with only the members that are kept.
pub(super) fn check(geometry: &Value) -> Result<Value, Bad> {
    let coordinates = &geometry["coordinates"];
    let mut points = Vec::new();
    positions(coordinates, &mut points);
    ranges(&points)?;
    match geometry["type"].as_str() {
        Some("Polygon") => polygons(&[read(coordinates)?])?,
        Some("MultiPolygon") => polygons(&read::<Vec<Rings>>(coordinates)?)?,
        // Its centre and radius are checked by the schema.
        Some("Circle") => {
            return Ok(json!({"type": "Circle", "coordinates": coordinates, "radius_m": geometry["radius_m"]}));
        }
        Some(other) => {
            return Err(bad(format!("A boundary is a Polygon, a MultiPolygon or a Circle, and not a {other}.")));
        }
        None => return Err(bad("The feature has no geometry.")),
    }
    Ok(json!({"type": geometry["type"], "coordinates": coordinates}))
}

fn bad(message: impl Into<String>) -> Bad {
    (Code::BadGeometry, message.into())
}

fn read<T: for<'de> Deserialize<'de>>(coordinates: &Value) -> Result<T, Bad> {
    T::deserialize(coordinates)
        .map_err(|_| bad("The coordinates are not nested as the type wants, or not all numbers."))
}

/// All pairs of numbers, however deep.
fn positions(value: &Value, points: &mut Vec<(f64, f64)>) {
    let Some(list) = value.as_array() else { return };
    match (list.first().and_then(Value::as_f64), list.get(1).and_then(Value::as_f64)) {
        (Some(x), Some(y)) => points.push((x, y)),
        _ => list.iter().for_each(|v| positions(v, points)),
    }
}

/// Degrees, the longitude first. In China the one cannot be taken for the other, so that a swap can be told.
fn ranges(points: &[(f64, f64)]) -> Result<(), Bad> {
    let [south, west, north, east] = BOX;
    let in_china = |x: f64, y: f64| (west..=east).contains(&x) && (south..=north).contains(&y);
    let degrees = |&(x, y): &(f64, f64)| x.abs() <= 180.0 && y.abs() <= 90.0;
    if points.is_empty() || points.iter().all(|&(x, y)| in_china(x, y)) {
        return Ok(());
    }
    let (x, y) = points[0];
    if points.iter().all(|&(x, y)| in_china(y, x)) {
        let message = format!("{x}, {y} looks like latitude, longitude; GeoJSON has the longitude first.");
        return Err((Code::Swapped, message));
    }
    if points.iter().any(|&(x, y)| x.abs() > 360.0 || y.abs() > 360.0) {
        let message = format!("{x}, {y} are metres of a map projection; export the boundary in degrees.");
        return Err((Code::Projected, message));
    }
    match points.iter().find(|p| !degrees(p)) {
        Some((x, y)) => Err(bad(format!("{x}, {y} is no longitude and latitude."))),
        None => Ok(()),
    }
}

fn polygons(all: &[Rings]) -> Result<(), Bad> {
    if all.is_empty() || all.iter().any(Vec::is_empty) {
        return Err(bad("A polygon must have a ring."));
    }
    let mut rings: Vec<Vec<Coord>> = Vec::new();
    for ring in all.iter().flatten() {
        if ring.iter().any(|p| !(2..=3).contains(&p.len())) {
            return Err(bad("A point is [longitude, latitude]."));
        }
        if ring.len() < 4 {
            return Err(bad(format!("A ring must have at least four points, and one has {}.", ring.len())));
        }
        if ring.first() != ring.last() {
            let (first, last) = (&ring[0], &ring[ring.len() - 1]);
            return Err(bad(format!("A ring must end where it begins: one begins at {first:?} and ends at {last:?}.")));
        }
        rings.push(ring.iter().map(|p| Coord { x: p[0], y: p[1] }).collect());
    }
    if let Some(at) = crossing(&rings) {
        return Err((
            Code::Crossing,
            format!("The boundary crosses itself near longitude {:.6}, latitude {:.6}.", at.x, at.y),
        ));
    }
    nesting(all)
}

/// Nothing crosses, so one point of a ring tells where all of it lies: holes inside their polygon, polygons outside each other.
fn nesting(all: &[Rings]) -> Result<(), Bad> {
    let ring = |points: &Vec<Vec<f64>>| LineString::from_iter(points.iter().map(|p| Coord { x: p[0], y: p[1] }));
    let outers: Vec<Polygon> = all.iter().map(|rings| Polygon::new(ring(&rings[0]), Vec::new())).collect();
    let place = |outer: &Polygon, of: &Vec<Vec<f64>>| {
        let mut places = of.iter().map(|p| outer.coordinate_position(&Coord { x: p[0], y: p[1] }));
        places.find(|p| *p != CoordPos::OnBoundary).unwrap_or(CoordPos::OnBoundary)
    };
    for (i, rings) in all.iter().enumerate() {
        if rings[1..].iter().any(|hole| place(&outers[i], hole) == CoordPos::Outside) {
            return Err(bad("A hole must lie inside its polygon."));
        }
        for (j, outer) in outers.iter().enumerate().filter(|(j, _)| *j != i) {
            let in_hole =
                all[j][1..].iter().any(|h| place(&Polygon::new(ring(h), Vec::new()), &rings[0]) == CoordPos::Inside);
            if place(outer, &rings[0]) == CoordPos::Inside && !in_hole {
                return Err(bad("The parts of a boundary must not lie in each other."));
            }
        }
    }
    Ok(())
}
