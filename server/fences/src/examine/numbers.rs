//! Are the numbers degrees, the longitude first.

use mobile_schema::{Datum, datum::BOX};

use super::finding::{Finding, Kind, Repair};
use crate::drawing::Drawing;

/// In China a longitude cannot be taken for a latitude, so that a swap can be told.
pub(super) fn examine(drawing: &Drawing, datum: Datum) -> Vec<Finding> {
    let [south, west, north, east] = BOX;
    let in_china = |[x, y]: [f64; 2]| (west..=east).contains(&x) && (south..=north).contains(&y);
    let degrees = |[x, y]: [f64; 2]| x.abs() <= 180.0 && y.abs() <= 90.0;
    let swapped = |[x, y]: [f64; 2]| [y, x];
    let Some(first) = drawing.points().next() else {
        return vec![Finding::new(Kind::Bad, None, "边界没有任何点", "The boundary has no point.")];
    };
    let [x, y] = first;
    let far = |p: [f64; 2]| p.iter().any(|n| n.abs() > 360.0);
    let found = if drawing.points().all(in_china) {
        return Vec::new();
    } else if drawing.points().all(|p| in_china(swapped(p))) {
        let turned = drawing.map(|p| Ok::<_, std::convert::Infallible>(swapped(p))).ok();
        Finding::new(
            Kind::Swapped,
            Some(first),
            format!("{x}, {y} 似乎先纬度后经度，应先经度后纬度"),
            format!("{x}, {y} looks like latitude, longitude; the longitude comes first."),
        )
        .offering(Repair::Swap, turned, datum)
    } else if drawing.points().any(far) {
        let hint = zone_of(x).map_or_else(String::new, |(zone, code)| {
            format!(" Eastings that begin with {zone} are of CGCS2000 in EPSG:{code}, if of CGCS2000.")
        });
        Finding::new(
            Kind::Projected,
            Some(first),
            format!("{x}, {y} 是投影坐标（米），请注明投影（如 EPSG:4527），或导出为经纬度"),
            format!("{x}, {y} are metres of a map projection; say which, or export the boundary in degrees.{hint}"),
        )
    } else if let Some([x, y]) = drawing.points().find(|p| !degrees(*p)) {
        Finding::new(
            Kind::Bad,
            Some([x, y]),
            format!("{x}, {y} 不是经纬度"),
            format!("{x}, {y} is no longitude and latitude."),
        )
    } else {
        return Vec::new();
    };
    vec![found]
}

/// The zone of Gauss-Krüger that an easting begins with, and its EPSG code.
fn zone_of(easting_m: f64) -> Option<(u32, u32)> {
    match (easting_m / 1e6).floor() {
        zone if (13.0..=23.0).contains(&zone) => Some((zone as u32, zone as u32 - 13 + 4491)),
        zone if (25.0..=45.0).contains(&zone) => Some((zone as u32, zone as u32 - 25 + 4513)),
        _ => None,
    }
}
