use mobile_schema::Datum;

use crate::{BadReference, Drawing, Reference};

/// Where PROJ 9.5.1 has these places.
const PLACES: [(u32, [f64; 2], [f64; 2]); 8] = [
    (4525, [110.4, 21.0], [37_437_616.906_1, 2_323_193.928_3]),
    (4545, [110.4, 21.0], [749_583.575_8, 2_324_950.915_3]),
    (4549, [119.2, 30.5], [423_199.639_1, 3_375_813.869_6]),
    (4497, [110.4, 21.0], [19_437_616.906_1, 2_323_193.928_3]),
    (4508, [110.4, 21.0], [437_616.906_1, 2_323_193.928_3]),
    (32649, [110.4, 21.0], [437_641.859_4, 2_322_264.650_8]),
    (4513, [75.9, 39.5], [25_577_412.692_1, 4_374_400.865_2]),
    (4533, [134.7, 48.3], [45_477_742.510_0, 5_351_829.074_0]),
];

fn circle(centre: [f64; 2]) -> Drawing {
    Drawing::Circle { centre, radius_m: 100.0 }
}

#[test]
fn metres_of_projections_become_the_degrees_they_stand_for() {
    for (code, degrees, metres) in PLACES {
        let reference = Reference::parse(&format!("EPSG:{code}")).unwrap();
        let (drawing, datum) = reference.degrees(&circle(metres)).unwrap();
        let [lon, lat] = drawing.points().next().unwrap();
        assert!((lon - degrees[0]).abs() < 6e-8 && (lat - degrees[1]).abs() < 6e-8, "EPSG:{code}: {lon}, {lat}");
        assert_eq!(datum, Datum::Wgs84);
    }
}

#[test]
fn names_as_files_and_people_write_them() {
    let degrees = |name: &str| Reference::parse(name).unwrap();
    for name in [
        "wgs84",
        "WGS-84",
        "EPSG:4326",
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "cgcs2000",
        "EPSG:4490",
        "urn:ogc:def:crs:EPSG::4490",
    ] {
        assert_eq!(degrees(name), Reference::Degrees(Datum::Wgs84), "{name}");
    }
    assert_eq!(
        (degrees("GCJ-02"), degrees("bd09")),
        (Reference::Degrees(Datum::Gcj02), Reference::Degrees(Datum::Bd09))
    );
    for name in
        ["Beijing 54", "beijing1954", "EPSG:4214", "EPSG:2435", "EPSG:21419", "西安 xian80", "EPSG:4610", "EPSG:2362"]
    {
        assert!(matches!(Reference::parse(name), Err(BadReference::NotPublic(_))), "{name}");
    }
    for name in ["", "mars", "EPSG:3857", "EPSG:99999999999"] {
        assert!(matches!(Reference::parse(name), Err(BadReference::Unknown(_))), "{name}");
    }
}

#[test]
fn what_prj_files_say() {
    let zone = |datum: &str, easting: &str| {
        format!(
            r#"PROJCS["CGCS2000_3_Degree_GK_Zone_37",GEOGCS["GCS_{datum}",DATUM["D_{datum}",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
        )
    };
    assert_eq!(Reference::of_prj(&zone("China_2000", "37500000.0")), Reference::parse("EPSG:4525"));
    assert_eq!(Reference::of_prj(&zone("China_2000", "500000.0")), Reference::parse("EPSG:4546"));
    assert!(matches!(Reference::of_prj(&zone("Beijing_1954", "500000.0")), Err(BadReference::NotPublic(_))));
    assert!(matches!(Reference::of_prj(&zone("Xian_1980", "500000.0")), Err(BadReference::NotPublic(_))));
    let degrees = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    assert_eq!(Reference::of_prj(degrees), Ok(Reference::Degrees(Datum::Wgs84)));
    let feet = zone("China_2000", "0").replace(r#"UNIT["Meter",1.0]"#, r#"UNIT["Foot_US",0.3048006096012192]"#);
    let lambert = zone("China_2000", "0").replace("Gauss_Kruger", "Lambert_Conformal_Conic");
    let meridian = zone("China_2000", "0").replace("111.0", "1e999");
    for text in ["", "PROJCS[", "GEOGCS[\"GCS_Mars\"]", &feet, &lambert, &meridian] {
        assert!(matches!(Reference::of_prj(text), Err(BadReference::Unknown(_))), "{text}");
    }
}

#[test]
fn numbers_of_another_zone_are_told() {
    let without_zone = Reference::parse("EPSG:4546").unwrap();
    assert!(without_zone.degrees(&circle([37_437_616.9, 2_323_193.9])).unwrap_err().contains("500000"));
    assert!(Reference::parse("EPSG:4525").unwrap().degrees(&circle([110.4, 21.0])).is_err());
    assert!(without_zone.degrees(&circle([f64::NAN, 0.0])).is_err());
}
