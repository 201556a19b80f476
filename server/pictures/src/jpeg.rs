//! JPEG, decoded only as large as it is needed: the decoder leaves out what a smaller picture does not show.

pub mod header;
#[cfg(not(feature = "turbojpeg"))]
mod rust;
#[cfg(feature = "turbojpeg")]
mod turbo;

#[cfg(not(feature = "turbojpeg"))]
use rust::decode_to;
#[cfg(feature = "turbojpeg")]
use turbo::decode_to;

use crate::{Reason, pixels::Pixels};

/// The size of the picture, and its pixels at a size not smaller than fits into `longest`.
pub(crate) fn decode(file: &[u8], longest: u32) -> Result<((u32, u32), Pixels), Reason> {
    let header = header::read(file)?;
    let (width, height) = (header.width, header.height);
    let needed = crate::pixels::fit((width, height), longest);
    decode_to(file, &header, needed).map(|pixels| ((width, height), pixels))
}

/// The colours of inks on paper, as scanners and printers' programs write them.
fn rgb_of_inks(inks: &[u8]) -> Vec<u8> {
    let one = |pixel: &[u8; 4]| {
        let [c, m, y, k] = pixel.map(|ink| 255 - u16::from(ink));
        [c, m, y].map(|light| (light * k / 255) as u8)
    };
    inks.as_chunks().0.iter().flat_map(one).collect()
}
