//! What is said of photos, fact by fact.

use jiff::civil::Date;
use mobile_schema::{Datum, Wgs84};
use sync_protocol::RecordKey;
use zhucun_fences::{LonLat, Prepared};
use zhucun_presence::day::{DAY_MS, HOUR_MS, Span};

use super::{
    exif::{Clock, Position, Spot, datum},
    judge::{Around, MOST, Photo, signals},
    reuse::Used,
    signal::{Code, Signal},
    subject::{self, Subject},
};

const NOON_MS: i64 = 1_795_147_200_000;
const MINUTE_MS: i64 = 60_000;

fn day(day: &str) -> Date {
    day.parse().unwrap()
}

fn key(n: u8) -> RecordKey {
    RecordKey([n; 20])
}

fn photo(n: u8) -> Photo {
    Photo {
        key: key(n),
        person: "zjedz.p.li".to_owned(),
        install: Some(vec![1]),
        village: Some("440811070201".to_owned()),
        visit: Some(key(100)),
        at_ms: Some(NOON_MS),
        day: Some(day("2026-11-20")),
        camera: Some("X100".to_owned()),
    }
}

fn only(around: Around) -> Signal {
    let found = signals(&photo(1), &around);
    let [one] = <[Signal; 1]>::try_from(found).unwrap_or_else(|found| panic!("one signal: {found:?}"));
    one
}

fn used(other: Photo, used: Used) -> Signal {
    only(Around { uses: vec![(other, used)], ..Around::default() })
}

#[test]
fn a_picture_used_again_weighs_by_what_lies_between() {
    let elsewhere = Photo { village: Some("440811070202".to_owned()), ..photo(2) };
    let another = Photo { person: "zjedz.p.wang".to_owned(), visit: None, ..photo(2) };
    let later = Photo { day: Some(day("2026-11-23")), visit: Some(key(101)), ..photo(2) };
    let next_visit = Photo { visit: Some(key(101)), ..photo(2) };
    let strengths = [elsewhere.clone(), another, later.clone(), next_visit, photo(2)].map(|other| {
        let [bytes, alike] = [Used::Bytes, Used::Alike(0.98)].map(|how| used(other.clone(), how));
        assert_eq!((bytes.code, alike.code), (Code::SameBytes, Code::LooksAlike));
        assert!(alike.strength < bytes.strength);
        (bytes.strength, alike.strength)
    });
    assert!(strengths.is_sorted_by(|a, b| a > b), "{strengths:?}");
    assert!(
        strengths[..3].iter().all(|(_, alike)| *alike > 0.7) && strengths[3..].iter().all(|(bytes, _)| *bytes < 0.7)
    );
    let told = used(Photo { village: elsewhere.village, ..later }, Used::Alike(0.984));
    assert_eq!(told.zh, "与另一条照片记录的画面几乎相同（相似度 98%）：在另一个村，相隔 3 天");
    assert_eq!(
        told.en,
        "It shows the same picture as another photo record (98 % alike): in another village, 3 day(s) apart."
    );
    assert_eq!((told.other, told.facts["days_apart"].as_i64()), (Some(key(2)), Some(3)));
    let unknown = Photo { village: None, day: None, visit: None, ..photo(2) };
    assert!(used(unknown, Used::Bytes).strength < 0.7, "what is not known is not apart");
}

