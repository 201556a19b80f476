use std::{
    collections::{BTreeMap, BTreeSet},
    f64::consts::TAU,
};

use mobile_schema::{Datum, Wgs84, check::MAX_POINTS};

use crate::{
    Drawing, Ring, Shape,
    examine::{Around, Finding, Kind, Neighbour, Repair, Weight, examine, repair},
};

/// A square about a place, its side in degrees: 0.02 are two kilometres.
fn square(lon: f64, lat: f64, side: f64) -> Ring {
    let half = side / 2.0;
    [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)]
        .map(|(x, y)| [lon + x * half, lat + y * half])
        .to_vec()
}

fn village() -> Ring {
    square(110.4, 21.0, 0.02)
}

fn polygon(rings: Vec<Ring>) -> Drawing {
    Drawing::Polygons(vec![rings])
}

fn alone(drawing: &Drawing) -> Vec<Finding> {
    examine(drawing, Datum::Wgs84, &Around::default())
}

fn kinds(drawing: &Drawing) -> Vec<Kind> {
    alone(drawing).iter().map(|f| f.kind).collect()
}

/// What is left when all that is offered is done, and what that was.
fn mended(drawing: Drawing) -> (Drawing, Vec<Repair>) {
    let all = BTreeSet::from(Repair::ALL);
    let repaired = repair(drawing, Datum::Wgs84, &Around::default(), &all);
    assert_eq!(repaired.findings, [], "nothing is found after the repair");
    (repaired.drawing, repaired.done)
}

fn neighbour(name: &str, ring: Ring) -> Neighbour {
    Neighbour::new(name, Shape::of(&polygon(vec![ring]), Datum::Wgs84).unwrap()).unwrap()
}

#[test]
fn a_good_boundary_has_no_findings() {
    assert_eq!(alone(&polygon(vec![village(), square(110.4, 21.0, 0.002)])), []);
    assert_eq!(alone(&Drawing::Circle { centre: [110.4, 21.0], radius_m: 800.0 }), []);
    assert_eq!(alone(&Drawing::Polygons(vec![vec![village()], vec![square(110.5, 21.0, 0.01)]])), []);
}

#[test]
fn an_open_ring_is_closed_when_asked() {
    let mut open = village();
    open.pop();
    let found = alone(&polygon(vec![open.clone()]));
    assert_eq!((found[0].kind, found[0].kind.weight(), found.len()), (Kind::Open, Weight::Error, 1));
    assert_eq!(mended(polygon(vec![open.clone()])), (polygon(vec![village()]), vec![Repair::Close]));
    let unasked =
        repair(polygon(vec![open.clone()]), Datum::Wgs84, &Around::default(), &BTreeSet::from([Repair::Swap]));
    assert_eq!((unasked.drawing, unasked.done), (polygon(vec![open]), vec![]));
}

#[test]
fn swapped_axes_are_swapped_back_and_then_closed() {
    let mut swapped: Ring = village().into_iter().map(|[x, y]| [y, x]).collect();
    swapped.pop();
    assert_eq!(kinds(&polygon(vec![swapped.clone()])), [Kind::Swapped]);
    assert_eq!(mended(polygon(vec![swapped])), (polygon(vec![village()]), vec![Repair::Swap, Repair::Close]));
}

#[test]
fn what_crosses_itself_is_untangled() {
    let bow = vec![[110.4, 21.0], [110.42, 21.02], [110.42, 21.0], [110.4, 21.02], [110.4, 21.0]];
    let found = alone(&polygon(vec![bow.clone()]));
    let at = found[0].at.unwrap();
    assert!(found[0].kind == Kind::Crossing && (at[0] - 110.41).abs() < 1e-9 && (at[1] - 21.01).abs() < 1e-9);
    let (Drawing::Polygons(halves), done) = mended(polygon(vec![bow])) else { panic!() };
    assert_eq!((halves.len(), done), (2, vec![Repair::Untangle]));
    // A spike has no area, and is gone.
    let spike = vec![[110.4, 21.0], [110.42, 21.0], [110.44, 21.0], [110.42, 21.0], [110.42, 21.02], [110.4, 21.0]];
    assert_eq!(kinds(&polygon(vec![spike.clone()])), [Kind::Crossing]);
    let (drawing, _) = mended(polygon(vec![spike]));
    assert!(drawing.points().all(|[lon, _]| lon <= 110.42));
    // A hole over the edge takes away what it covers.
    assert_eq!(kinds(&polygon(vec![village(), square(110.41, 21.0, 0.004)])), [Kind::Crossing]);
    mended(polygon(vec![village(), square(110.41, 21.0, 0.004)]));
}

