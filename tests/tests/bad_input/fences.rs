//! Boundaries as map programs give them, through the real binary: a shapefile in metres of a projection, previews, repairs, hostile archives.

use reqwest::Method;
use serde_json::{Value, json};
use zhucun_fences::testing;
use zhucun_tests::answer::Answer;

use crate::fixture::{Fixture, with_member};

const VILLAGE: &str = "440811070209";

/// Zone 37 of CGCS2000, Gauss-Krüger.
const ZONE_37: &str = r#"PROJCS["CGCS2000_3_Degree_GK_Zone_37",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",37500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

/// Two kilometres about 110.4 E 21.0 N, which PROJ has there.
fn layer(prj: Option<&str>) -> Vec<u8> {
    let corner = |(x, y): (f64, f64)| [37_437_616.906_1 + x, 2_323_193.928_3 + y];
    let ring = [(-1e3, -1e3), (-1e3, 1e3), (1e3, 1e3), (1e3, -1e3), (-1e3, -1e3)].map(corner).to_vec();
    let shp = testing::shp(&[vec![ring]]);
    let dbf = testing::dbf(&["XZQDM", "FROM"], &[vec![VILLAGE.into(), b"2090-01-01".to_vec()]]);
    let mut members = vec![("cun/cun.shp", &shp[..]), ("cun/cun.dbf", &dbf[..])];
    members.extend(prj.map(|prj| ("cun/cun.prj", prj.as_bytes())));
    testing::zip(&members)
}

async fn import(f: &Fixture, more: &str, body: Vec<u8>) -> Answer {
    let path = format!("/v1/imports/fences?district=zjedz{more}");
    let request = f.office.request(Method::POST, &path).body(body);
    Answer::to(request.header("content-type", "application/octet-stream")).await.expect("an answer")
}

/// The fence of the village on a day.
async fn fence(f: &Fixture, on: &str) -> Value {
    f.office.get("/v1/fences", &[("village", VILLAGE), ("on", on)]).await.expect("the office sees fences")[0].clone()
}

fn codes(answer: &Answer) -> Vec<String> {
    let faults = answer.refused(422, "import_refused").json["faults"].as_array().cloned().unwrap_or_default();
    faults.iter().map(|fault| fault["code"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_shapefile_in_metres_bounds_the_village_once_its_projection_is_said() {
    let f = with_member(64).await;
    let before = fence(&f, "2090-06-01").await;
    assert_eq!(codes(&import(&f, "", layer(None)).await), ["datum_missing"]);
    assert_eq!(
        codes(&import(&f, "", layer(Some(&ZONE_37.replace("D_China_2000", "D_Xian_1980")))).await),
        ["datum_not_public"]
    );

    let preview = import(&f, "&preview=true", layer(Some(ZONE_37))).await.success().unwrap();
    assert_eq!((&preview["preview"], &preview["created"]), (&json!(true), &json!(1)));
    assert_eq!(fence(&f, "2090-06-01").await, before, "a preview writes nothing");

    let done = import(&f, "", layer(Some(ZONE_37))).await.success().unwrap();
    assert_eq!((&done["preview"], &done["created"]), (&json!(false), &json!(1)));
    let now = fence(&f, "2090-06-01").await;
    let ring = now["geometry"]["coordinates"][0].as_array().unwrap();
    let mean = |axis: usize| ring[..4].iter().map(|p| p[axis].as_f64().unwrap()).sum::<f64>() / 4.0;
    assert!((mean(0) - 110.4).abs() < 1e-5 && (mean(1) - 21.0).abs() < 1e-5, "{now}");
    assert_eq!((&now["from"], &now["datum"]), (&json!("2090-01-01"), &json!("wgs84")));
    assert_eq!(fence(&f, "2089-12-31").await["from"], before["from"], "the day before is bounded as it was");

    let again = import(&f, "", layer(Some(ZONE_37))).await.success().unwrap();
    assert_eq!((&again["created"], &again["changed"]), (&json!(0), &json!(0)));
    f.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_boundary_is_told_with_its_repair_which_is_made_when_asked_for() {
    let f = with_member(65).await;
    // The latitude first, and open.
    let ring = [[21.0, 110.5], [21.0, 110.52], [21.02, 110.52], [21.02, 110.5]];
    let of = |villages: &[&str], from: &str| {
        let feature = |village: &&str| {
            let geometry = json!({"type": "Polygon", "coordinates": [ring]});
            json!({"type": "Feature", "properties": {"村名": village, "from": from}, "geometry": geometry})
        };
        let features: Vec<Value> = villages.iter().map(feature).collect();
        json!({"type": "FeatureCollection", "features": features}).to_string().into_bytes()
    };
    let file = |from: &str| of(&["调文村"], from);
    let answer = import(&f, "&datum=cgcs2000", file("2091-01-01")).await;
    assert_eq!((codes(&answer), &answer.json["faults"][0]["repair"]), (vec!["swapped".to_owned()], &json!("swap")));

    let preview = import(&f, "&datum=cgcs2000&preview=true&repair=swap", file("2091-01-01")).await.success().unwrap();
    assert_eq!(
        (&preview["faults"][0]["code"], &preview["findings"][0]["repair"]),
        (&json!("open_ring"), &json!("close"))
    );
    let repaired = &preview["findings"][0]["repaired"]["geometry"]["coordinates"][0];
    assert_eq!((&repaired[0], repaired.as_array().unwrap().len()), (&json!([110.5, 21.0]), 5));

    let done = import(&f, "&datum=cgcs2000&repair=swap,close", file("2091-01-01")).await.success().unwrap();
    assert_eq!((&done["created"], &done["mended"][0]["repairs"]), (&json!(1), &json!(["swap", "close"])));
    assert_eq!(fence(&f, "2091-06-01").await["geometry"]["coordinates"][0], *repaired);
    let both = || of(&["别处村", "调文村"], "2092-01-01");
    assert!(
        codes(&import(&f, "&datum=cgcs2000&repair=swap,close", both()).await).contains(&"unknown_village".to_owned())
    );
    let skip = "&datum=cgcs2000&repair=swap,close&skip_unmatched=true";
    let skipped = import(&f, skip, both()).await.success().unwrap();
    assert_eq!((&skipped["created"], &skipped["warnings"][0]["code"]), (&json!(1), &json!("unknown_village")));
    assert!(skipped["warnings"][0]["message"].as_str().unwrap().contains("别处村"), "{skipped}");
    import(&f, "&repair=anything", file("2091-01-01")).await.refused(400, "bad_request");
    import(&f, "&datum=mars", file("2091-01-01")).await.refused(400, "bad_request");
    f.end().await;
}

#[tokio::test]
async fn hostile_map_files_are_refused_with_a_reason() {
    let f = with_member(66).await;
    let bomb = testing::zip(&[("a.shp", &vec![0; 65 << 20])]);
    assert_eq!(codes(&import(&f, "&datum=wgs84", bomb).await), ["file_too_large"]);
    let deep = "<Folder>".repeat(100_000).into_bytes();
    assert_eq!(codes(&import(&f, "&datum=wgs84", deep).await), ["bad_syntax"]);
    let mut counts = testing::shp(&[vec![vec![[110.0, 21.0]; 5]]]);
    counts[148..152].copy_from_slice(&i32::MAX.to_le_bytes());
    assert_eq!(codes(&import(&f, "&datum=wgs84", testing::zip(&[("a.shp", &counts)])).await), ["bad_syntax"]);
    f.end().await;
}
