//! A phone's camera: real JPEG files, each with a picture of its own.

use image::{ExtendedColorType, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// A picture taken: the file, and the small one that goes before it.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The original, with EXIF.
    pub original: Vec<u8>,
    /// 320 pixels wide.
    pub preview: Vec<u8>,
}

/// What the camera writes into the file.
const MODEL: &str = "Zhucun Simulated Phone";

/// Takes a picture: sky, hills, a house and a field, with the noise of a small sensor. One seed gives one picture. The original
/// has 100 to 400 kB.
pub fn take(seed: u64) -> Picture {
    let mut random = StdRng::seed_from_u64(seed);
    let scene = draw(&mut random, 1280, 960);
    let small = imageops::thumbnail(&scene, 320, 240);
    Picture { original: with_exif(&jpeg(&scene, 86)), preview: jpeg(&small, 60) }
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality)
        .encode(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .expect("a picture in memory can be written to memory");
    out
}

fn draw(random: &mut StdRng, width: u32, height: u32) -> RgbImage {
    let horizon = height as f32 * random.random_range(0.35..0.5);
    let (swing, phase) = (random.random_range(20.0..70.0f32), random.random_range(0.0..6.0f32));
    let house = (random.random_range(100..width - 400), random.random_range(120..260u32));
    let wall = [random.random_range(140..230u8), random.random_range(120..200u8), random.random_range(90..160u8)];
    let furrow = random.random_range(14.0..40.0f32);
    let mut noise = random.random::<u32>() | 1;
    RgbImage::from_fn(width, height, |x, y| {
        let (fx, fy) = (x as f32, y as f32);
        let hill = horizon + swing * (fx / 190.0 + phase).sin();
        let in_house =
            (house.0..house.0 + house.1).contains(&x) && (hill as u32..hill as u32 + house.1 / 2).contains(&y);
        let colour = if in_house {
            wall
        } else if fy < hill {
            let depth = fy / horizon;
            [(110.0 + 70.0 * depth) as u8, (160.0 + 50.0 * depth) as u8, 235]
        } else {
            let row = ((fx + fy * 2.0) / furrow).sin() * 22.0;
            [(95.0 + row) as u8, (120.0 + row - (fy - hill) / 20.0).clamp(0.0, 255.0) as u8, 60]
        };
        // A shift register is noise enough for a sensor, and quick.
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let grain = (noise >> 24) as i16 % 19 - 9;
        Rgb(colour.map(|c| (i16::from(c) + grain).clamp(0, 255) as u8))
    })
}

/// Puts an EXIF segment with the model's name behind the file's first marker.
fn with_exif(file: &[u8]) -> Vec<u8> {
    let model = [MODEL.as_bytes(), b"\0"].concat();
    let mut tiff = b"II*\0\x08\0\0\0\x01\0".to_vec();
    // One entry: tag 0x0110 (model), type 2 (text), its length, and where it begins: behind header, count, entry and end.
    tiff.extend([0x10, 0x01, 2, 0]);
    tiff.extend((model.len() as u32).to_le_bytes());
    tiff.extend(26u32.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(model);
    let segment = [b"Exif\0\0".as_slice(), &tiff].concat();
    let length = (segment.len() as u16 + 2).to_be_bytes();
    [&file[..2], &[0xff, 0xe1], &length, &segment, &file[2..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_real_of_usual_size_and_each_its_own() {
        let (one, two) = (take(1), take(2));
        for picture in [&one, &two] {
            assert!((100_000..400_000).contains(&picture.original.len()), "{}", picture.original.len());
            assert!(picture.preview.len() < 30_000, "{}", picture.preview.len());
            let read = image::load_from_memory(&picture.original).expect("a real JPEG");
            assert_eq!((read.width(), read.height()), (1280, 960));
        }
        assert_ne!(one.original, two.original);
        assert_eq!(one.original, take(1).original);
        assert_eq!(&one.original[6..12], b"Exif\0\0");
    }
}
