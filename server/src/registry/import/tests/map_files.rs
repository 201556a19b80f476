//! Files of map programs: what they say of datum and village, previews, repairs.

use mobile_schema::Wgs84;
use serde_json::{Value, json};
use zhucun_fences::{examine::Repair, testing};

use super::*;
use crate::registry::import::{Outlook, look};

/// Clockwise, as shapefiles have outer rings.
fn square(lon: f64, lat: f64) -> Vec<[f64; 2]> {
    [(-0.01, -0.01), (-0.01, 0.01), (0.01, 0.01), (0.01, -0.01), (-0.01, -0.01)]
        .map(|(x, y)| [lon + x, lat + y])
        .to_vec()
}

fn prj(datum: &str, false_easting: &str) -> String {
    format!(
        r#"PROJCS["Zone",GEOGCS["GCS",DATUM["{datum}",SPHEROID["E",6378137.0,298.257222101]],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{false_easting}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
    )
}

/// An archive with a layer of one record.
fn layer(ring: &[[f64; 2]], village: &str, prj: Option<&str>) -> Vec<u8> {
    let shp = testing::shp(&[vec![ring.to_vec()]]);
    let dbf = testing::dbf(&["XZQDM", "FROM"], &[vec![village.as_bytes().to_vec(), b"2026-01-01".to_vec()]]);
    let mut members = vec![("cun.shp", &shp[..]), ("cun.dbf", &dbf[..])];
    members.extend(prj.map(|prj| ("cun.prj", prj.as_bytes())));
    testing::zip(&members)
}

