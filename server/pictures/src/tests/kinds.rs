//! What else cameras and programs write.

use image::{ExtendedColorType, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage, codecs::jpeg::JpegEncoder};

use rusty_jpeg::{ColorType, Encoder};

use super::{apart, crc, decoded, file, jpeg, scene, seen};

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
    let deep = seen(&file(image::DynamicImage::from(scene.clone()).into_rgb16(), ImageFormat::Png));
    assert!(apart(&decoded(&deep.renditions[1]), &decoded(&right.renditions[1])) < 2.0, "16 bits a sample");
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
    let mut encoder = Encoder::new(&mut progressive, 90);
    encoder.set_progressive(true);
    encoder.encode(scene.as_raw(), 1600, 1200, ColorType::Rgb).unwrap();
    let (one, other) = (seen(&progressive), seen(&jpeg(&scene, 90)));
    assert!(apart(&decoded(&one.renditions[0]), &decoded(&other.renditions[0])) < 2.0);
}

#[test]
fn a_jpeg_whose_colours_have_more_pixels_than_its_light_keeps_its_size() {
    let segment =
        |marker: u8, body: &[u8]| [&[0xff, marker], &(body.len() as u16 + 2).to_be_bytes()[..], body].concat();
    // One unit of 16 by 16 pixels: a block of light, four and one of colours.
    let frame = [8, 0, 16, 0, 16, 3, 1, 0x11, 0, 2, 0x22, 0, 3, 0x11, 0];
    // Of light 0 and differences of nine bits, of all else nothing but the end of a block.
    let codes = |class: u8, values: &[u8]| {
        let lengths: Vec<u8> = (0..16).map(|length| u8::from(length < values.len())).collect();
        segment(0xc4, &[&[class], &lengths[..], values].concat())
    };
    // 10 111100000 0: light of 188; five blocks 0 0; ones to the end of the byte.
    let data = [0b1011_1100, 0b0000_0000, 0b0000_0011];
    let parts = [
        vec![0xff, 0xd8],
        segment(0xdb, &[&[0][..], &[1; 64]].concat()),
        segment(0xc0, &frame),
        codes(0x00, &[0, 9]),
        codes(0x10, &[0]),
        segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
        data.to_vec(),
        vec![0xff, 0xd9],
    ];
    let shown = seen(&parts.concat());
    let small = decoded(&shown.renditions[1]);
    assert_eq!(((shown.width, shown.height), small.dimensions()), ((16, 16), (16, 16)));
    assert!(
        small.pixels().all(|Rgb(pixel)| pixel.iter().all(|light| light.abs_diff(188) < 4)),
        "{:?}",
        small.get_pixel(0, 0)
    );
}

#[test]
fn inks_become_the_colours_they_print() {
    // What an encoder stores of inks is inverted, as Adobe's programs began it.
    let inks: Vec<u8> = [[0, 255, 255, 0], [255, 255, 0, 0], [0, 0, 0, 0], [0, 0, 0, 255]]
        .iter()
        .flat_map(|ink| ink.repeat(64 * 16))
        .collect();
    for stored_as in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let mut out = Vec::new();
        Encoder::new(&mut out, 95).encode(&inks, 64, 64, stored_as).unwrap();
        let shown = decoded(&seen(&out).renditions[1]);
        let colour = |y: u32| shown.get_pixel(32, y).0.map(|c| c > 127);
        assert_eq!(
            [colour(8), colour(24), colour(40), colour(56)],
            [[true, false, false], [false, false, true], [true; 3], [false; 3]],
            "{stored_as:?}"
        );
    }
}

#[test]
fn of_an_animation_the_first_picture_is_shown() {
    let (first, second) = (scene(15, 320, 200), scene(16, 320, 200));
    let right = decoded(&seen(&file(first.clone(), ImageFormat::Png)).renditions[1]);
    for moving in [animated_png(&first, &second), animated_webp(&first, &second)] {
        assert!(apart(&decoded(&seen(&moving).renditions[1]), &right) < 2.0);
    }
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let sum = crc(&[kind, body].concat());
    [&(body.len() as u32).to_be_bytes()[..], kind, body, &sum.to_be_bytes()].concat()
}

/// The bodies of a PNG's chunks of that kind, together.
fn bodies(png: &[u8], kind: &[u8; 4]) -> Vec<u8> {
    let (mut rest, mut found) = (&png[8..], Vec::new());
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if behind.starts_with(kind) {
            found.extend_from_slice(&behind[4..4 + length]);
        }
        rest = &behind[4 + length + 4..];
    }
    found
}

fn animated_png(first: &RgbImage, second: &RgbImage) -> Vec<u8> {
    let [one, two] = [first, second].map(|frame| file(frame.clone(), ImageFormat::Png));
    let control = |number: u32| {
        let size = [number, first.width(), first.height(), 0, 0].map(u32::to_be_bytes).concat();
        chunk(b"fcTL", &[&size[..], &[0, 1, 0, 10, 0, 0]].concat())
    };
    let frames = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    let data = chunk(b"fdAT", &[&2u32.to_be_bytes()[..], &bodies(&two, b"IDAT")].concat());
    // Behind the signature and the header, which have 33 bytes, and before the end, which has 12.
    let head = [&one[..33], &frames, &control(0), &chunk(b"IDAT", &bodies(&one, b"IDAT"))].concat();
    [&head[..], &control(1), &data, &one[one.len() - 12..]].concat()
}

fn animated_webp(first: &RgbImage, second: &RgbImage) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let even = &[0][..body.len() % 2];
        [kind, &(body.len() as u32).to_le_bytes()[..], body, even].concat()
    };
    let size = [first.width() - 1, first.height() - 1].map(|side| side.to_le_bytes()[..3].to_vec()).concat();
    let frame = |picture: &RgbImage| {
        // What stands behind the file's own header is the picture's chunk.
        let picture = &file(picture.clone(), ImageFormat::WebP)[12..];
        chunk(b"ANMF", &[&[0; 6], &size[..], &[100, 0, 0, 0b10], picture].concat())
    };
    let parts =
        [chunk(b"VP8X", &[&[0b10, 0, 0, 0], &size[..]].concat()), chunk(b"ANIM", &[0; 6]), frame(first), frame(second)];
    chunk(b"RIFF", &[b"WEBP", &parts.concat()[..]].concat())
}
