//! What becomes of a photo that is used again: saved again, made smaller, lightened or darkened, cropped, stamped.

use image::{Rgb, RgbImage, imageops};

use crate::scenes::Dice;

/// In what way it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Saved again as JPEG of quality 50 to 90.
    Saved,
    /// Made smaller, to 0.3 to 0.8 of each side.
    Smaller,
    /// All values 20 % up or down, or anything between.
    Brightness,
    /// 5 % of each side cut away, from either end or both.
    Cropped,
    /// Three to five lines of bright text on a darkened strip in a corner, as camera apps stamp it.
    Stamped,
}

impl Change {
    pub const ALL: [Change; 5] = [Self::Saved, Self::Smaller, Self::Brightness, Self::Cropped, Self::Stamped];

    /// At least so many of those changed in this way must be found.
    pub fn least_recall(self) -> f64 {
        match self {
            Self::Saved | Self::Smaller | Self::Brightness => 0.95,
            Self::Cropped | Self::Stamped => 0.8,
        }
    }

    /// The picture so changed, and saved as JPEG.
    pub fn apply(self, picture: &RgbImage, dice: &mut Dice) -> Vec<u8> {
        let (width, height) = picture.dimensions();
        match self {
            Self::Saved => jpeg(picture, dice.between(50.0, 90.0) as u8),
            Self::Smaller => {
                let scale = dice.between(0.3, 0.8);
                let side = |n: u32| (n as f32 * scale).round() as u32;
                let smaller = imageops::resize(picture, side(width), side(height), imageops::FilterType::Triangle);
                jpeg(&smaller, 85)
            }
            Self::Brightness => {
                let by = dice.between(0.8, 1.2);
                let mut lit = picture.clone();
                lit.pixels_mut().for_each(|p| p.0 = p.0.map(|c| (f32::from(c) * by).min(255.0) as u8));
                jpeg(&lit, 85)
            }
            Self::Cropped => {
                let left = |n: u32| n - n / 20;
                let (x, y) = (dice.below(width / 20 + 1), dice.below(height / 20 + 1));
                jpeg(&imageops::crop_imm(picture, x, y, left(width), left(height)).to_image(), 85)
            }
            Self::Stamped => jpeg(&stamped(picture, dice), 85),
        }
    }
}

fn stamped(picture: &RgbImage, dice: &mut Dice) -> RgbImage {
    let (width, height) = picture.dimensions();
    let mut out = picture.clone();
    let (lines, pitch) = (3 + dice.below(3), (height / 26).max(4));
    let (wide, tall) = (width * (35 + dice.below(25)) / 100, pitch * lines + pitch / 2);
    let x0 = if dice.below(3) == 0 { width - wide - 4 } else { 4 };
    let y0 = if dice.below(4) == 0 { 4 } else { height - tall - 4 };
    let marks: Vec<u32> = (0..lines * 64).map(|_| dice.below(100)).collect();
    for y in 0..tall {
        for x in 0..wide {
            let (line, letter) = (y / pitch, x * 2 / pitch);
            let written = (y % pitch) * 10 > pitch * 2
                && (y % pitch) * 10 < pitch * 9
                && marks.get((line.min(lines - 1) * 64 + letter % 64) as usize).is_some_and(|m| *m < 60);
            let pixel = out.get_pixel_mut(x0 + x, y0 + y);
            *pixel = if written { Rgb([250; 3]) } else { Rgb(pixel.0.map(|c| c / 5 * 3)) };
        }
    }
    out
}

/// As JPEG.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).unwrap();
    out
}
