//! By libjpeg-turbo.

use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};

use super::{header::Header, rgb_of_inks};
use crate::{Reason, bounds::MAX_SCANS, pixels::Pixels};

pub(super) fn decode_to(file: &[u8], header: &Header, needed: (u32, u32)) -> Result<Pixels, Reason> {
    let damaged = |_| Reason::Damaged;
    let mut decoder = Decompressor::new().map_err(damaged)?;
    decoder.set_scan_limit(MAX_SCANS as u32).map_err(damaged)?;
    let seen = decoder.read_header(file).map_err(damaged)?;
    if (seen.width as u64, seen.height as u64) != (header.width.into(), header.height.into()) {
        return Err(Reason::Damaged);
    }
    let factor = (1..8).map(|eighths| ScalingFactor::new(eighths, 8));
    let mut factor =
        factor.filter(|f| f.scale(seen.width) >= needed.0 as usize && f.scale(seen.height) >= needed.1 as usize);
    decoder.set_scaling_factor(factor.next().unwrap_or(ScalingFactor::ONE)).map_err(damaged)?;
    let size = seen.scaled(decoder.scaling_factor());
    let inks = matches!(seen.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let format = if inks { PixelFormat::CMYK } else { PixelFormat::RGB };
    let pitch = size.width * format.size();
    let mut bytes = vec![0; pitch * size.height];
    let into = Image { pixels: &mut bytes[..], width: size.width, pitch, height: size.height, format };
    // It goes on past the end of a file that was cut, and only warns; that is no picture of what was there.
    decoder.decompress(file, into).map_err(|error| match error.to_string() {
        said if said.contains("Premature end") => Reason::Truncated,
        _ => Reason::Damaged,
    })?;
    if inks {
        // They are stored inverted, and given as stored.
        bytes.iter_mut().for_each(|ink| *ink = 255 - *ink);
        bytes = rgb_of_inks(&bytes);
    }
    Pixels::new(size.width as u32, size.height as u32, bytes)
}
