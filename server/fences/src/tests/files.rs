use mobile_schema::Datum;
use serde_json::json;

use crate::{
    BadReference, Drawing, Reference, Ring,
    file::{self, File, MAX_UNPACKED, Reason, Unreadable},
    testing::{dbf, shp, zip},
};

/// Clockwise, as outer rings of shapefiles turn.
fn square(lon: f64, lat: f64, half: f64) -> Ring {
    [(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)]
        .map(|(x, y)| [lon + x * half, lat + y * half])
        .to_vec()
}

fn turned(mut ring: Ring) -> Ring {
    ring.reverse();
    ring
}

const DEGREES: &[u8] = br#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],UNIT["Degree",0.0174532925199433]]"#;

fn archive(rows: &[Vec<Vec<u8>>], polygons: &[Vec<Ring>]) -> Result<File, Unreadable> {
    let (shp, dbf) = (shp(polygons), dbf(&["CODE", "NAME"], rows));
    file::read_archive(&zip(&[
        ("layer/Villages.shp", &shp),
        ("layer/Villages.dbf", &dbf),
        ("layer/Villages.prj", DEGREES),
    ]))
}

#[test]
fn a_shapefile_in_an_archive() {
    let (outer, hole, islet) =
        (square(110.4, 21.0, 0.01), turned(square(110.4, 21.0, 0.002)), square(110.5, 21.0, 0.01));
    let gbk = encoding_rs::GB18030.encode("调文村").0.into_owned();
    let row = |name: Vec<u8>| vec![b"440811070209".to_vec(), name];
    for name in [gbk, "调文村".as_bytes().to_vec()] {
        // The hole stands before its polygon: the order of rings means nothing.
        let rings = vec![hole.clone(), islet.clone(), outer.clone()];
        let file = archive(&[row(name), row(b"x".to_vec())], &[rings, vec![square(110.6, 21.0, 0.01)]]).unwrap();
        assert_eq!(file.reference, Some(Ok(Reference::Degrees(Datum::Wgs84))));
        let first = &file.features[0];
        assert_eq!((first.line, first.path.as_str()), (1, "records[0]"));
        assert_eq!(
            first.properties.clone().unwrap(),
            *json!({"CODE": "440811070209", "NAME": "调文村"}).as_object().unwrap()
        );
        let wanted = Drawing::Polygons(vec![vec![islet.clone()], vec![outer.clone(), hole.clone()]]);
        assert_eq!(first.drawing, Ok(wanted));
        assert_eq!(file.features.len(), 2);
    }
}

#[test]
fn kml_with_namespaces_folders_and_holes() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<k:kml xmlns:k="http://www.opengis.net/kml/2.2"><k:Document><k:Folder><k:name>乡</k:name>
<k:Placemark><k:name>A &amp; B &#x6751;</k:name><k:ExtendedData><k:Data name="village"><k:value>440811070209</k:value></k:Data>
<k:SchemaData><k:SimpleData name="from"><![CDATA[2026-01-01]]></k:SimpleData></k:SchemaData></k:ExtendedData>
<k:MultiGeometry><k:Polygon>
<k:innerBoundaryIs><k:LinearRing><k:coordinates>110.404,21.004 110.406,21.004 110.405,21.006 110.404,21.004</k:coordinates></k:LinearRing></k:innerBoundaryIs>
<k:outerBoundaryIs><k:LinearRing><k:coordinates>
  110.40,21.00,5 110.41,21.00,5
  110.41,21.01,5 110.40,21.01,5 110.40,21.00,5
</k:coordinates></k:LinearRing></k:outerBoundaryIs></k:Polygon></k:MultiGeometry></k:Placemark>
<k:Placemark><k:name>路</k:name><k:LineString><k:coordinates>1,2 3,4</k:coordinates></k:LineString></k:Placemark>
</k:Folder></k:Document></k:kml>"#;
    let check = |file: File| {
        assert_eq!(file.reference, Some(Ok(Reference::Degrees(Datum::Wgs84))));
        let first = &file.features[0];
        let said = json!({"name": "A & B 村", "village": "440811070209", "from": "2026-01-01"});
        assert_eq!((first.line, first.properties.as_ref().unwrap()), (3, said.as_object().unwrap()));
        let Ok(Drawing::Polygons(polygons)) = &first.drawing else { panic!("{:?}", first.drawing) };
        assert_eq!((polygons.len(), polygons[0].len(), polygons[0][0].len()), (1, 2, 5));
        assert_eq!((polygons[0][0][0], polygons[0][1][0]), ([110.4, 21.0], [110.404, 21.004]));
        assert_eq!(file.features[1].drawing, Err("The Placemark has no Polygon.".to_owned()));
    };
    check(file::read_text(text).unwrap());
    check(file::read_archive(&zip(&[("doc.kml", text.as_bytes()), ("files/icon.png", b"x")])).unwrap());
}

