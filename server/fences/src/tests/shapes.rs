use geo::{Contains as _, Destination as _, Distance as _, Geodesic, LineString, Point, Polygon};
use proptest::prelude::*;

use mobile_schema::{Datum, Wgs84};

use crate::{BadShape, LonLat, Shape};

fn wgs(lat: f64, lon: f64) -> Wgs84 {
    Wgs84::new(lat, lon).unwrap()
}

fn square(lat: f64, lon: f64, half: f64) -> Shape {
    let ring = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]]
        .map(|[x, y]| format!("[{},{}]", lon + x * half, lat + y * half));
    let json = format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","));
    Shape::from_geojson(&json, Datum::Wgs84).unwrap()
}

#[test]
fn inside_a_hole_is_outside_and_the_second_polygon_counts() {
    let json = r#"{"type":"MultiPolygon","coordinates":[
        [[[110,21],[110.1,21],[110.1,21.1],[110,21.1],[110,21]],[[110.04,21.04],[110.06,21.04],[110.06,21.06],[110.04,21.06],[110.04,21.04]]],
        [[[110.2,21],[110.3,21],[110.3,21.1],[110.2,21.1],[110.2,21]]]]}"#;
    let shape = Shape::from_geojson(json, Datum::Wgs84).unwrap();
    let d = |lat, lon| shape.signed_distance_m(wgs(lat, lon)).unwrap();
    assert!(d(21.02, 110.02) < 0.0 && d(21.05, 110.25) < 0.0);
    assert!(d(21.05, 110.05) > 0.0, "the hole");
    assert!(d(21.05, 110.15) > 0.0, "between them");
    assert!((d(21.05, 110.05) - 1_040.0).abs() < 5.0);
}

#[test]
fn a_circle() {
    let json = r#"{"type":"Circle","coordinates":[110.4,21],"radius_m":500}"#;
    let shape = Shape::from_geojson(json, Datum::Wgs84).unwrap();
    assert!((shape.signed_distance_m(wgs(21.0, 110.4)).unwrap() + 500.0).abs() < 1e-6);
    assert!(shape.signed_distance_m(wgs(21.01, 110.4)).unwrap() > 600.0);
}

#[test]
fn a_fence_drawn_on_a_shifted_map_is_where_it_was_meant() {
    let (lat, lon) = (21.0, 110.4);
    let shifted = wgs(lat, lon).to_gcj02();
    let json = format!(r#"{{"type":"Circle","coordinates":[{},{}],"radius_m":100}}"#, shifted.lon(), shifted.lat());
    let right = Shape::from_geojson(&json, Datum::Gcj02).unwrap().signed_distance_m(wgs(lat, lon)).unwrap();
    let wrong = Shape::from_geojson(&json, Datum::Wgs84).unwrap().signed_distance_m(wgs(lat, lon)).unwrap();
    assert!((right + 100.0).abs() < 0.5 && wrong > 200.0);
}

#[test]
fn what_makes_no_fence() {
    let of = |json: &str| Shape::from_geojson(json, Datum::Wgs84).unwrap_err();
    assert_eq!(of(r#"{"type":"Polygon","coordinates":[[[110,21],[110.1,21],[110,21]]]}"#), BadShape::WithoutArea);
    assert_eq!(of(r#"{"type":"Polygon","coordinates":[]}"#), BadShape::WithoutArea);
    assert_eq!(of(r#"{"type":"Circle","coordinates":[110,21],"radius_m":0}"#), BadShape::WithoutArea);
    for bad in ["", "[]", r#"{"type":"Point","coordinates":[1,2]}"#, r#"{"type":"Polygon","coordinates":[[[1]]]}"#] {
        assert_eq!(of(bad), BadShape::Unreadable, "{bad}");
    }
}

#[test]
fn the_antimeridian_and_the_poles() {
    let json = r#"{"type":"Polygon","coordinates":[[[179.9,0],[-179.9,0],[-179.9,0.1],[179.9,0.1],[179.9,0]]]}"#;
    let shape = Shape::from_geojson(json, Datum::Wgs84).unwrap();
    for (lon, inside) in [(179.95, true), (-179.95, true), (180.0, true), (-180.0, true), (179.8, false), (0.0, false)]
    {
        assert_eq!(shape.signed_distance_m(wgs(0.05, lon)).unwrap() < 0.0, inside, "{lon}");
    }
    for lat in [90.0, -90.0] {
        assert!(square(0.0, 0.0, 10.0).signed_distance_m(wgs(lat, 175.0)).unwrap() > 0.0);
        assert!(square(89.0, 0.0, 0.5).signed_distance_m(wgs(lat, 175.0)).unwrap().is_finite());
    }
}

proptest! {
    /// Along every bearing, from 1 m to 50 km, against geographiclib.
    #[test]
    fn distances_are_geodesic_to_two_thousandths(lat in -60.0..60.0f64, lon in -180.0..180.0f64, bearing in 0.0..360.0f64, away in 1.0..50_000.0f64) {
        let centre = Geodesic.destination(Point::new(lon, lat), bearing, away);
        let shape = Shape::Circle { centre: LonLat { lon: centre.x(), lat: centre.y() }, radius_m: 0.5 };
        let d = shape.signed_distance_m(wgs(lat, lon)).unwrap() + 0.5;
        prop_assert!((d / away - 1.0).abs() < 0.002, "{d} for {away}");
    }

    /// A fence around a village, in any form: the sign is `geo`'s, and the distance that to the nearest point of a finely divided boundary.
    #[test]
    fn a_boundary_is_where_geo_has_it(
        lat in -60.0..60.0f64, lon in -179.0..179.0f64,
        radii in prop::collection::vec(0.002..0.03f64, 3..40),
        x in -0.15..0.15f64, y in -0.15..0.15f64,
    ) {
        let n = radii.len() as f64;
        let mut ring: Vec<(f64, f64)> = radii.iter().enumerate().map(|(i, r)| {
            let (sin, cos) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
            (lon + r * cos, lat + r * sin)
        }).collect();
        ring.push(ring[0]);
        let shape = Shape::Rings(vec![ring.iter().map(|&(lon, lat)| LonLat { lon, lat }).collect()]);
        let polygon = Polygon::new(LineString::from(ring.clone()), vec![]);
        let at = Point::new(lon + x, lat + y);
        let d = shape.signed_distance_m(wgs(at.y(), at.x())).unwrap();

        const STEPS: usize = 400;
        let fine = ring.windows(2).flat_map(|w| (0..STEPS).map(move |i| {
            let t = i as f64 / STEPS as f64;
            Point::new(w[0].0 + t * (w[1].0 - w[0].0), w[0].1 + t * (w[1].1 - w[0].1))
        }));
        let near = fine.map(|p| Geodesic.distance(at, p)).fold(f64::INFINITY, f64::min);
        // The finely divided boundary is itself off by up to half a step.
        let longest = ring.windows(2).map(|w| Geodesic.distance(Point::from(w[0]), Point::from(w[1]))).fold(0.0, f64::max);
        let slack = near * 0.002 + (near.hypot(longest / STEPS as f64) - near) + 0.01;
        prop_assert!((d.abs() - near).abs() <= slack, "{d} against {near}");
        if near > 0.1 {
            prop_assert_eq!(d < 0.0, polygon.contains(&at));
        }
    }
}
