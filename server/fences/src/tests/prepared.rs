use geo::{Contains as _, LineString, Point, Polygon};
use mobile_schema::{Datum, Wgs84};
use proptest::prelude::*;

use crate::{Fix, Index, Limits, LonLat, Prepared, Processor, Shape, Verdict, Whereabouts};

const LIMITS: Limits = Limits { inside_from: 0.9, outside_to: 0.1 };

fn wgs(lat: f64, lon: f64) -> Wgs84 {
    Wgs84::new(lat, (lon + 180.0).rem_euclid(360.0) - 180.0).unwrap()
}

/// An outline about a place, perhaps with a hole and an islet; angles in turn, so that it does not cross itself.
fn outlines() -> impl Strategy<Value = (LonLat, Vec<Vec<LonLat>>)> {
    let radii = || prop::collection::vec(0.004..0.03f64, 3..120);
    (-89.0..89.0f64, -180.0..180.0f64, radii(), prop::option::of(radii()), prop::option::of(radii())).prop_map(
        |(lat, lon, outer, hole, islet)| {
            let ring = |radii: Vec<f64>, east: f64, scale: f64| {
                let n = radii.len() as f64;
                let mut ring: Vec<LonLat> = radii
                    .iter()
                    .enumerate()
                    .map(|(i, r)| {
                        let (sin, cos) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
                        LonLat { lon: lon + east + scale * r * cos, lat: (lat + scale * r * sin).clamp(-90.0, 90.0) }
                    })
                    .collect();
                ring.push(ring[0]);
                ring
            };
            let mut rings = vec![ring(outer, 0.0, 1.0)];
            rings.extend(hole.map(|radii| ring(radii, 0.0, 0.1)));
            rings.extend(islet.map(|radii| ring(radii, 0.1, 1.0)));
            (LonLat { lon, lat }, rings)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// With each kind of vectors, to the last bit; in and about the fence, far away, and on its very points.
    #[test]
    fn all_vectors_say_what_the_plain_way_says(
        (middle, rings) in outlines(),
        near in prop::collection::vec((-0.05..0.05f64, -0.05..0.05f64, 1.0..500.0f64), 1..12),
        far in (-90.0..90.0f64, -180.0..180.0f64),
        nth in 0..1_000usize,
    ) {
        let on = rings[0][nth % rings[0].len()];
        let shape = Shape::Rings(rings);
        let prepared = Prepared::new(&shape).unwrap();
        let mut fixes: Vec<Fix> = near.iter().map(|(x, y, accuracy_m)| {
            Fix { at: wgs((middle.lat + y).clamp(-90.0, 90.0), middle.lon + x), accuracy_m: *accuracy_m }
        }).collect();
        fixes.extend([wgs(far.0, far.1), wgs(on.lat, on.lon)].map(|at| Fix { at, accuracy_m: 20.0 }));
        let plain: Vec<f64> = fixes.iter().map(|f| shape.signed_distance_m(f.at).unwrap()).collect();
        for (fix, distance) in fixes.iter().zip(&plain) {
            let quick = prepared.signed_distance_m(fix.at);
            // Right on a point of the boundary the sign is nobody's.
            prop_assert!(quick == *distance || quick.abs().max(distance.abs()) < 1e-6, "{quick} for {distance}");
            prop_assert!(prepared.holds(fix.at) == (*distance < 0.0) || distance.abs() < 1e-6);
        }
        let wanted: Vec<Verdict> = fixes.iter().zip(&plain).map(|(f, d)| Verdict::of(*d, f.accuracy_m, LIMITS)).collect();
        for processor in Processor::all() {
            let mut verdicts = Vec::new();
            prepared.judge_by(processor, &fixes, LIMITS, &mut verdicts);
            prop_assert_eq!(&verdicts, &wanted, "{}", processor.name());
        }
    }

    #[test]
    fn a_fence_holds_what_geo_says_it_contains((middle, rings) in outlines(), x in -0.05..0.05f64, y in -0.05..0.05f64) {
        // geo knows neither the antimeridian nor the poles.
        prop_assume!(middle.lat.abs() < 80.0 && middle.lon.abs() < 179.0);
        let at = wgs(middle.lat + y, middle.lon + x);
        let line = |ring: &Vec<LonLat>| LineString::from_iter(ring.iter().map(|p| (p.lon, p.lat)));
        let inside = rings.iter().filter(|r| Polygon::new(line(r), vec![]).contains(&Point::new(at.lon(), at.lat()))).count() % 2 == 1;
        let prepared = Prepared::new(&Shape::Rings(rings)).unwrap();
        if prepared.signed_distance_m(at).abs() > 0.05 {
            prop_assert_eq!(prepared.holds(at), inside);
        }
    }

    /// Fences of all sizes, also across the antimeridian: the index finds those that hold the position, and no other.
    #[test]
    fn the_index_finds_what_asking_each_finds(
        squares in prop::collection::vec((-89.0..89.0f64, 170.0..190.0f64, 0.01..3.0f64), 1..60),
        at in prop::collection::vec((-89.0..89.0f64, 170.0..190.0f64), 40),
    ) {
        let square = |&(lat, lon, half): &(f64, f64, f64)| {
            let corner = |x: f64, y: f64| LonLat { lon: lon + x * half, lat: (lat + y * half).clamp(-90.0, 90.0) };
            let ring = vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0), corner(-1.0, -1.0)];
            Prepared::new(&Shape::Rings(vec![ring])).unwrap()
        };
        let index = Index::new(squares.iter().map(square).collect());
        for (lat, lon) in at.into_iter().chain(squares.iter().map(|(lat, lon, _)| (*lat, *lon))) {
            let at = wgs(lat, lon);
            let holding: Vec<u32> = index.holding(at).collect();
            let asked: Vec<u32> = (0..squares.len() as u32).filter(|n| index.fences()[*n as usize].holds(at)).collect();
            prop_assert_eq!(&holding, &asked);
            let deepest = asked.iter().min_by_key(|n| ((index.fences()[**n as usize].signed_distance_m(at) * 10.0).round() as i64, **n));
            prop_assert_eq!(index.village(at), deepest.copied());
        }
    }
}

