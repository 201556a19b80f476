//! By `jpeg-decoder`, which is Rust throughout.

use jpeg_decoder::{Decoder, Error, PixelFormat};

use super::{header::Header, rgb_of_inks};
use crate::{Reason, pixels::Pixels};

pub(super) fn decode_to(file: &[u8], _header: &Header, needed: (u32, u32)) -> Result<Pixels, Reason> {
    let mut decoder = Decoder::new(file);
    // No side of a JPEG is longer than 65,535.
    let (width, height) = decoder.scale(needed.0 as u16, needed.1 as u16).map_err(reason)?;
    let bytes = decoder.decode().map_err(reason)?;
    let format = decoder.info().ok_or(Reason::Damaged)?.pixel_format;
    let rgb = match format {
        PixelFormat::RGB24 => bytes,
        PixelFormat::L8 => bytes.iter().flat_map(|grey| [*grey; 3]).collect(),
        PixelFormat::CMYK32 => rgb_of_inks(&bytes),
        PixelFormat::L16 => return Err(Reason::Unsupported),
    };
    Pixels::new(width.into(), height.into(), rgb)
}

fn reason(error: Error) -> Reason {
    match error {
        Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Reason::Truncated,
        Error::Unsupported(_) => Reason::Unsupported,
        _ => Reason::Damaged,
    }
}
