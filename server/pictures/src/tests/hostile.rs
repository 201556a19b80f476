//! What is no picture, or wants to be more than one.

use image::ImageFormat;

use super::{crc, degrees, file, jpeg, reason, scene, seen, text, tiff, with_exif};
use crate::{
    Reason,
    bounds::{MAX_BYTES, MAX_SCANS},
    open,
};

#[test]
fn what_is_no_picture_has_a_reason() {
    let good = jpeg(&scene(9, 640, 480), 85);
    let png = file(scene(9, 640, 480), ImageFormat::Png);
    let webp = file(scene(9, 640, 480), ImageFormat::WebP);
    assert_eq!(reason(b""), Reason::Empty);
    let script_in_gif = b"GIF89a/*\x01\0\0\0*/=1;alert(1)";
    for page in
        [&b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], b"<html><script>", script_in_gif, b"\xff\xd8", b"x"]
    {
        assert_eq!(reason(page), Reason::NotAPicture);
    }
    assert_eq!(reason(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Reason::HeicByPreview);
    assert_eq!(reason(&good[..good.len() / 2]), Reason::Truncated);
    assert_eq!(reason(&good[..3]), Reason::Truncated);
    for cut in [&png[..png.len() / 2], &webp[..webp.len() / 2], &png[..20], &webp[..14]] {
        assert!(matches!(reason(cut), Reason::Truncated | Reason::Damaged));
    }
    let at = frame(&good);
    for (change, expected) in [
        ((4, 12), Reason::Unsupported),
        ((4, 16), Reason::Unsupported),
        ((1, 0xc9), Reason::Unsupported),
        ((1, 0xc3), Reason::Unsupported),
    ] {
        let mut other = good.clone();
        other[at + change.0] = change.1;
        assert_eq!(reason(&other), expected);
    }
}

/// Where the frame's marker is.
fn frame(jpeg: &[u8]) -> usize {
    jpeg.windows(2).position(|w| w == [0xff, 0xc0] || w == [0xff, 0xc2]).unwrap()
}

#[test]
fn a_bomb_is_known_by_its_header() {
    let mut huge = jpeg(&scene(10, 64, 64), 85);
    let at = frame(&huge);
    huge[at + 5..at + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert_eq!(reason(&huge), Reason::TooManyPixels);
    // 100 million pixels without fewer samples for colours, all of whose coefficients are kept to the end.
    huge[at + 5..at + 9].copy_from_slice(&[0x27, 0x10, 0x27, 0x10]);
    (huge[at + 1], huge[at + 11]) = (0xc2, 0x11);
    assert_eq!(reason(&huge), Reason::TooMuchMemory);
    let mut png = file(scene(10, 64, 64), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let sum = crc(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&sum);
    assert_eq!(reason(&png), Reason::TooManyPixels);
}

#[test]
fn a_picture_of_endless_scans_is_not_begun() {
    let mut progressive = Vec::new();
    let mut encoder = rusty_jpeg::Encoder::new(&mut progressive, 90);
    encoder.set_progressive(true);
    encoder.encode(scene(11, 64, 64).as_raw(), 64, 64, rusty_jpeg::ColorType::Rgb).unwrap();
    let begins = progressive.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
    let ends = begins
        + 2
        + progressive[begins + 2..]
            .windows(2)
            .position(|w| w[0] == 0xff && w[1] != 0 && !(0xd0..=0xd7).contains(&w[1]))
            .unwrap();
    let again = progressive[begins..ends].repeat(MAX_SCANS);
    progressive.splice(ends..ends, again);
    assert_eq!(reason(&progressive), Reason::TooManyScans);
}

#[test]
fn a_file_that_is_something_else_too_is_shown_as_its_picture_alone() {
    let (one, two) = (jpeg(&scene(12, 640, 480), 85), jpeg(&scene(13, 640, 480), 85));
    let right = seen(&one).renditions.map(|r| r.jpeg);
    // An archive is read from its end, where its directory is; another picture, or a page, hangs on behind.
    let archive = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    let mut others: Vec<Vec<u8>> = [&two[..], b"<html><script>alert(1)</script>", &archive]
        .iter()
        .map(|behind| [&one[..], behind].concat())
        .collect();
    // A script whose first comment begins with the length of a segment and ends behind it, and whose last holds the picture.
    let mut script = b"\xff\xd8\xff\xe0/*".to_vec();
    script.resize(4 + 0x2f2a, 0);
    script.splice(6.., [b"*/=alert(1);/*".as_slice(), &[0; 0x2f2a - 2 - 14]].concat());
    others.push([&script[..], &one[2..], b"*/"].concat());
    for other in others {
        assert_eq!(seen(&other).renditions.map(|r| r.jpeg), right);
    }
}

#[test]
fn a_file_of_too_many_bytes_is_not_begun() {
    let mut file = jpeg(&scene(17, 64, 48), 85);
    file.resize(200_000_000, 0);
    assert_eq!(reason(&file), Reason::TooManyBytes);
    file.truncate(MAX_BYTES as usize);
    seen(&file);
}

#[test]
fn no_damage_is_more_than_a_reason() {
    let tiff = tiff(&[
        &[(0x8825, 4, 1, vec![]), text(0x0132, "2026:11:23 08:30:15")],
        &[text(1, "N"), degrees(2, [20, 55, 12])],
    ]);
    let scene = scene(14, 200, 160);
    let files =
        [with_exif(&jpeg(&scene, 85), &tiff), file(scene.clone(), ImageFormat::Png), file(scene, ImageFormat::WebP)];
    let mut state = 88_172_645_463_325_252u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for good in files {
        for _ in 0..150 {
            let mut bad = good.clone();
            for _ in 0..1 + next(6) {
                // Mostly where the headers are.
                let reach = if next(2) == 0 { bad.len().min(400) } else { bad.len() };
                let at = next(reach);
                bad[at] = next(256) as u8;
            }
            if next(4) == 0 {
                bad.truncate(next(bad.len()));
            }
            // That it comes back is what is shown.
            if let Ok(picture) = open(&bad).picture {
                assert!(picture.renditions.iter().all(|r| r.jpeg.starts_with(&[0xff, 0xd8])));
            }
        }
    }
}
