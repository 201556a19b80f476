//! Boundaries joined into one.

use mobile_schema::{Datum, Wgs84, to_wgs84};

use crate::{
    drawing::{Drawing, Ring, rounded},
    examine::{errors, merged},
    plane::{Plane, nearest_turn},
};

/// Corners that stand for a circle: at a kilometre's radius they cut off a metre.
const CORNERS: u32 = 72;

/// What any of these surrounds, in WGS-84. Where neighbours share a line it is gone; where they leave a gap between them it stays. None if a part
/// is no boundary, or the whole is none that can be taken.
pub fn united(parts: &[(Drawing, Datum)]) -> Option<Drawing> {
    let mut near = None;
    let mut polygons: Vec<Vec<Ring>> = Vec::new();
    for (drawing, datum) in parts {
        let drawing = in_wgs84(drawing, *datum, near)?;
        near = near.or_else(|| drawing.points().next().map(|[lon, _]| lon));
        let Drawing::Polygons(of_part) = drawing else { return None };
        if !errors(&Drawing::Polygons(of_part.clone()), Datum::Wgs84).is_empty() {
            return None;
        }
        polygons.extend(of_part);
    }
    merged(&polygons).filter(|whole| errors(whole, Datum::Wgs84).is_empty())
}

/// The polygons of a drawing, their longitudes turned to be near to that one.
fn in_wgs84(drawing: &Drawing, datum: Datum, near: Option<f64>) -> Option<Drawing> {
    let point = |[lon, lat]: [f64; 2]| to_wgs84(datum, lat, lon);
    let turned = |lon: f64| rounded(near.map_or(lon, |near| nearest_turn(lon, near)));
    let moved = match drawing {
        Drawing::Circle { centre, radius_m } => Drawing::Polygons(vec![vec![circle(point(*centre)?, *radius_m)]]),
        Drawing::Polygons(_) => drawing.map(|corner| point(corner).map(|at| [at.lon(), at.lat()]).ok_or(())).ok()?,
    };
    moved.map(|[lon, lat]| Ok::<_, ()>([turned(lon), rounded(lat)])).ok()
}

fn circle(centre: Wgs84, radius_m: f64) -> Ring {
    let plane = Plane::at(centre, centre.lon());
    let ([east_m_per_deg, _], [_, north_m_per_deg]) =
        (plane.of(centre.lon() + 1.0, centre.lat()), plane.of(centre.lon(), centre.lat() + 1.0));
    let corner = |nth: u32| {
        let (sin, cos) = libm::sincos(f64::from(nth % CORNERS) * std::f64::consts::TAU / f64::from(CORNERS));
        [centre.lon() + radius_m * cos / east_m_per_deg, centre.lat() + radius_m * sin / north_m_per_deg]
    };
    (0..=CORNERS).map(corner).collect()
}
