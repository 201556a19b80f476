//! A decoded picture: made smaller, turned upright, written as JPEG. It stays in the terms of JPEG from one end to the other, light at one
//! size and colours at half of that: so the most common file is never turned into red, green and blue and back.

use fast_image_resize::PixelType;
use rusty_jpeg::{Encoder, encode::PlanarYcbcrImage};

use crate::{
    Reason,
    plane::{self, Plane},
};

/// Of the renditions: a person finds no fault with it, and 1280 pixels come to some 150 kB.
const QUALITY: u8 = 80;
/// A colour that is none.
const GREY: u8 = 128;

/// Light, and how blue and how red it is (Y'CbCr as in JFIF).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    light: Plane,
    colours: [Plane; 2],
}

/// The size that fits a square of that side, in the same proportions; as it is where that is smaller.
pub fn fit((width, height): (u32, u32), longest: u32) -> (u32, u32) {
    let side = width.max(height);
    if side <= longest {
        return (width, height);
    }
    let scaled = |n: u32| ((u64::from(n) * u64::from(longest) + u64::from(side) / 2) / u64::from(side)).max(1) as u32;
    (scaled(width), scaled(height))
}

/// The size of the colours of a picture of that size.
fn halved((width, height): (u32, u32)) -> (u32, u32) {
    (width.div_ceil(2), height.div_ceil(2))
}

impl Pixels {
    /// As a decoder gives them, the colours of whatever size; grey without.
    pub(crate) fn of_planes(light: Plane, colours: Option<[Plane; 2]>) -> Self {
        let colours = colours.unwrap_or_else(|| [GREY; 2].map(|grey| Plane::even(halved(light.size()), grey)));
        Self { light, colours }
    }

    /// Of red, green and blue, a byte each, made so small that they fit a square of that side. A fault where there are not as many.
    pub fn of_rgb(size: (u32, u32), rgb: &[u8], longest: u32) -> Result<Self, Reason> {
        let bytes = u64::from(size.0) * u64::from(size.1) * 3;
        if bytes == 0 || rgb.len() as u64 != bytes {
            return Err(Reason::Damaged);
        }
        let fitting = fit(size, longest);
        let smaller = (fitting != size).then(|| plane::resized(rgb, size.0, size, fitting, PixelType::U8x3));
        let rgb = smaller.as_deref().unwrap_or(rgb);
        let full = |of: fn([i32; 3]) -> i32| {
            let samples = rgb.as_chunks().0.iter().map(|pixel: &[u8; 3]| byte(of(pixel.map(i32::from)))).collect();
            Plane::new(fitting, fitting.0, samples)
        };
        let light = full(|[r, g, b]| (19_595 * r + 38_470 * g + 7_471 * b + 32_768) >> 16)?;
        let blue = full(|[r, g, b]| 128 + ((-11_059 * r - 21_709 * g + 32_768 * b + 32_767) >> 16))?;
        let red = full(|[r, g, b]| 128 + ((32_768 * r - 27_439 * g - 5_329 * b + 32_767) >> 16))?;
        Ok(Self { light, colours: [blue, red] })
    }

    /// Made so small that it fits a square of that side.
    pub(crate) fn within(&self, longest: u32) -> Self {
        let size = fit(self.light.size(), longest);
        let colours = self.colours.each_ref().map(|colour| colour.resized(halved(size)));
        Self { light: self.light.resized(size), colours }
    }

    /// Turned and mirrored as that EXIF orientation (1 to 8) says; anything else is upright.
    pub(crate) fn upright(self, orientation: u8) -> Self {
        let Self { light, colours } = self;
        Self { light: light.upright(orientation), colours: colours.map(|colour| colour.upright(orientation)) }
    }

    /// How light it is.
    pub(crate) fn light(&self) -> &Plane {
        &self.light
    }

    /// As a JPEG, without any metadata.
    pub fn jpeg(&self) -> Vec<u8> {
        let (light, [blue, red]) = (&self.light, self.colours.each_ref().map(|c| c.resized(halved(self.light.size()))));
        let (width, height) = light.size();
        let strides = [light, &blue, &red].map(|plane| plane.stride() as usize);
        let (width, height) = (width as u16, height as u16);
        let planes =
            PlanarYcbcrImage::new(light.samples(), blue.samples(), red.samples(), strides, width, height, (2, 2));
        let planes = planes.expect("the colours have half the size of the light");
        let mut out = Vec::with_capacity(light.samples().len() / 4);
        let mut encoder = Encoder::new(&mut out, QUALITY);
        encoder.set_sampling_factor(planes.sampling_factor());
        encoder.encode_image(planes).expect("what is in memory is written to memory");
        out
    }
}

fn byte(sample: i32) -> u8 {
    sample.clamp(0, 255) as u8
}