/// Two squares that share an edge, drawn in opposite turns: what lies on the edge is in just one.
#[test]
fn of_neighbours_that_share_an_edge_one_holds_what_lies_on_it() {
    let square = |from: f64, turned: bool| {
        let mut ring = [(0.0, 21.0), (0.01, 21.0), (0.01, 21.01), (0.0, 21.01), (0.0, 21.0)]
            .map(|(x, lat)| LonLat { lon: 110.0 + from + x, lat })
            .to_vec();
        if turned {
            ring.reverse();
        }
        Prepared::new(&Shape::Rings(vec![ring])).unwrap()
    };
    for turned in [false, true] {
        let index = Index::new(vec![square(0.0, false), square(0.01, turned)]);
        for i in 0..1_000 {
            assert_eq!(index.holding(wgs(21.0 + f64::from(i) * 1e-5 + 5e-6, 110.01)).count(), 1);
        }
    }
}

#[test]
fn circles_and_far_places() {
    let json = r#"{"type":"Circle","coordinates":[179.999,21],"radius_m":500}"#;
    let circle = Prepared::new(&Shape::from_geojson(json, Datum::Wgs84).unwrap()).unwrap();
    assert!(circle.holds(wgs(21.0, -179.999)) && !circle.holds(wgs(21.0, 0.0)) && !circle.holds(wgs(90.0, 0.0)));
    let index = Index::new(vec![circle]);
    assert_eq!((index.village(wgs(21.0, -179.999)), index.village(wgs(0.0, 0.0))), (Some(0), None));
    let mut verdicts = Vec::new();
    index.fences()[0].judge(&[Fix { at: wgs(0.0, 0.0), accuracy_m: 100_000.0 }], LIMITS, &mut verdicts);
    assert_eq!(verdicts[0].place, Whereabouts::Outside);
    assert!(Prepared::new(&Shape::Rings(vec![])).is_err());
    assert_eq!(Index::new(vec![]).village(wgs(21.0, 110.0)), None);
}