#[test]
fn holes_outside_and_parts_in_each_other() {
    let outside = polygon(vec![village(), square(110.6, 21.0, 0.002)]);
    assert_eq!(kinds(&outside), [Kind::HoleOutside]);
    assert_eq!(mended(outside), (polygon(vec![village()]), vec![Repair::DropHoles]));
    let nested = Drawing::Polygons(vec![vec![village()], vec![square(110.4, 21.0, 0.004)]]);
    assert_eq!(kinds(&nested), [Kind::PartsNested]);
    let (merged, done) = mended(nested);
    assert_eq!((merged.points().count(), done), (5, vec![Repair::Merge]));
    // An island in a pond is no part in another.
    let island = Drawing::Polygons(vec![vec![village(), square(110.4, 21.0, 0.01)], vec![square(110.4, 21.0, 0.004)]]);
    assert_eq!(kinds(&island), []);
}

#[test]
fn what_encloses_nothing() {
    let flat = vec![[110.4, 21.0], [110.42, 21.0], [110.41, 21.0], [110.4, 21.0]];
    assert!(matches!(kinds(&polygon(vec![flat])).as_slice(), [Kind::Crossing | Kind::NoArea]));
    let point = polygon(vec![vec![[110.4, 21.0]; 5]]);
    assert_eq!(kinds(&point), [Kind::NoArea]);
    assert_eq!(kinds(&Drawing::Circle { centre: [110.4, 21.0], radius_m: 0.0 }), [Kind::NoArea]);
    assert_eq!(kinds(&Drawing::Circle { centre: [110.4, 21.0], radius_m: f64::NAN }), [Kind::NoArea]);
    assert_eq!(kinds(&polygon(vec![vec![[110.4, 21.0], [110.41, 21.0], [110.4, 21.0]]])), [Kind::Bad]);
    assert_eq!(kinds(&polygon(vec![])), [Kind::Bad]);
    assert_eq!(kinds(&Drawing::Polygons(vec![])), [Kind::Bad]);
    let nan = vec![[f64::NAN, 21.0], [110.42, 21.0], [110.41, f64::INFINITY], [f64::NAN, 21.0]];
    assert!(matches!(kinds(&polygon(vec![nan])).as_slice(), [Kind::Bad | Kind::Projected]));
}

#[test]
fn metres_are_told_with_the_zone_they_begin_with() {
    let metres: Ring = village().iter().map(|[x, y]| [37_437_000.0 + x * 100.0, 2_323_000.0 + y * 100.0]).collect();
    let found = alone(&polygon(vec![metres]));
    assert_eq!(found[0].kind, Kind::Projected);
    assert!(found[0].en.contains("EPSG:4525") && found[0].offer.is_none(), "{}", found[0].en);
}

#[test]
fn points_that_stand_twice_are_a_warning() {
    let mut twice = village();
    twice.insert(2, twice[1]);
    let found = alone(&polygon(vec![twice.clone()]));
    assert_eq!((found[0].kind, found[0].kind.weight(), found.len()), (Kind::DuplicatePoints, Weight::Warning, 1));
    assert_eq!(mended(polygon(vec![twice])), (polygon(vec![village()]), vec![Repair::DropDuplicates]));
}

/// A million points are refused, and offered with as many as a fence may have, no farther off than they say.
#[test]
fn a_million_points_are_made_fewer_when_asked() {
    let ring: Ring = (0..=1_000_000)
        .map(|i| f64::from(i % 1_000_000) / 1e6 * TAU)
        .map(|a| [110.4 + 0.02 * a.cos(), 21.0 + 0.02 * a.sin()])
        .collect();
    let fine = polygon(vec![ring]);
    assert_eq!(kinds(&fine), [Kind::TooManyPoints]);
    let (fewer, done) = mended(fine);
    assert_eq!(done, [Repair::Simplify]);
    let points = fewer.points().count();
    assert!((MAX_POINTS / 2..=MAX_POINTS).contains(&points), "{points}");
    let coast = Shape::of(&fewer, Datum::Wgs84).unwrap();
    for i in 0..100 {
        let (sin, cos) = (f64::from(i) / 100.0 * TAU).sin_cos();
        let at = Wgs84::new(21.0 + 0.02 * sin, 110.4 + 0.02 * cos).unwrap();
        assert!(coast.signed_distance_m(at).unwrap().abs() < 1.5);
    }
    // Rings too many, or too ragged to be made simpler within fifty metres: there is no offer.
    let ragged: Ring =
        (0..=20_000).map(|i| [110.0 + f64::from(i % 20_000) * 1e-6, 21.0 + f64::from(i % 2) * 0.1]).collect();
    assert!(alone(&polygon(vec![ragged]))[0].offer.is_none());
    assert!(alone(&Drawing::Polygons(vec![vec![village()]; 3_000]))[0].offer.is_none());
}

