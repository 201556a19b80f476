//! What must be known of a JPEG before it is decoded: how large it is, and what it will cost.

use crate::{
    Reason,
    bounds::{self, MAX_SCANS},
};

/// What its frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Pixels from left to right, as stored.
    pub width: u32,
    /// Pixels from top to bottom, as stored.
    pub height: u32,
    /// One for grey, three for colours, four for inks.
    pub components: u8,
    /// Whether these are light and colours, or light alone, by the numbers that files from everywhere give them (JFIF). Of others a decoder has to
    /// say what they are.
    pub is_planar: bool,
}

/// Bytes of a block of coefficients.
const BLOCK_BYTES: u64 = 64 * 2;

/// Reads the segments up to the end of the picture. What lies behind is not looked at.
pub fn read(file: &[u8]) -> Result<Header, Reason> {
    let mut header = None;
    let (mut at, mut scans) = (2, 0);
    loop {
        let (marker, begins) = next_marker(file, at)?;
        match marker {
            // Restarts, and markers that have no segment.
            0x01 | 0xd0..=0xd7 => at = begins,
            // A second picture within the first, or its end.
            0xd8 | 0xd9 => break,
            _ => {
                let segment = segment(file, begins)?;
                at = begins + 2 + segment.len();
                match marker {
                    0xc0..=0xc2 if header.is_none() => header = Some(frame(segment, marker == 0xc2)?),
                    // DHT, JPG and DAC stand among the numbers of frames and are none.
                    0xc4 | 0xc8 | 0xcc => {}
                    0xc0..=0xcf => return Err(Reason::Unsupported),
                    0xda => {
                        scans += 1;
                        if scans > MAX_SCANS {
                            return Err(Reason::TooManyScans);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    match header {
        Some(header) if scans > 0 => Ok(header),
        _ => Err(Reason::Damaged),
    }
}

/// The next marker from there on, and where what follows it begins. Behind a scan's segment its data is passed over: in it, 0xff is followed by
/// zero.
fn next_marker(file: &[u8], mut at: usize) -> Result<(u8, usize), Reason> {
    loop {
        at += memchr::memchr(0xff, file.get(at..).unwrap_or_default()).ok_or(Reason::Truncated)? + 1;
        match file.get(at) {
            None => return Err(Reason::Truncated),
            Some(0x00 | 0xff) => {}
            Some(&marker) => return Ok((marker, at + 1)),
        }
    }
}

/// What a segment holds, without its length.
fn segment(file: &[u8], begins: usize) -> Result<&[u8], Reason> {
    let rest = &file[begins..];
    let &[high, low] = rest.first_chunk().ok_or(Reason::Truncated)?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < 2 {
        return Err(Reason::Damaged);
    }
    rest.get(2..length).ok_or(Reason::Truncated)
}

fn frame(segment: &[u8], progressive: bool) -> Result<Header, Reason> {
    let &[precision, h1, h2, w1, w2, components] = segment.first_chunk().ok_or(Reason::Damaged)?;
    let (width, height) = (u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]));
    if precision != 8 || !matches!(components, 1 | 3 | 4) || height == 0 {
        return Err(Reason::Unsupported);
    }
    let factors = segment.get(6..6 + 3 * usize::from(components)).ok_or(Reason::Damaged)?;
    let ids: Vec<u8> = factors.as_chunks().0.iter().map(|[id, _, _]| *id).collect();
    let factors: Vec<(u64, u64)> =
        factors.as_chunks().0.iter().map(|[_, f, _]| (u64::from(f >> 4), u64::from(f & 15))).collect();
    if factors.iter().any(|(h, v)| !(1..=4).contains(h) || !(1..=4).contains(v)) {
        return Err(Reason::Damaged);
    }
    let most = |of: fn(&(u64, u64)) -> u64| factors.iter().map(of).max().unwrap_or(1);
    // Of a progressive one all coefficients are kept to the end.
    let kept = u64::from(progressive);
    let samples = factors.iter().map(|(h, v)| h * v).sum::<u64>();
    // Then there are the planes and the pixels, each at a quarter of the full size or less once that is large.
    let others = u64::from(components);
    let bytes_a_pixel =
        (samples * kept * BLOCK_BYTES).div_ceil(64 * most(|f| f.0) * most(|f| f.1)) + others.div_ceil(2);
    bounds::check(width.into(), height.into(), bytes_a_pixel)?;
    // Light has all the pixels; colours may have fewer, and never more.
    let is_light_whole = factors[0] == (most(|f| f.0), most(|f| f.1));
    let is_planar = is_light_whole && matches!(ids[..], [_] | [1, 2, 3]);
    Ok(Header { width: width.into(), height: height.into(), components, is_planar })
}
