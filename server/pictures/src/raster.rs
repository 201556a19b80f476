//! PNG and WebP, decoded whole. Of an animation the first picture is taken; of what can be seen through, what white paper would show.

use std::io::{Cursor, ErrorKind};

use image::{
    DynamicImage, ImageDecoder, ImageError, Limits,
    codecs::{png::PngDecoder, webp::WebPDecoder},
};

use crate::{
    Reason,
    bounds::{self, MAX_MEMORY},
    pixels::Pixels,
};

type Decoded = Result<((u32, u32), Pixels), Reason>;

/// What the pixels are turned into: first eight bits each, then without transparency.
const TURNED_BYTES: u64 = 4 + 3;

/// Most bytes of what a PNG has besides its pixels, unpacked, such as a profile of its colours.
const MAX_PNG_BESIDES: u64 = 16 << 20;

pub(crate) fn png(file: &[u8], longest: u32) -> Decoded {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PNG_BESIDES);
    let decoder = PngDecoder::with_limits(Cursor::new(file), limits).map_err(reason)?;
    let bytes_a_pixel = u64::from(decoder.color_type().bytes_per_pixel());
    decode(decoder, bytes_a_pixel + TURNED_BYTES, longest)
}

pub(crate) fn webp(file: &[u8], longest: u32) -> Decoded {
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(reason)?;
    // One for the canvas of an animation, one for its picture; then brightness and colour apart.
    decode_webp_bounds(&decoder)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY);
    decoder.set_limits(limits).map_err(reason)?;
    decode(decoder, 0, longest)
}

fn decode_webp_bounds(decoder: &impl ImageDecoder) -> Result<(), Reason> {
    let (width, height) = decoder.dimensions();
    bounds::check(width, height, 4 + 4 + 2 + TURNED_BYTES)
}

fn decode(decoder: impl ImageDecoder, bytes_a_pixel: u64, longest: u32) -> Decoded {
    let (width, height) = decoder.dimensions();
    bounds::check(width, height, bytes_a_pixel)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(reason)?;
    let rgb: Vec<u8> = if decoded.color().has_alpha() {
        let on_white = |pixel: &[u8; 4]| {
            let [r, g, b, alpha] = pixel.map(u16::from);
            [r, g, b].map(|c| ((c * alpha + 255 * (255 - alpha)) / 255) as u8)
        };
        decoded.into_rgba8().as_chunks().0.iter().flat_map(on_white).collect()
    } else {
        decoded.into_rgb8().into_raw()
    };
    Pixels::of_rgb((width, height), &rgb, longest).map(|pixels| ((width, height), pixels))
}

fn reason(error: ImageError) -> Reason {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Reason::Truncated,
        ImageError::Limits(_) => Reason::TooMuchMemory,
        ImageError::Unsupported(_) => Reason::Unsupported,
        _ => Reason::Damaged,
    }
}
