//! Real files, good and bad, as bytes.

mod alike;
mod hostile;
mod kinds;
mod said;
mod shown;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use super::*;

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

/// An entry of a TIFF: tag, type, count, value.
type Entry = (u16, u16, u32, Vec<u8>);

/// A TIFF with these entries in its first directory, values behind it. A pointer's value is where the next one begins.
fn tiff(directories: &[&[Entry]]) -> Vec<u8> {
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

fn text(tag: u16, text: &str) -> Entry {
    (tag, 2, text.len() as u32 + 1, [text.as_bytes(), b"\0"].concat())
}

fn degrees(tag: u16, parts: [u32; 3]) -> Entry {
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

/// The sum that ends a PNG's chunk.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
