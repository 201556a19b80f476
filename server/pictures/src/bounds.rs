//! How large a picture may be. What a header says is held against this before anything is allocated.

use crate::Reason;

/// Most bytes of a file. A phone's largest JPEG has half as many.
pub const MAX_BYTES: u64 = 100_000_000;
/// Most pixels. Phones come to 50 million, some to 108.
pub const MAX_PIXELS: u64 = 110_000_000;
/// Most bytes that decoding one picture may take, besides those of the file.
pub const MAX_MEMORY: u64 = 350_000_000;
/// Most scans of a JPEG. Encoders make ten or so of a progressive one.
pub const MAX_SCANS: usize = 100;

/// Whether a picture of so many pixels, of which each may take so many bytes, is within the bounds.
pub(crate) fn check(width: u32, height: u32, bytes_a_pixel: u64) -> Result<(), Reason> {
    let pixels = u64::from(width) * u64::from(height);
    match pixels {
        0 => Err(Reason::Damaged),
        1..=MAX_PIXELS if pixels * bytes_a_pixel <= MAX_MEMORY => Ok(()),
        1..=MAX_PIXELS => Err(Reason::TooMuchMemory),
        _ => Err(Reason::TooManyPixels),
    }
}