/// All long and all in each other's way: a square of segments that would take minutes to compare is given up at once.
#[test]
fn what_is_too_tangled_is_refused_in_time() {
    let comb: Ring = (0..9_998).map(|i| [110.0 + f64::from(i % 2), 21.0 + f64::from(i) * 1e-5]).collect();
    let comb = [comb, vec![[110.0, 22.0], [110.0, 21.0]]].concat();
    let found = alone(&polygon(vec![comb]));
    assert!(found[0].kind == Kind::Crossing && found[0].at.is_none() && found[0].offer.is_none(), "{found:?}");
}

#[test]
fn areas_out_of_the_usual() {
    assert_eq!(kinds(&polygon(vec![square(110.4, 21.0, 0.001)])), [Kind::UnusualArea]);
    assert_eq!(kinds(&polygon(vec![square(110.4, 21.0, 2.0)])), [Kind::UnusualArea]);
    let around = Around { usual_m2: Some(4e6), ..Around::default() };
    let of = |side: f64| examine(&polygon(vec![square(110.4, 21.0, side)]), Datum::Wgs84, &around);
    assert!(of(0.02).is_empty() && of(0.1).is_empty());
    assert!(of(0.2)[0].en.contains("km²") && of(0.003)[0].kind == Kind::UnusualArea);
}

#[test]
fn neighbours_that_overlap_are_told_by_how_much() {
    let east = neighbour("440811070210", square(110.415, 21.0, 0.02));
    let touching = neighbour("440811070211", square(110.38, 21.0, 0.02));
    let around = Around { neighbours: vec![&east, &touching], ..Around::default() };
    let found = examine(&polygon(vec![village()]), Datum::Wgs84, &around);
    assert_eq!((found.len(), found[0].kind), (1, Kind::Overlap));
    assert!(found[0].en.contains("440811070210") && found[0].en.contains("25.0 %"), "{}", found[0].en);
    assert!(found[0].zh.contains("440811070210"));
}

/// Drawn on a shifted map and said to be WGS-84: shown by the neighbours that stand, or by the village's own earlier boundary.
#[test]
fn a_wrong_datum_is_suspected_and_the_right_one_offered() {
    let sides = [(0.02, 0.0), (-0.02, 0.0), (0.0, 0.02), (0.0, -0.02)];
    let neighbours: Vec<Neighbour> =
        sides.iter().map(|(x, y)| neighbour("n", square(110.4 + x, 21.0 + y, 0.0198))).collect();
    let earlier = neighbour("own", village());
    let beside = || Around {
        neighbours: neighbours.iter().collect(),
        standing: neighbours.iter().collect(),
        ..Around::default()
    };
    let before = || Around { earlier: Some(&earlier), ..Around::default() };
    let shift = |to: fn(Wgs84) -> (f64, f64)| -> Ring {
        village().into_iter().map(|[lon, lat]| to(Wgs84::new(lat, lon).unwrap())).map(|(lat, lon)| [lon, lat]).collect()
    };
    let gcj02 = shift(|p| (p.to_gcj02().lat(), p.to_gcj02().lon()));
    let bd09 = shift(|p| (p.to_bd09().lat(), p.to_bd09().lon()));
    for (ring, right) in [(gcj02, Datum::Gcj02), (bd09, Datum::Bd09)] {
        for around in [beside(), before()] {
            let found = examine(&polygon(vec![ring.clone()]), Datum::Wgs84, &around);
            let suspicion = found.iter().find(|f| f.kind == Kind::DatumSuspected).expect("a suspicion");
            assert_eq!(suspicion.kind.weight(), Weight::Warning);
            let mended = repair(polygon(vec![ring.clone()]), Datum::Wgs84, &around, &BTreeSet::from([Repair::Datum]));
            assert_eq!((mended.datum, mended.drawing), (right, polygon(vec![ring.clone()])));
            assert_eq!(mended.findings, []);
        }
    }
    for around in [beside(), before()] {
        assert_eq!(examine(&polygon(vec![village()]), Datum::Wgs84, &around), []);
    }
}

#[test]
fn codes_and_names_are_unique_and_read_back() {
    let codes: BTreeMap<&str, Kind> = Kind::ALL.iter().map(|k| (k.code(), *k)).collect();
    assert_eq!(codes.len(), Kind::ALL.len());
    for repair in Repair::ALL {
        assert_eq!(Repair::parse(repair.name()), Some(repair));
    }
    assert_eq!(Repair::parse("all"), None);
}
