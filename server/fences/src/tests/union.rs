//! Boundaries joined: neighbours lose the line they share, whatever they were drawn in.

use mobile_schema::{Datum, Wgs84};

use crate::{Drawing, Shape, united};

fn wgs(lat: f64, lon: f64) -> Wgs84 {
    Wgs84::new(lat, lon).unwrap()
}

/// Two kilometres about, its western and eastern side at these longitudes.
fn block(west: f64, east: f64) -> Drawing {
    Drawing::Polygons(vec![vec![vec![[west, 20.99], [east, 20.99], [east, 21.01], [west, 21.01], [west, 20.99]]]])
}

fn distance(whole: &Drawing, at: Wgs84) -> f64 {
    Shape::of(whole, Datum::Wgs84).unwrap().signed_distance_m(at).unwrap()
}

#[test]
fn neighbours_lose_the_line_they_share() {
    let [a, b] = [block(110.38, 110.40), block(110.40, 110.42)];
    let whole = united(&[(a.clone(), Datum::Wgs84), (b.clone(), Datum::Wgs84)]).unwrap();
    assert!(matches!(&whole, Drawing::Polygons(polygons) if polygons.len() == 1));
    let border = wgs(21.0, 110.40);
    assert!(distance(&a, border).abs() < 0.1);
    assert!(distance(&whole, border) < -1_000.0, "deep inside");
    // Those that overlap, and those apart.
    let whole = united(&[(a.clone(), Datum::Wgs84), (block(110.39, 110.42), Datum::Wgs84)]).unwrap();
    assert!(distance(&whole, wgs(21.0, 110.395)) < -1_000.0);
    let whole = united(&[(a, Datum::Wgs84), (block(110.50, 110.52), Datum::Wgs84)]).unwrap();
    assert!(matches!(&whole, Drawing::Polygons(polygons) if polygons.len() == 2));
    assert!(distance(&whole, wgs(21.0, 110.45)) > 1_000.0);
}

#[test]
fn each_part_is_turned_into_wgs84_and_a_circle_into_corners() {
    let b = block(110.40, 110.42);
    let shifted = b.map(|[lon, lat]| {
        let at = wgs(lat, lon).to_gcj02();
        Ok::<_, ()>([at.lon(), at.lat()])
    });
    let whole = united(&[(block(110.38, 110.40), Datum::Wgs84), (shifted.unwrap(), Datum::Gcj02)]).unwrap();
    assert!(distance(&whole, wgs(21.0, 110.4202)) > 0.0 && distance(&whole, wgs(21.0, 110.4198)) < 0.0);

    let circle = Drawing::Circle { centre: [110.46, 21.0], radius_m: 1_000.0 };
    let whole = united(&[(b, Datum::Wgs84), (circle.clone(), Datum::Wgs84)]).unwrap();
    for east in [-0.0094, -0.005, 0.0, 0.005, 0.0094] {
        let at = wgs(21.0, 110.46 + east);
        assert!((distance(&whole, at) - distance(&circle, at)).abs() < 2.0, "{east}");
    }
}

#[test]
fn what_is_no_boundary_makes_none() {
    let bow =
        Drawing::Polygons(vec![vec![vec![[110.0, 21.0], [110.1, 21.1], [110.1, 21.0], [110.0, 21.1], [110.0, 21.0]]]]);
    assert_eq!(united(&[(block(110.38, 110.40), Datum::Wgs84), (bow, Datum::Wgs84)]), None);
    assert_eq!(united(&[]), None);
    let nothing = Drawing::Circle { centre: [110.0, 21.0], radius_m: 0.0 };
    assert_eq!(united(&[(nothing, Datum::Wgs84)]), None);
}
