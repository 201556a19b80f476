//! What files say of themselves.

use super::{Entry, degrees, jpeg, scene, text, tiff, with_exif};
use crate::{exif, open};

#[test]
fn what_the_file_says_of_itself_is_read() {
    let exif_directory = [text(0x9003, "2026:11:23 08:30:15"), text(0x9011, "+08:00")];
    let gps = [text(1, "N"), degrees(2, [20, 55, 12]), text(3, "E"), degrees(4, [110, 5, 6]), text(0x12, "WGS-84")];
    let first = [text(0x010f, "Huawei"), text(0x0110, " nova\u{7} 9\u{1} "), (0x8769, 4, 1, vec![])];
    let file = with_exif(&jpeg(&scene(6, 64, 48), 90), &tiff(&[&first, &exif_directory]));
    let exif = open(&file).exif;
    assert_eq!(exif.taken, Some(exif::Taken { local_ms: 1_795_422_615_000, offset_min: Some(480) }));
    assert_eq!((exif.make.as_deref(), exif.model.as_deref()), (Some("Huawei"), Some("nova 9")));
    let file = with_exif(&jpeg(&scene(6, 64, 48), 90), &tiff(&[&[(0x8825, 4, 1, vec![])], &gps]));
    let place = open(&file).exif.place.unwrap();
    assert!((place.lat - 20.92).abs() < 1e-9 && (place.lon - 110.085).abs() < 1e-9, "{place:?}");
    assert_eq!(place.datum.as_deref(), Some("WGS-84"));
}

#[test]
fn a_place_or_time_that_is_none_is_left_out() {
    let nowhere = [text(1, "N"), degrees(2, [91, 0, 0]), text(3, "E"), degrees(4, [110, 0, 0])];
    let unfixed = [text(1, "N"), (2, 5, 3, vec![0; 24]), text(3, "E"), degrees(4, [110, 0, 0])];
    for gps in [&nowhere[..], &unfixed, &nowhere[..2], &[]] {
        let file = with_exif(&jpeg(&scene(6, 64, 48), 90), &tiff(&[&[(0x8825, 4, 1, vec![])], gps]));
        assert_eq!(open(&file).exif.place, None);
    }
    for time in ["0000:00:00 00:00:00", "2026:13:01 00:00:00", "    :  :     :  :  ", "yesterday"] {
        let file = with_exif(&jpeg(&scene(6, 64, 48), 90), &tiff(&[&[text(0x0132, time)]]));
        assert_eq!(open(&file).exif.taken, None, "{time}");
    }
}

#[test]
fn a_datum_and_an_offset_are_told_as_the_file_tells_them_or_not_at_all() {
    let place = |side: &str, datum: &[Entry]| {
        let gps = [&[text(1, "S"), degrees(2, [20, 30, 0]), text(3, side), degrees(4, [110, 0, 36])], datum].concat();
        let file = with_exif(&jpeg(&scene(6, 64, 48), 90), &tiff(&[&[(0x8825, 4, 1, vec![])], &gps]));
        open(&file).exif.place
    };
    let found = place("W", &[text(0x12, " GCJ-02\0 ")]).unwrap();
    assert!((found.lat + 20.5).abs() < 1e-9 && (found.lon + 110.01).abs() < 1e-9, "{found:?}");
    assert_eq!(found.datum.as_deref(), Some("GCJ-02"));
    // A datum that nobody names is not guessed, and a side that is none is no place.
    assert_eq!(place("E", &[]).unwrap().datum, None);
    assert_eq!(place("E", &[text(0x12, "   ")]).unwrap().datum, None);
    assert_eq!(place("X", &[]), None);
    for (offset, minutes) in
        [("-03:30", Some(-210)), ("+14:00", Some(840)), ("   :  ", None), ("+99:00", None), ("Z", None)]
    {
        let directory = [text(0x9003, "2026:11:23 08:30:15"), text(0x9011, offset)];
        let file = with_exif(&jpeg(&scene(6, 64, 48), 90), &tiff(&[&[(0x8769, 4, 1, vec![])], &directory]));
        let taken = open(&file).exif.taken.unwrap();
        assert_eq!((taken.local_ms, taken.offset_min), (1_795_422_615_000, minutes), "{offset:?}");
    }
}
