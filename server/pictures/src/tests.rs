//! Real files, good and bad, as bytes.

use std::io::Cursor;

use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, codecs::jpeg::JpegEncoder,
};

use super::*;
use crate::{bounds::MAX_SCANS, likeness::Likeness};

/// Hills of light from a seed, as a photo has them: more in the large than in the small.
fn scene(seed: u32, width: u32, height: u32) -> RgbImage {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let waves: Vec<[f32; 5]> = (1..=24)
        .map(|n| {
            let reach = 90.0 / (n as f32).sqrt();
            [next() * n as f32 - n as f32 / 2.0, next() * n as f32 - n as f32 / 2.0, next() * 6.3, reach, next()]
        })
        .collect();
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let mut colour = [128.0f32; 3];
        for [across, down, phase, reach, hue] in &waves {
            let light = (6.3 * (across * x + down * y) + phase).sin() * reach;
            for (c, share) in colour.iter_mut().zip([1.0, 0.6 + hue / 2.0, 1.3 - hue]) {
                *c += light * share;
            }
        }
        Rgb(colour.map(|c| c.clamp(0.0, 255.0) as u8))
    })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).unwrap();
    out
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.into().write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// Puts an APP1 segment with these TIFF bytes behind the first marker.
fn with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    let length = (tiff.len() as u16 + 8).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, b"Exif\0\0", tiff, &jpeg[2..]].concat()
}

/// A TIFF with these entries in its first directory, values behind it. A pointer's value is where the next one begins.
fn tiff(directories: &[&[(u16, u16, u32, Vec<u8>)]]) -> Vec<u8> {
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    for entries in directories {
        let mut values = out.len() + 2 + entries.len() * 12 + 4;
        let end = values + entries.iter().map(|e| if e.3.len() > 4 { e.3.len() } else { 0 }).sum::<usize>();
        let mut behind = Vec::new();
        out.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in *entries {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(count.to_le_bytes());
            match value.len() {
                0 => out.extend((end as u32).to_le_bytes()),
                1..=4 => out.extend([value.as_slice(), &[0; 4]].concat()[..4].iter()),
                _ => {
                    out.extend((values as u32).to_le_bytes());
                    values += value.len();
                    behind.extend_from_slice(value);
                }
            }
        }
        out.extend([0; 4]);
        out.extend(behind);
    }
    out
}

fn text(tag: u16, text: &str) -> (u16, u16, u32, Vec<u8>) {
    (tag, 2, text.len() as u32 + 1, [text.as_bytes(), b"\0"].concat())
}

fn degrees(tag: u16, parts: [u32; 3]) -> (u16, u16, u32, Vec<u8>) {
    (tag, 5, 3, parts.iter().flat_map(|n| [n.to_le_bytes(), 1u32.to_le_bytes()].concat()).collect())
}

fn seen(file: &[u8]) -> Picture {
    open(file).picture.unwrap_or_else(|reason| panic!("{reason:?}"))
}

fn reason(file: &[u8]) -> Reason {
    open(file).picture.expect_err("no picture")
}