#[test]
fn geojson_says_its_datum_in_two_ways() {
    let file = |extra: &str| {
        format!(
            r#"{{"type":"FeatureCollection",{extra}"features":[{{"type":"Feature","properties":null,"geometry":null}}]}}"#
        )
    };
    let said = |extra: &str| file::read_text(&file(extra)).unwrap().reference;
    assert_eq!(said(""), None);
    assert_eq!(said(r#""datum":"gcj02","#), Some(Ok(Reference::Degrees(Datum::Gcj02))));
    let crs = |name: &str| said(&format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}},"#));
    assert_eq!(crs("urn:ogc:def:crs:EPSG::4525"), Some(Reference::parse("EPSG:4525")));
    assert_eq!(crs("EPSG:2435"), Some(Err(BadReference::NotPublic("Beijing 1954 (北京54)"))));
}

/// Why a file is refused.
fn refused(file: Result<File, Unreadable>) -> Reason {
    file.expect_err("a bad file").reason
}

#[test]
fn hostile_archives() {
    let bomb = zip(&[("a.shp", &vec![0; MAX_UNPACKED + 1])]);
    assert!(bomb.len() < 100_000);
    assert_eq!(refused(file::read_archive(&bomb)), Reason::TooLarge);
    let parts = vec![0; MAX_UNPACKED / 2 + 1];
    assert_eq!(refused(file::read_archive(&zip(&[("a.shp", &parts), ("b.shp", &parts)]))), Reason::TooLarge);
    assert_eq!(refused(file::read_archive(&zip(&[("a.txt", b"x")]))), Reason::Content);
    assert_eq!(refused(file::read_archive(&zip(&[("a.kml", b"<kml/>"), ("b.kml", b"<kml/>")]))), Reason::Content);
    assert_eq!(refused(file::read_archive(b"PK\x03\x04")), Reason::Syntax);
    // One record says less than the table needs.
    assert_eq!(refused(archive(&[], &[vec![square(110.4, 21.0, 0.01)]])), Reason::Syntax);
}

/// Wherever a byte of a good file is another, it is read, or refused with a reason, at once.
#[test]
fn damaged_shapefiles_are_no_surprise() {
    let good =
        shp(&[vec![square(110.4, 21.0, 0.01), turned(square(110.4, 21.0, 0.002))], vec![square(110.6, 21.0, 0.01)]]);
    let table = dbf(&["CODE"], &[vec![b"440811070209".to_vec()], vec![b"440811070210".to_vec()]]);
    for (at, to) in (0..good.len()).flat_map(|at| [0, 1, 0x7f, 0x80, 0xff].map(|to| (at, to))) {
        let mut bad = good.clone();
        bad[at] = to;
        let _ = file::read_archive(&zip(&[("a.shp", &bad), ("a.dbf", &table)]));
    }
    for (at, to) in (0..table.len()).flat_map(|at| [0, 1, 0x7f, 0x80, 0xff].map(|to| (at, to))) {
        let mut bad = table.clone();
        bad[at] = to;
        let _ = file::read_archive(&zip(&[("a.shp", &good), ("a.dbf", &bad)]));
    }
    for end in 0..good.len() {
        let _ = file::read_archive(&zip(&[("a.shp", &good[..end]), ("a.dbf", &table)]));
    }
    let mut counted = good.clone();
    // The number of points, and that of parts, as large as can be.
    for at in [100 + 8 + 36, 100 + 8 + 40] {
        counted[at..at + 4].copy_from_slice(&i32::MAX.to_le_bytes());
        assert_eq!(refused(file::read_archive(&zip(&[("a.shp", &counted)]))), Reason::Syntax);
    }
}

#[test]
fn hostile_texts() {
    let deep = |n: usize| format!("{}{}", "<Folder>".repeat(n), "</Folder>".repeat(n));
    assert_eq!(refused(file::read_text(&deep(100_000))), Reason::Syntax);
    assert_eq!(refused(file::read_text("<kml>")), Reason::Syntax);
    assert_eq!(refused(file::read_text("<kml></Document>")), Reason::Syntax);
    assert_eq!(refused(file::read_text("<kml/>")), Reason::Empty);
    let laughs =
        r#"<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><kml><Placemark><name>&b;</name></Placemark></kml>"#;
    assert_eq!(refused(file::read_text(laughs)), Reason::Syntax);
    assert_eq!(refused(file::read_text(&"[".repeat(200_000))), Reason::Syntax);
    assert_eq!(refused(file::read_text(r#"{"type":"FeatureCollection","features":[]}"#)), Reason::Empty);
    assert_eq!(refused(file::read_text(r#"{"type":"Feature"}"#)), Reason::Content);
    let ring = |coordinates: &str| {
        let text = format!(
            "<kml><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
        );
        file::read_text(&text).unwrap().features.remove(0).drawing
    };
    assert!(ring("110,21 x,y").is_err() && ring("110").is_err() && ring("1,2,3,4").is_err());
    // What is no number is found later; here it only must not be lost.
    assert!(ring("NaN,21 inf,21").is_ok());
}
