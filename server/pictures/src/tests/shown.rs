//! What becomes of a good photo.

use image::ImageFormat;

use super::{apart, decoded, file, jpeg, scene, seen, text, tiff, with_exif};
use crate::open;

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
