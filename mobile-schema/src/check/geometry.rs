//! Fences: GeoJSON polygons (RFC 7946), and circles for villages whose boundary nobody has drawn.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::scalars::Checked;

/// Most points of a geometry. A village boundary has about 100; ten thousand points still fit into one line of 262,144 bytes.
pub const MAX_POINTS: usize = 10_000;
/// Largest radius of a circle. The villages served are a few kilometres across; more is a slip of metres and kilometres.
pub const MAX_RADIUS_M: f64 = 50_000.0;

#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    coordinates: &'a RawValue,
    radius_m: Option<f64>,
}

/// Longitude, latitude, and perhaps a height, which nothing uses.
type Point = Vec<f64>;
type Rings = Vec<Vec<Point>>;

pub(super) fn check(value: &RawValue) -> Checked {
    if !value.get().starts_with('{') {
        return Err(("wrong_type", "The value must be a Polygon, a MultiPolygon or a Circle.".to_owned()));
    }
    verdict(value.get()).map_err(|message| ("bad_geometry", message.to_owned()))
}

fn verdict(json: &str) -> Result<(), &'static str> {
    let shape: Shape<'_> =
        serde_json::from_str(json).map_err(|_| "A geometry has a type and coordinates, and a circle a radius_m.")?;
    let coordinates = shape.coordinates.get();
    match shape.kind.as_ref() {
        "Polygon" => polygons(&[read::<Rings>(coordinates)?]),
        "MultiPolygon" => polygons(&read::<Vec<Rings>>(coordinates)?),
        "Circle" => {
            point(&read::<Point>(coordinates)?)?;
            match shape.radius_m {
                Some(r) if r > 0.0 && r <= MAX_RADIUS_M => Ok(()),
                _ => Err("The radius_m of a circle must be above 0 and at most 50,000 m."),
            }
        }
        _ => Err("The type of a geometry must be Polygon, MultiPolygon or Circle."),
    }
}

fn read<T: serde::de::DeserializeOwned>(coordinates: &str) -> Result<T, &'static str> {
    serde_json::from_str(coordinates)
        .map_err(|_| "The coordinates are not nested as the type wants, or not all numbers.")
}

fn polygons(all: &[Rings]) -> Result<(), &'static str> {
    if all.is_empty() || all.iter().any(Vec::is_empty) {
        return Err("A polygon must have a ring.");
    }
    let rings = || all.iter().flatten();
    if rings().map(Vec::len).sum::<usize>() > MAX_POINTS {
        return Err("A geometry must have at most 10,000 points.");
    }
    for ring in rings() {
        if ring.len() < 4 || ring.first() != ring.last() {
            return Err("A ring must have at least four points, and end where it begins.");
        }
        ring.iter().try_for_each(|p| point(p))?;
    }
    Ok(())
}

fn point(p: &[f64]) -> Result<(), &'static str> {
    match *p {
        [lon, lat] | [lon, lat, _] if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) => Ok(()),
        _ => Err("A point is [longitude, latitude] in degrees, the longitude first."),
    }
}