#[test]
fn the_cameras_time_is_held_against_photo_and_visit() {
    let found = |before_ms: i64, visit_ms| {
        let clock = Some(Clock { taken_ms: NOON_MS - before_ms, offset_stated: true });
        let found = signals(&photo(1), &Around { clock, visit_ms, ..Around::default() });
        found.into_iter().next().map(|signal| (signal.code, signal.strength))
    };
    assert_eq!(found(15 * MINUTE_MS, None), None);
    assert_eq!(found(16 * MINUTE_MS, None), Some((Code::ExifTime, 0.2)));
    assert_eq!(found(-16 * MINUTE_MS, None), Some((Code::ExifTime, 0.3)));
    assert_eq!(found(6 * HOUR_MS, None), Some((Code::TakenLongBefore, 0.5)));
    assert_eq!(found(DAY_MS, None), Some((Code::TakenLongBefore, 0.6)));
    assert_eq!(found(7 * DAY_MS, None), Some((Code::TakenLongBefore, 0.7)));
    // Photos of a visit that are recorded in the evening were taken at the visit.
    assert_eq!(found(8 * HOUR_MS, Some((NOON_MS - 8 * HOUR_MS, NOON_MS - 8 * HOUR_MS))), None);
    let clock = Some(Clock { taken_ms: 0, offset_stated: false });
    let unknown = Photo { at_ms: None, ..photo(1) };
    assert_eq!(signals(&unknown, &Around { clock, ..Around::default() }), [], "nothing to hold it against");
}

fn position(n: u8, lat: f64, accuracy_m: f64, after_ms: i64) -> Position {
    Position { key: key(n), at: Wgs84::new(lat, 110.4).unwrap(), accuracy_m, at_ms: NOON_MS + after_ms }
}

#[test]
fn the_files_place_is_held_against_fixes_in_its_datum() {
    let found = |spot: Spot, positions: Vec<Position>| {
        signals(&photo(1), &Around { spot: Some(spot), positions, ..Around::default() }).into_iter().next()
    };
    let spot = |lat, datum| Spot { lat, lon: 110.4, datum };
    let here = || vec![position(9, 21.0, 20.0, 0)];
    let far = found(spot(21.03, Some(Datum::Wgs84)), here()).unwrap();
    assert_eq!((far.code, far.strength, far.other), (Code::ExifPlace, 0.4, Some(key(9))));
    assert_eq!(far.facts["distance_m"], 3_322);
    assert_eq!(far.en, "By its file it was taken 3322 m from where the phone was (accuracy 20 m).");
    assert_eq!(found(spot(21.06, Some(Datum::Wgs84)), here()).unwrap().strength, 0.6);
    assert_eq!(
        found(spot(21.03, Some(Datum::Wgs84)), vec![position(9, 21.0, 3_000.0, 0)]),
        None,
        "a phone that knows no better"
    );
    assert_eq!(found(spot(21.03, Some(Datum::Wgs84)), vec![position(9, 21.0, 20.0, HOUR_MS)]), None, "another hour");
    let moved = vec![position(9, 21.0, 20.0, 0), position(8, 21.03, 20.0, MINUTE_MS)];
    assert_eq!(found(spot(21.03, Some(Datum::Wgs84)), moved), None, "one of the fixes fits");
    // 1,300 m off as WGS-84, 800 m as GCJ-02, which the file does not say it is.
    let shifted = Wgs84::new(21.0073, 110.4).unwrap().to_gcj02();
    let unstated = Spot { lat: shifted.lat(), lon: shifted.lon(), datum: None };
    assert_eq!(found(unstated.clone(), here()), None);
    assert_eq!(found(Spot { datum: Some(Datum::Gcj02), ..unstated.clone() }, here()), None);
    let as_wgs84 = found(Spot { lat: 21.0095, ..unstated }, here());
    assert!(as_wgs84.is_none(), "{as_wgs84:?}");
    for (name, is) in [
        ("WGS-84", Some(Datum::Wgs84)),
        ("wgs 84 ", Some(Datum::Wgs84)),
        ("GCJ-02", Some(Datum::Gcj02)),
        ("TOKYO", None),
    ] {
        assert_eq!(datum(name), is, "{name}");
    }
}

