//! Opens pictures that come from anywhere: what they are, how they look, what they say of themselves.
//!
//! [`open`] is a function of the bytes alone. Whatever these are, it gives renditions and a likeness, or a [`Reason`] why there are none;
//! never a panic, and never more memory than [`bounds`] say, which are looked at before anything is decoded.
//!
//! - [`kind`]: what a file is, as its beginning shows.
//! - [`bounds`]: how large a picture may be.
//! - `jpeg`, `raster`: decoding, a JPEG only as large as it is needed. [`jpeg::header`] reads what must be known before.
//! - [`pixels`], of `plane`s: what is decoded: made smaller, turned upright, written as JPEG.
//! - [`likeness`]: what pictures share which look alike; [`sketches`]: which come near one, among a million.
//! - [`exif`]: time, place and camera, as the file says. Nobody vouches for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

pub mod bounds;
pub mod exif;
pub mod jpeg;
pub mod kind;
pub mod likeness;
pub mod pixels;
mod plane;
mod raster;
mod reason;
pub mod sketches;

pub use exif::Exif;
pub use kind::Kind;
pub use likeness::{Likeness, Sketch};
pub use reason::Reason;
pub use sketches::Sketches;

use bounds::MAX_BYTES;
use pixels::Pixels;

/// Longest sides of renditions in pixels, the largest first: each is made from the one before.
pub const RENDITIONS: [u32; 2] = [1280, 320];

/// What a file came to.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What it says of itself. Also of files that cannot be decoded.
    pub exif: Exif,
    /// How it looks, or why that is not known.
    pub picture: Result<Picture, Reason>,
}

/// How a picture looks, upright.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Its likeness; none where it is all of one colour, as a covered lens gives.
    pub likeness: Option<Likeness>,
    /// One for each of [`RENDITIONS`], in that order.
    pub renditions: [Rendition; RENDITIONS.len()],
}

/// A picture made smaller.
#[derive(Debug, Clone)]
pub struct Rendition {
    /// Its longest side is at most so many pixels. A picture that is smaller stays as it is.
    pub longest: u32,
    /// A JPEG without any metadata.
    pub jpeg: Vec<u8>,
}

impl Opened {
    /// Of a file that is not looked into.
    pub fn unseen(reason: Reason) -> Self {
        Self { exif: Exif::default(), picture: Err(reason) }
    }
}

/// Opens a file.
pub fn open(file: &[u8]) -> Opened {
    if file.len() as u64 > MAX_BYTES {
        return Opened::unseen(Reason::TooManyBytes);
    }
    let Some(kind) = Kind::of(file) else {
        return Opened::unseen(if file.is_empty() { Reason::Empty } else { Reason::NotAPicture });
    };
    // The decoders are made for any input; should one of them be wrong about that, this file is damaged and nothing else is.
    let exif = catch_unwind(|| exif::read(file)).unwrap_or_default();
    let picture = catch_unwind(AssertUnwindSafe(|| see(file, kind, &exif))).unwrap_or(Err(Reason::Damaged));
    Opened { exif, picture }
}

fn see(file: &[u8], kind: Kind, exif: &Exif) -> Result<Picture, Reason> {
    let (full, pixels) = match kind {
        Kind::Jpeg => jpeg::decode(file, RENDITIONS[0])?,
        Kind::Png => raster::png(file, RENDITIONS[0])?,
        Kind::Webp => raster::webp(file, RENDITIONS[0])?,
        Kind::Heic => return Err(Reason::HeicByPreview),
    };
    let large = pixels.within(RENDITIONS[0]).upright(exif.orientation);
    let small = large.within(RENDITIONS[1]);
    let (width, height) = if plane::lies_on_its_side(exif.orientation) { (full.1, full.0) } else { full };
    let rendition = |longest, pixels: &Pixels| Rendition { longest, jpeg: pixels.jpeg() };
    Ok(Picture {
        width,
        height,
        likeness: likeness::of(&small),
        renditions: [rendition(RENDITIONS[0], &large), rendition(RENDITIONS[1], &small)],
    })
}

#[cfg(test)]
mod tests;
