//! By libjpeg-turbo.

use turbojpeg::{
    Colorspace, Decompressor, Error, Image, PixelFormat, ScalingFactor, Subsamp, YuvImage, yuv_pixels_len,
};

use super::{header::Header, rgb_of_inks};
use crate::{Reason, bounds::MAX_SCANS, pixels::Pixels, plane::Plane};

/// Scales that it has quick code for.
const QUICK_EIGHTHS: [usize; 3] = [1, 2, 4];

pub(super) fn decode_to(file: &[u8], header: &Header, needed: (u32, u32)) -> Result<Pixels, Reason> {
    let mut decoder = Decompressor::new().map_err(reason)?;
    decoder.set_scan_limit(MAX_SCANS as u32).map_err(reason)?;
    let seen = decoder.read_header(file).map_err(reason)?;
    if (seen.width as u64, seen.height as u64) != (header.width.into(), header.height.into()) {
        return Err(Reason::Damaged);
    }
    let mut factors = QUICK_EIGHTHS.into_iter().map(|eighths| ScalingFactor::new(eighths, 8));
    let large_enough =
        |f: &ScalingFactor| f.scale(seen.width) >= needed.0 as usize && f.scale(seen.height) >= needed.1 as usize;
    decoder.set_scaling_factor(factors.find(large_enough).unwrap_or(ScalingFactor::ONE)).map_err(reason)?;
    let size = seen.scaled(decoder.scaling_factor());
    let known =
        matches!(seen.subsamp, Subsamp::None | Subsamp::Sub2x1 | Subsamp::Sub1x2 | Subsamp::Sub2x2 | Subsamp::Gray);
    if header.is_planar && known && matches!(seen.colorspace, Colorspace::YCbCr | Colorspace::Gray) {
        return planes(&mut decoder, file, (size.width, size.height), seen.subsamp);
    }
    let inks = matches!(seen.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let format = if inks { PixelFormat::CMYK } else { PixelFormat::RGB };
    let pitch = size.width * format.size();
    let mut bytes = vec![0; pitch * size.height];
    let into = Image { pixels: &mut bytes[..], width: size.width, pitch, height: size.height, format };
    decoder.decompress(file, into).map_err(reason)?;
    if inks {
        // They are stored inverted, and given as stored.
        bytes.iter_mut().for_each(|ink| *ink = 255 - *ink);
        bytes = rgb_of_inks(&bytes);
    }
    Pixels::of_rgb((size.width as u32, size.height as u32), &bytes, needed.0.max(needed.1))
}

fn planes(
    decoder: &mut Decompressor,
    file: &[u8],
    (width, height): (usize, usize),
    subsamp: Subsamp,
) -> Result<Pixels, Reason> {
    let samples = vec![0; yuv_pixels_len(width, 1, height, subsamp).map_err(reason)?];
    let mut all = YuvImage { pixels: samples, width, align: 1, height, subsamp };
    decoder.decompress_to_yuv(file, all.as_deref_mut()).map_err(reason)?;
    let (light, colour) = (all.y_size(), all.uv_size());
    let mut rest = all.pixels.as_slice();
    let mut next = |stride: usize, rows: usize, (width, height): (usize, usize)| {
        let (these, behind) = rest.split_at_checked(stride * rows).ok_or(Reason::Damaged)?;
        rest = behind;
        Plane::new((width as u32, height as u32), stride as u32, these.to_vec())
    };
    let light = next(light.0, light.1, (width, height))?;
    if subsamp == Subsamp::Gray {
        return Ok(Pixels::of_planes(light, None));
    }
    let colours = [next(colour.0, colour.1, colour)?, next(colour.0, colour.1, colour)?];
    Ok(Pixels::of_planes(light, Some(colours)))
}

/// It goes on past the end of a file that was cut, and only warns; that is no picture of what was there.
fn reason(error: Error) -> Reason {
    match error.to_string() {
        said if said.contains("Premature end") => Reason::Truncated,
        _ => Reason::Damaged,
    }
}