fn decoded(rendition: &Rendition) -> RgbImage {
    image::load_from_memory_with_format(&rendition.jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// How far apart two pictures are, of 255, in the mean.
fn apart(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

#[test]
fn a_photo_becomes_two_renditions_that_show_it() {
    let scene = scene(1, 2400, 1800);
    let picture = seen(&jpeg(&scene, 90));
    assert_eq!((picture.width, picture.height), (2400, 1800));
    for (rendition, (longest, width, height)) in picture.renditions.iter().zip([(1280, 1280, 960), (320, 320, 240)]) {
        assert_eq!(rendition.longest, longest);
        let shown = decoded(rendition);
        assert_eq!(shown.dimensions(), (width, height));
        let right = image::imageops::resize(&scene, width, height, image::imageops::FilterType::Lanczos3);
        assert!(apart(&shown, &right) < 3.0, "{}", apart(&shown, &right));
    }
}

#[test]
fn a_small_picture_is_not_made_larger() {
    let picture = seen(&jpeg(&scene(2, 200, 150), 90));
    assert!(picture.renditions.iter().all(|r| decoded(r).dimensions() == (200, 150)));
    let line = seen(&file(scene(3, 3000, 1), ImageFormat::Png));
    assert_eq!(line.renditions.each_ref().map(|r| decoded(r).dimensions()), [(1280, 1), (320, 1)]);
}

#[test]
fn every_orientation_comes_upright() {
    let upright = scene(4, 640, 400);
    let of = image::DynamicImage::from;
    let right = seen(&jpeg(&upright, 95));
    let stored = |orientation: u8| match orientation {
        2 => of(upright.clone()).fliph(),
        3 => of(upright.clone()).rotate180(),
        4 => of(upright.clone()).flipv(),
        5 => of(upright.clone()).rotate270().flipv(),
        6 => of(upright.clone()).rotate270(),
        7 => of(upright.clone()).rotate90().flipv(),
        8 => of(upright.clone()).rotate90(),
        _ => of(upright.clone()),
    };
    for orientation in 1..=8u8 {
        let tiff = tiff(&[&[(0x0112, 3, 1, vec![orientation, 0])]]);
        let opened = open(&with_exif(&jpeg(&stored(orientation).into_rgb8(), 95), &tiff));
        assert_eq!(opened.exif.orientation, orientation);
        let picture = opened.picture.unwrap();
        assert_eq!((picture.width, picture.height), (640, 400), "{orientation}");
        let shown = apart(&decoded(&picture.renditions[1]), &decoded(&right.renditions[1]));
        assert!(shown < 3.0, "orientation {orientation}: {shown}");
    }
}

#[test]
fn renditions_say_nothing_but_the_picture() {
    let secret = tiff(&[&[text(0x0110, "SECRET CAMERA")]]);
    let mut jpeg = with_exif(&jpeg(&scene(5, 400, 300), 90), &secret);
    jpeg.splice(2..2, [&[0xff, 0xfe, 0, 8][..], b"SECRET"].concat());
    for rendition in seen(&jpeg).renditions {
        assert!(!rendition.jpeg.windows(6).any(|w| w == b"SECRET"));
        assert!(!rendition.jpeg.windows(4).any(|w| w == b"Exif"));
    }
}

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
fn other_kinds_are_opened_too() {
    let scene = scene(7, 800, 600);
    let right = seen(&jpeg(&scene, 95));
    let grey: GrayImage = image::DynamicImage::from(scene.clone()).into_luma8();
    let glass = RgbaImage::from_fn(40, 30, |x, _| Rgba([255, 0, 0, if x < 20 { 255 } else { 0 }]));
    for other in [file(scene.clone(), ImageFormat::Png), file(scene.clone(), ImageFormat::WebP)] {
        assert!(apart(&decoded(&seen(&other).renditions[1]), &decoded(&right.renditions[1])) < 2.0);
    }
    let mut grey_jpeg = Vec::new();
    JpegEncoder::new(&mut grey_jpeg).encode(grey.as_raw(), 800, 600, ExtendedColorType::L8).unwrap();
    let sixteen = image::DynamicImage::from(grey.clone()).into_luma16();
    for other in [grey_jpeg, file(sixteen, ImageFormat::Png)] {
        let shown = decoded(&seen(&other).renditions[1]);
        assert!(shown.pixels().all(|Rgb([r, g, b])| r.abs_diff(*g) < 4 && g.abs_diff(*b) < 4));
    }
    let shown = decoded(&seen(&file(glass, ImageFormat::Png)).renditions[1]);
    assert!(shown.get_pixel(35, 15).0.iter().all(|c| *c > 240), "what is seen through is paper");
    assert!(shown.get_pixel(5, 15).0[0] > 200 && shown.get_pixel(5, 15).0[1] < 60);
}

#[test]
fn a_progressive_jpeg_shows_the_same() {
    let scene = scene(8, 1600, 1200);
    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 90);
    encoder.set_progressive(true);
    encoder.encode(scene.as_raw(), 1600, 1200, jpeg_encoder::ColorType::Rgb).unwrap();
    let (one, other) = (seen(&progressive), seen(&jpeg(&scene, 90)));
    assert!(apart(&decoded(&one.renditions[0]), &decoded(&other.renditions[0])) < 2.0);
}

#[test]
fn inks_become_the_colours_they_print() {
    // What an encoder stores of inks is inverted, as Adobe's programs began it.
    let inks: Vec<u8> = [[0, 255, 255, 0], [255, 255, 0, 0], [0, 0, 0, 0], [0, 0, 0, 255]]
        .iter()
        .flat_map(|ink| ink.repeat(64 * 16))
        .collect();
    let mut out = Vec::new();
    jpeg_encoder::Encoder::new(&mut out, 95).encode(&inks, 64, 64, jpeg_encoder::ColorType::Cmyk).unwrap();
    let stretched = decoded(&seen(&out).renditions[1]);
    let colour = |y: u32| stretched.get_pixel(32, y).0.map(|c| c > 127);
    assert_eq!(
        [colour(8), colour(24), colour(40), colour(56)],
        [[true, false, false], [false, false, true], [true; 3], [false; 3]]
    );
}

#[test]
fn what_is_no_picture_has_a_reason() {
    let good = jpeg(&scene(9, 640, 480), 85);
    let png = file(scene(9, 640, 480), ImageFormat::Png);
    let webp = file(scene(9, 640, 480), ImageFormat::WebP);
    assert_eq!(reason(b""), Reason::Empty);
    for page in [&b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], b"<html><script>", b"GIF89a", b"\xff\xd8", b"x"] {
        assert_eq!(reason(page), Reason::NotAPicture);
    }
    assert_eq!(reason(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Reason::HeicByPreview);
    assert_eq!(reason(&good[..good.len() / 2]), Reason::Truncated);
    assert_eq!(reason(&good[..3]), Reason::Truncated);
    for cut in [&png[..png.len() / 2], &webp[..webp.len() / 2], &png[..20], &webp[..14]] {
        assert!(matches!(reason(cut), Reason::Truncated | Reason::Damaged));
    }
    let at = frame(&good);
    for (change, expected) in
        [((4, 12), Reason::Unsupported), ((1, 0xc9), Reason::Unsupported), ((1, 0xc3), Reason::Unsupported)]
    {
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
    // 100 million pixels without fewer samples for colours.
    huge[at + 5..at + 9].copy_from_slice(&[0x27, 0x10, 0x27, 0x10]);
    huge[at + 11] = 0x11;
    assert_eq!(reason(&huge), Reason::TooMuchMemory);
    let mut png = file(scene(10, 64, 64), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let sum = crc(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&sum);
    assert_eq!(reason(&png), Reason::TooManyPixels);
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn a_picture_of_endless_scans_is_not_begun() {
    let mut progressive = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut progressive, 90);
    encoder.set_progressive(true);
    encoder.encode(scene(11, 64, 64).as_raw(), 64, 64, jpeg_encoder::ColorType::Rgb).unwrap();
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
fn what_hangs_on_behind_a_picture_changes_nothing() {
    let (one, two) = (jpeg(&scene(12, 640, 480), 85), jpeg(&scene(13, 640, 480), 85));
    let right = seen(&one);
    for behind in [&two[..], b"<html><script>alert(1)</script>", b"PK\x03\x04"] {
        let both = seen(&[&one[..], behind].concat());
        assert_eq!(both.renditions.map(|r| r.jpeg), right.renditions.clone().map(|r| r.jpeg));
    }
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

/// What re-used photos go through.
fn altered(scene: &RgbImage) -> Vec<(&'static str, RgbImage, u8)> {
    let (w, h) = scene.dimensions();
    let lighter = RgbImage::from_fn(w, h, |x, y| {
        Rgb(scene.get_pixel(x, y).0.map(|c| (u16::from(c) * 11 / 10 + 8).min(255) as u8))
    });
    let darker = RgbImage::from_fn(w, h, |x, y| Rgb(scene.get_pixel(x, y).0.map(|c| (u16::from(c) * 4 / 5) as u8)));
    let smaller = image::imageops::resize(scene, w / 2, h / 2, image::imageops::FilterType::Triangle);
    vec![("saved again", scene.clone(), 60), ("smaller", smaller, 85), ("lighter", lighter, 85), ("darker", darker, 85)]
}

#[test]
fn pictures_that_look_alike_are_alike_and_others_are_not() {
    let likeness = |picture: &RgbImage, quality| seen(&jpeg(picture, quality)).likeness.unwrap();
    let scenes: Vec<RgbImage> = (0..24).map(|seed| scene(seed + 100, 640, 480)).collect();
    let all: Vec<Likeness> = scenes.iter().map(|scene| likeness(scene, 90)).collect();
    for (scene, one) in scenes.iter().zip(&all) {
        for (how, other, quality) in altered(scene) {
            let other = likeness(&other, quality);
            assert!(one.is_alike(&other), "{how}: {}", one.agreement(&other));
            assert_eq!(Likeness::from_bytes(&other.to_bytes()), Some(other));
        }
    }
    for (n, one) in all.iter().enumerate() {
        for other in &all[..n] {
            assert!(!one.is_alike(other), "{}", one.agreement(other));
        }
    }
    assert_eq!(seen(&jpeg(&RgbImage::from_pixel(300, 200, Rgb([3, 3, 3])), 85)).likeness, None, "a covered lens");
    assert_eq!(Likeness::from_bytes(&[0; 64]), None);
}
