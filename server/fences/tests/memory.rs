//! What hostile files take of memory at most: the peak of this process, which does nothing else.

use std::{f64::consts::TAU, fmt::Write as _};

use zhucun_fences::{file, testing};

fn peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("a number") * 1024
}

fn collection(features: &str) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)
}

#[test]
fn hostile_files_take_no_more_memory_than_their_bounds() {
    const LARGEST: usize = 32 << 20;
    let filled = |unit: &str| unit.repeat(LARGEST / unit.len()).trim_end_matches(',').to_owned();
    let polygon = |coordinates: &str| {
        collection(&format!(
            r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[{coordinates}]}}}}"#
        ))
    };

    // A million points, and as many as a file can hold, rings without points, features that are none, and much said of one.
    let mut ring = String::new();
    for angle in (0..1_000_000).map(|i| f64::from(i) / 1e6 * TAU) {
        let _ = write!(ring, "[{:.6},{:.6}],", 110.0 + 0.01 * angle.cos(), 21.0 + 0.01 * angle.sin());
    }
    let million = file::read_text(&polygon(&format!("[{}]", ring.trim_end_matches(',')))).unwrap();
    assert_eq!(million.features[0].drawing.as_ref().unwrap().points().count(), 1_000_000);
    assert!(file::read_text(&polygon(&format!("[{}]", filled("[1,2],")))).is_err());
    let _ = file::read_text(&polygon(&filled("[],")));
    assert!(file::read_text(&collection(&filled("1,"))).is_err());
    assert!(file::read_text(&filled("<Placemark></Placemark>")).is_err());
    let said: String = (0..1_500_000).map(|i| format!(r#""{i}":1,"#)).collect();
    let said = format!(r#"{{"type":"Feature","properties":{{{}}},"geometry":null}}"#, said.trim_end_matches(','));
    let _ = file::read_text(&collection(&said));

    assert!(file::read_archive(&testing::zip(&[("a.shp", &vec![0; file::MAX_UNPACKED + 1])])).is_err());

    let (peak, most) = (peak_bytes(), 12 * LARGEST);
    assert!(peak < most, "{peak} bytes, and {most} are allowed");
}