fn geojson(properties: Value, ring: &[[f64; 2]]) -> Value {
    json!({"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}})
}

fn collection(features: &[Value]) -> Vec<u8> {
    json!({"type": "FeatureCollection", "features": features}).to_string().into_bytes()
}

fn with(change: impl FnOnce(&mut FenceOptions)) -> Context {
    let mut context = context();
    change(&mut context.options.fences);
    context
}

/// The one fence that a file comes to: village, datum, and the mean of its corners.
fn fence(file: &[u8], context: &Context) -> (String, String, [f64; 2]) {
    let plan = plan(Kind::Fences, file, context, &known()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let fields = &plan.drafts[0].fields;
    let corners = fields["geometry"]["coordinates"][0].as_array().unwrap()[..4].to_vec();
    let mean = |axis: usize| corners.iter().map(|p| p[axis].as_f64().unwrap()).sum::<f64>() / 4.0;
    (fields["village"].as_str().unwrap().to_owned(), fields["datum"].as_str().unwrap().to_owned(), [mean(0), mean(1)])
}

fn near(a: [f64; 2], b: [f64; 2]) -> bool {
    (a[0] - b[0]).abs() < 1e-5 && (a[1] - b[1]).abs() < 1e-5
}

#[test]
fn a_shapefile_says_its_projection_and_its_village() {
    // Where PROJ has 110.4 E 21.0 N in zone 37 of CGCS2000.
    let metres: Vec<[f64; 2]> = [(-1e3, -1e3), (-1e3, 1e3), (1e3, 1e3), (1e3, -1e3), (-1e3, -1e3)]
        .map(|(x, y)| [37_437_616.906_1 + x, 2_323_193.928_3 + y])
        .to_vec();
    let file = layer(&metres, "440811070209", Some(&prj("D_China_2000", "37500000.0")));
    let (village, datum, at) = fence(&file, &context());
    assert_eq!((village.as_str(), datum.as_str()), ("440811070209", "wgs84"));
    assert!(near(at, [110.4, 21.0]), "{at:?}");
    // The same numbers in a GeoJSON, of which the importer says the projection.
    let plain = collection(&[geojson(json!({"village": "440811070209", "from": "2026-01-01"}), &metres)]);
    let stated = with(|o| o.reference = Some(Reference::parse("EPSG:4525").unwrap()));
    assert!(near(fence(&plain, &stated).2, [110.4, 21.0]));
    let other_zone = with(|o| o.reference = Some(Reference::parse("EPSG:4546").unwrap()));
    assert_eq!(faults(Kind::Fences, &plain, &other_zone), ["1 features[0].geometry projected"]);
    assert_eq!(faults(Kind::Fences, &plain, &with_datum(Datum::Wgs84)), ["1 features[0].geometry projected"]);
    twice_changes_nothing(Kind::Fences, &file, &context());
}

#[test]
fn where_nothing_says_the_datum_or_says_one_that_is_not_public_the_file_is_refused() {
    let ring = square(110.4, 21.0);
    let datum = |code: &str| vec![format!("1 records[0].properties.datum {code}")];
    assert_eq!(faults(Kind::Fences, &layer(&ring, "440811070209", None), &context()), datum("datum_missing"));
    for system in ["D_Beijing_1954", "D_Xian_1980"] {
        let file = layer(&ring, "440811070209", Some(&prj(system, "500000.0")));
        assert_eq!(faults(Kind::Fences, &file, &context()), datum("datum_not_public"), "{system}");
        assert_eq!(faults(Kind::Fences, &file, &with_datum(Datum::Wgs84)), datum("datum_not_public"), "{system}");
    }
    assert_eq!(faults(Kind::Fences, &layer(&ring, "440811070209", None), &with_datum(Datum::Gcj02)), [""; 0]);
}

#[test]
fn kml_is_of_wgs84_and_its_placemarks_are_named() {
    let coordinates: Vec<String> = square(110.4, 21.0).iter().map(|[lon, lat]| format!("{lon},{lat},0")).collect();
    let kml = format!(
        "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark><name>调文村</name><Polygon><outerBoundaryIs><LinearRing>\n<coordinates>{}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>",
        coordinates.join("\n")
    );
    let undated = faults(Kind::Fences, kml.as_bytes(), &context());
    assert_eq!(undated, ["1 placemarks[0].properties.from missing"]);
    let from = with(|o| o.from = Some("2026-01-01".parse().unwrap()));
    let (village, datum, at) = fence(kml.as_bytes(), &from);
    assert_eq!((village.as_str(), datum.as_str()), ("440811070209", "wgs84"));
    assert!(near(at, [110.4, 21.0]));
    assert!(near(fence(&testing::zip(&[("doc.kml", kml.as_bytes())]), &from).2, [110.4, 21.0]));
    let mut shifted = from.clone();
    shifted.options.fences.reference = Some(Reference::Degrees(Datum::Gcj02));
    assert_eq!(faults(Kind::Fences, kml.as_bytes(), &shifted), ["1 placemarks[0].properties.datum datum_differs"]);
}

#[test]
fn a_village_is_found_by_the_property_named_and_who_is_not_found_is_told() {
    let about = |properties: Value| collection(&[geojson(properties, &square(110.4, 21.0))]);
    let options = |village: Option<&str>| {
        with(|o| {
            o.village = village.map(str::to_owned);
            o.reference = Some(Reference::Degrees(Datum::Wgs84));
            o.from = Some("2026-01-01".parse().unwrap());
        })
    };
    let village = |properties: Value, named: Option<&str>| fence(&about(properties), &options(named)).0;
    assert_eq!(village(json!({"CODE": 440811070209_u64}), None), "440811070209");
    assert_eq!(village(json!({"code": " ", "NAME": "调文"}), None), "440811070209");
    assert_eq!(village(json!({"name": "x", "cun": "调文村委会"}), Some("CUN")), "440811070209");
    let told = |properties: Value, named: Option<&str>| faults(Kind::Fences, &about(properties), &options(named));
    assert_eq!(told(json!({"name": "别村"}), None), ["1 features[0].properties.village unknown_village"]);
    assert_eq!(told(json!({"code": "440811070299"}), None), ["1 features[0].properties.village unknown_village"]);
    assert_eq!(told(json!({"name": "调文"}), Some("cun")), ["1 features[0].properties.cun missing"]);
}

/// A preview says all that is wrong and what would mend it; repairs are made when they are asked for; warnings do not stand in the way.
#[test]
fn findings_errors_block_warnings_do_not_repairs_are_made_when_asked_for() {
    let mut open = square(110.4, 21.0);
    open.pop();
    let overlapping = square(110.41, 21.0);
    let file = collection(&[
        geojson(json!({"village": "440811070209", "from": "2026-01-01"}), &open),
        geojson(json!({"village": "440811070001", "from": "2026-01-01"}), &overlapping),
    ]);
    let unasked = with_datum(Datum::Wgs84);
    let Outlook { faults, findings, plan, .. } = look(Kind::Fences, &file, &unasked, &known());
    assert_eq!((faults.len(), faults[0].code, faults[0].repair), (1, "open_ring", Some("close")));
    assert_eq!((findings[0].code, findings[0].weight, findings[0].repair), ("open_ring", "error", Some("close")));
    let repaired = findings[0].repaired.as_ref().unwrap();
    assert_eq!((repaired.datum, repaired.geometry["coordinates"][0].as_array().unwrap().len()), ("wgs84", 5));
    assert!(plan.drafts.len() == 1 && super::plan(Kind::Fences, &file, &unasked, &known()).is_err());

    let mut asked = unasked;
    asked.options.fences.repairs = [Repair::Close].into();
    let Outlook { faults, findings, mended, plan, .. } = look(Kind::Fences, &file, &asked, &known());
    assert_eq!((faults.len(), plan.report.created), (0, 2));
    assert_eq!(
        (mended.len(), mended[0].village.as_str(), mended[0].repairs.as_slice()),
        (1, "440811070209", &["close"][..])
    );
    let found: Vec<_> = findings.iter().map(|f| (f.code, f.weight, f.village.as_str())).collect();
    assert_eq!(
        found,
        [("overlaps_neighbour", "warning", "440811070209"), ("overlaps_neighbour", "warning", "440811070001")]
    );
    assert!(findings[0].message.contains("440811070001") && findings[0].message.contains("50.0 %"));
}

/// A boundary that was surveyed comes again from a shifted map, said to be WGS-84.
#[test]
fn a_wrong_datum_is_suspected_beside_what_stands() {
    let about =
        |ring: &[[f64; 2]]| collection(&[geojson(json!({"village": "440811070209", "from": "2026-01-01"}), ring)]);
    let mut known = known();
    let stated = with_datum(Datum::Wgs84);
    known.absorb(&plan(Kind::Fences, &about(&square(110.4, 21.0)), &stated, &known).unwrap().drafts);
    let shifted: Vec<[f64; 2]> = square(110.4, 21.0)
        .iter()
        .map(|[lon, lat]| Wgs84::new(*lat, *lon).unwrap().to_gcj02())
        .map(|p| [p.lon(), p.lat()])
        .collect();
    let outlook = look(Kind::Fences, &about(&shifted), &stated, &known);
    assert_eq!((outlook.findings[0].code, outlook.findings[0].weight), ("datum_suspected", "warning"));
    assert_eq!((outlook.faults.len(), outlook.plan.report.changed), (0, 1), "it is taken all the same");
    let mut mend = stated;
    mend.options.fences.repairs = [Repair::Datum].into();
    let outlook = look(Kind::Fences, &about(&shifted), &mend, &known);
    assert_eq!((outlook.findings.len(), &outlook.plan.drafts[0].fields["datum"]), (0, &json!("gcj02")));
}

#[test]
fn hostile_files_are_refused_with_a_reason() {
    let bomb = testing::zip(&[("a.shp", &vec![0; zhucun_fences::file::MAX_UNPACKED + 1])]);
    assert_eq!(faults(Kind::Fences, &bomb, &context()), ["1  file_too_large"]);
    assert_eq!(faults(Kind::Fences, &testing::zip(&[("a.txt", b"")]), &context()), ["1 type bad_syntax"]);
    assert_eq!(faults(Kind::Fences, b"PK\x03\x04 and no more", &context()), ["1  bad_syntax"]);
    assert_eq!(faults(Kind::Fences, b"<kml><Placemark>", &context()), ["1  bad_syntax"]);
    let nan = [[f64::NAN, 21.0], [110.4, 21.0], [110.41, 21.01], [f64::NAN, 21.0]];
    let degrees = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]]"#;
    let file = layer(&nan, "440811070209", Some(degrees));
    assert!(faults(Kind::Fences, &file, &context())[0].starts_with("1 records[0].geometry"));
}

/// A million points are refused with the limit, and taken when they may be made fewer.
#[test]
fn a_million_points_are_refused_and_taken_simplified() {
    let turn = |i: usize| i as f64 / 1e6 * std::f64::consts::TAU;
    let ring: Vec<[f64; 2]> =
        (0..=1_000_000).map(|i| turn(i % 1_000_000)).map(|a| [110.4 + 0.01 * a.cos(), 21.0 + 0.01 * a.sin()]).collect();
    let shp = testing::shp(&[vec![ring.into_iter().rev().collect()]]);
    let dbf = testing::dbf(&["CODE", "FROM"], &[vec![b"440811070209".to_vec(), b"2026-01-01".to_vec()]]);
    let file = testing::zip(&[("a.shp", &shp), ("a.dbf", &dbf)]);
    let stated = with_datum(Datum::Wgs84);
    assert_eq!(faults(Kind::Fences, &file, &stated), ["1 records[0].geometry too_many_points"]);
    let mut simplified = stated;
    simplified.options.fences.repairs = [Repair::Simplify].into();
    let plan = plan(Kind::Fences, &file, &simplified, &known()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert!(plan.drafts[0].fields["geometry"]["coordinates"][0].as_array().unwrap().len() <= 10_000);
}