#[test]
fn without_a_fix_the_village_is_what_the_place_is_held_against() {
    let fence = Some(Prepared::circle(LonLat { lon: 110.4, lat: 21.0 }, 2_000.0));
    let found = |lat, positions| {
        let spot = Some(Spot { lat, lon: 110.4, datum: Some(Datum::Wgs84) });
        signals(&photo(1), &Around { spot, positions, fence: fence.clone(), ..Around::default() }).into_iter().next()
    };
    let outside = found(21.05, Vec::new()).unwrap();
    assert_eq!((outside.code, outside.strength), (Code::ExifOutside, 0.4));
    assert_eq!(found(21.02, Vec::new()), None);
    assert_eq!(
        found(21.05, vec![position(9, 21.05, 20.0, 0)]),
        None,
        "the phone was there too; that is for the fence's own verdict"
    );
}

#[test]
fn a_camera_is_held_against_that_of_most_photos_by_the_same_phone() {
    let by = |n, camera: &str| Photo { camera: Some(camera.to_owned()), ..photo(n) };
    let found = |companions: Vec<Photo>| signals(&photo(1), &Around { companions, ..Around::default() });
    let two = vec![by(3, "Y7"), by(2, "Y7"), Photo { install: Some(vec![2]), ..by(4, "Z") }];
    let [changed] = &found(two)[..] else { panic!("one signal") };
    assert_eq!((changed.code, changed.other, changed.strength), (Code::CameraChanged, Some(key(2)), 0.3));
    assert_eq!(changed.zh, "同一次走访中，本机其他 2 张照片多由 Y7 拍摄，这张由 X100 拍摄");
    assert_eq!(found(vec![by(2, "Y7"), by(3, "X100")]), [], "it is the one that most are by");
    assert_eq!(found(vec![photo(1), Photo { camera: None, ..photo(2) }]), []);
}

#[test]
fn the_order_of_facts_does_not_matter_and_there_is_an_end_to_signals() {
    let others = |n: u8| Photo { village: Some(format!("4408110702{n:02}")), ..photo(n) };
    let mut uses: Vec<(Photo, Used)> = (2..40).map(|n| (others(n), Used::Bytes)).collect();
    let one = signals(&photo(1), &Around { uses: uses.clone(), ..Around::default() });
    uses.reverse();
    assert_eq!(signals(&photo(1), &Around { uses, ..Around::default() }), one);
    assert_eq!(one.len(), MOST);
}

#[test]
fn every_code_has_a_name_of_its_own_and_every_subject_is_read_as_written() {
    for code in Code::ALL {
        assert_eq!(Code::parse(code.name()), Some(*code));
        assert_eq!(serde_json::to_value(code).unwrap(), code.name());
    }
    let hour = Span { lo_ms: Some(NOON_MS + 10), hi_ms: Some(NOON_MS + 20) };
    let read = |job: crate::storage::jobs::JobKey| Subject::parse(&job.subject);
    assert_eq!(read(subject::photo(&[7; 20])), Some(Subject::Photo(vec![7; 20])));
    // What inspectors take in homes is of a visit that lies elsewhere; of the household itself not.
    for (of, scope) in [("visit", "440811070201/inspection"), ("household", "440811070201/household")] {
        let key = sync_protocol::RecordKey::of(scope, of, "a|b");
        let named = Subject::Of(key, of.to_owned(), "a|b".to_owned());
        assert_eq!(read(subject::of("440811070201/household", of, "a|b")), Some(named));
    }
    assert_eq!(read(subject::bytes(&[7; 32])), Some(Subject::Bytes(vec![7; 32])));
    assert_eq!(read(subject::village("440811070201")), Some(Subject::Village("440811070201".to_owned())));
    let Some(Subject::Person(person, from_ms, to_ms)) = read(subject::fix("zjedz.p.li", hour).unwrap()) else {
        panic!()
    };
    assert_eq!(
        (person.as_str(), from_ms <= NOON_MS - 30 * MINUTE_MS, to_ms > NOON_MS + 30 * MINUTE_MS),
        ("zjedz.p.li", true, true)
    );
    assert_eq!(subject::fix("zjedz.p.li", Span { lo_ms: None, hi_ms: None }), None);
    assert_eq!(Subject::parse("photo|x"), None);
}
