//! A hash that pictures share which look alike: saved again, made smaller, lightened, with a few bits apart. The lowest frequencies of a
//! small grey picture (DCT), each above or below their median.

use std::{f32::consts::PI, sync::LazyLock};

use crate::pixels::Pixels;

/// 64 bits, of which pictures that look alike differ in few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Likeness(pub u64);

impl Likeness {
    /// In how many bits they differ, 0 to 64.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// The side of the grey picture.
const SIDE: usize = 32;
/// Frequencies in each direction: 65 pairs of them, other than that of nothing, come to no more than ten together.
const WAVES: usize = 11;
/// A picture whose brightness strays less than this from its mean, of 255, shows nothing by which to know it.
const LEAST_CONTRAST: f32 = 2.0;

static COSINES: LazyLock<[[f32; SIDE]; WAVES]> = LazyLock::new(|| {
    std::array::from_fn(|wave| std::array::from_fn(|at| (PI / SIDE as f32 * (at as f32 + 0.5) * wave as f32).cos()))
});

/// The likeness of a picture; none where it is all of one brightness.
pub fn of(picture: &Pixels) -> Option<Likeness> {
    let side = SIDE as u32;
    let small = picture.light().resized((side, side));
    let grey = small.samples();
    let mean = grey.iter().map(|g| f32::from(*g)).sum::<f32>() / grey.len() as f32;
    let variance = grey.iter().map(|g| (f32::from(*g) - mean).powi(2)).sum::<f32>() / grey.len() as f32;
    if variance.sqrt() < LEAST_CONTRAST {
        return None;
    }
    let along = |samples: &dyn Fn(usize) -> f32, wave: usize| -> f32 {
        COSINES[wave].iter().enumerate().map(|(at, cosine)| samples(at) * cosine).sum()
    };
    let rows: [[f32; SIDE]; WAVES] =
        std::array::from_fn(|wave| std::array::from_fn(|y| along(&|x| f32::from(grey[y * SIDE + x]), wave)));
    // The lowest first. The mean brightness, at no frequency either way, is the one that says nothing.
    let pairs = (1..WAVES).flat_map(|sum| (0..=sum).map(move |across| (across, sum - across)));
    let waves: Vec<f32> = pairs.take(64).map(|(across, down)| along(&|y| rows[across][y], down)).collect();
    let mut sorted = waves.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let median = (sorted[31] + sorted[32]) / 2.0;
    Some(Likeness(waves.iter().fold(0, |bits, wave| bits << 1 | u64::from(*wave > median))))
}
