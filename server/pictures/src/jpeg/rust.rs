//! By `rusty_jpeg`, which is Rust throughout.

use rusty_jpeg::{
    Decoder, PixelFormat,
    decode::{Error, PlanarComponent},
};

use super::{header::Header, rgb_of_inks};
use crate::{Reason, pixels::Pixels, plane::Plane};

pub(super) fn decode_to(file: &[u8], header: &Header, needed: (u32, u32)) -> Result<Pixels, Reason> {
    let mut decoder = Decoder::new(file);
    // As many photos are opened at a time as there are workers. Its own threads would only wait for each other, with all that waits in memory.
    decoder.set_single_threaded(true);
    // No side of a JPEG is longer than 65,535.
    let (width, height) = decoder.scale(needed.0 as u16, needed.1 as u16).map_err(reason)?;
    if header.is_planar {
        let mut planes = decoder.decode_planar().map_err(reason)?.components.into_iter().map(plane);
        let light = planes.next().ok_or(Reason::Damaged)??;
        let colours = match (planes.next(), planes.next()) {
            (Some(blue), Some(red)) => Some([blue?, red?]),
            _ => None,
        };
        return Ok(Pixels::of_planes(light, colours));
    }
    let bytes = decoder.decode().map_err(reason)?;
    let rgb = match decoder.info().ok_or(Reason::Damaged)?.pixel_format {
        PixelFormat::RGB24 => bytes,
        PixelFormat::CMYK32 => rgb_of_inks(&bytes),
        _ => return Err(Reason::Unsupported),
    };
    Pixels::of_rgb((width.into(), height.into()), &rgb, needed.0.max(needed.1))
}

fn plane(part: PlanarComponent) -> Result<Plane, Reason> {
    let [width, height, stride] = [part.width, part.height, part.stride].map(|n| n as u32);
    Plane::new((width, height), stride, part.data)
}

fn reason(error: Error) -> Reason {
    match error {
        Error::UnexpectedEof => Reason::Truncated,
        Error::Unsupported(_) => Reason::Unsupported,
        _ => Reason::Damaged,
    }
}
