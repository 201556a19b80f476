//! A decoded picture: made smaller, turned upright, written as JPEG.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::Reason;

/// Of the renditions: a person finds no fault with it, and 1280 pixels come to some 150 kB.
const QUALITY: u8 = 80;

/// Red, green and blue of each pixel, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

/// The size that fits a square of that side, in the same proportions; as it is where that is smaller.
pub fn fit(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let side = width.max(height);
    if side <= longest {
        return (width, height);
    }
    let scaled = |n: u32| ((u64::from(n) * u64::from(longest) + u64::from(side) / 2) / u64::from(side)).max(1) as u32;
    (scaled(width), scaled(height))
}

/// Whether a picture of that EXIF orientation is stored with its sides exchanged.
pub fn lies_on_its_side(orientation: u8) -> bool {
    matches!(orientation, 5..=8)
}

impl Pixels {
    /// Of three bytes a pixel; a fault where there are not as many.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, Reason> {
        let bytes = u64::from(width) * u64::from(height) * 3;
        if bytes == 0 || rgb.len() as u64 != bytes {
            return Err(Reason::Damaged);
        }
        Ok(Self { width, height, rgb })
    }

    /// Pixels from left to right and from top to bottom.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Made so small that it fits a square of that side.
    pub fn within(&self, longest: u32) -> Self {
        let (width, height) = fit(self.width, self.height, longest);
        if (width, height) == self.size() {
            return self.clone();
        }
        let rgb = resized((self.width, self.height), &self.rgb, (width, height), PixelType::U8x3);
        Self { width, height, rgb }
    }

    /// Turned and mirrored as that EXIF orientation (1 to 8) says; anything else is upright.
    pub fn upright(self, orientation: u8) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        // Where the pixel of a place of the upright picture is stored.
        let stored: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
            2 => |x, y, w, _| (w - 1 - x, y),
            3 => |x, y, w, h| (w - 1 - x, h - 1 - y),
            4 => |x, y, _, h| (x, h - 1 - y),
            5 => |x, y, _, _| (y, x),
            6 => |x, y, _, h| (y, h - 1 - x),
            7 => |x, y, w, h| (w - 1 - y, h - 1 - x),
            8 => |x, y, w, _| (w - 1 - y, x),
            _ => return self,
        };
        let (width, height) = if lies_on_its_side(orientation) { (h, w) } else { (w, h) };
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height {
            for x in 0..width {
                let (sx, sy) = stored(x, y, w, h);
                let at = (sy * w + sx) * 3;
                rgb.extend_from_slice(&self.rgb[at..at + 3]);
            }
        }
        Self { width: width as u32, height: height as u32, rgb }
    }

    /// How bright each pixel is.
    pub(crate) fn brightness(&self) -> Vec<u8> {
        let of = |&[r, g, b]: &[u8; 3]| ((u32::from(r) * 77 + u32::from(g) * 150 + u32::from(b) * 29) >> 8) as u8;
        self.rgb.as_chunks().0.iter().map(of).collect()
    }

    /// As a JPEG, without any metadata.
    pub fn jpeg(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.rgb.len() / 8);
        let mut encoder = Encoder::new(&mut out, QUALITY);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let (width, height) = (self.width as u16, self.height as u16);
        encoder.encode(&self.rgb, width, height, ColorType::Rgb).expect("pixels in memory are written to memory");
        out
    }
}

/// Samples made fewer, each the mean of many.
pub(crate) fn resized(from: (u32, u32), samples: &[u8], to: (u32, u32), of: PixelType) -> Vec<u8> {
    let from = ImageRef::new(from.0, from.1, samples, of).expect("there are as many samples as the size says");
    let mut to = Image::new(to.0, to.1, of);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false);
    Resizer::new().resize(&from, &mut to, &options).expect("both are of one kind");
    to.into_vec()
}
