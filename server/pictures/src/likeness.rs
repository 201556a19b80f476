//! What pictures share which look alike: saved again, made smaller, lightened, cropped a little or stamped.
//!
//! Two looks. A [`Sketch`] is 64 bits of which such pictures differ in few, so that candidates among a million are found by counting bits:
//! the lowest frequencies of a small grey picture (DCT), each above or below their median. Pictures of one sort have them in common too, some
//! hundred among a million; so [`Likeness::agreement`] lays the small grey pictures of two candidates over each other, as one may be cropped
//! out of the other, and tells how far their fine structure goes along. `tests/likeness` measures both.

use std::{f32::consts::PI, sync::LazyLock};

use crate::pixels::Pixels;

/// 64 bits, of which pictures that look alike differ in few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sketch(pub u64);

impl Sketch {
    /// In how many bits they differ, 0 to 64.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// How a picture looks, as far as that tells it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// By which candidates are found.
    pub sketch: Sketch,
    grey: Grey,
}

/// Pictures whose sketches differ in no more bits than this are candidates.
pub const NEAR: u32 = 14;
/// Candidates that agree as much as this are taken to be one picture.
pub const ALIKE: f32 = 0.98;

/// The side of the grey picture.
const SIDE: usize = 32;
type Grey = [u8; SIDE * SIDE];
/// Of values, each for a pixel of it.
type Plane = [f32; SIDE * SIDE];
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
    let grey: Grey = grey.try_into().ok()?;
    Some(Likeness { sketch: sketch(&grey), grey })
}

fn sketch(grey: &Grey) -> Sketch {
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
    Sketch(waves.iter().fold(0, |bits, wave| bits << 1 | u64::from(*wave > median)))
}

/// The sides of the parts in which pictures are compared, and how many parts there are.
const PART: usize = 8;
const PARTS: usize = (SIDE / PART) * (SIDE / PART);
/// So many parts, those that speak most against it, are left out: a stamp lies in them.
const LEFT_OUT: usize = PARTS / 4;
/// Most that is cropped on one side, in pixels of the grey picture: a twelfth.
const MOST_CROPPED: f32 = 2.5;
/// Steps of cropping that are tried, in such pixels. An eighth more or less is not seen.
const STEPS: [f32; 3] = [1.0, 0.5, 0.25];
/// A part of which the brightness varies by this (squared) weighs half.
const PLAIN: f32 = 10.0;
/// What is kept must weigh so much, or the pictures show too little to be known by.
const LEAST_WEIGHT: f32 = 1.0;
/// Candidates that go along less than this before anything is fitted are none; it saves the fitting.
const LEAST_AS_THEY_ARE: f32 = 0.4;

impl Likeness {
    /// As it is kept: the sketch, big-endian, and the grey picture.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.sketch.0.to_be_bytes(), self.grey.as_slice()].concat()
    }

    /// From what [`Self::to_bytes`] gave; none of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (sketch, grey) = bytes.split_first_chunk()?;
        Some(Self { sketch: Sketch(u64::from_be_bytes(*sketch)), grey: grey.try_into().ok()? })
    }

    /// How far the two pictures go along, from 0 to 1, whichever may have been cropped out of the other.
    pub fn agreement(&self, other: &Self) -> f32 {
        let [one, other] = [&self.grey, &other.grey].map(|grey| grey.map(f32::from));
        if along(&one, &other) < LEAST_AS_THEY_ARE {
            return 0.0;
        }
        let over = |part: &Plane, whole: &Plane| along(&fine(part), &fine(&cut(whole, fitted(part, whole))));
        over(&one, &other).max(over(&other, &one)).max(0.0)
    }

    /// Whether they are taken to be one picture.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.sketch.distance(other.sketch) <= NEAR && self.agreement(other) >= ALIKE
    }
}

/// How much of a grey picture is left away on the left, right, top and bottom, in its pixels.
type Crop = [f32; 4];

/// The part of the whole with which a picture goes along best.
fn fitted(part: &Plane, whole: &Plane) -> Crop {
    let mut crop = [0.0; 4];
    let mut best = along(part, whole);
    for step in STEPS {
        for (side, by) in (0..4).flat_map(|side| [(side, step), (side, -step)]).cycle().take(16) {
            let mut other = crop;
            other[side] = (crop[side] + by).clamp(0.0, MOST_CROPPED);
            if other != crop {
                let now = along(part, &cut(whole, other));
                if now > best {
                    (best, crop) = (now, other);
                }
            }
        }
    }
    crop
}

/// A part, as large as the whole was.
fn cut(whole: &Plane, [left, right, top, bottom]: Crop) -> Plane {
    let side = SIDE as f32;
    // Between which two pixels, and how far from the first.
    let place = |at: usize, before: f32, behind: f32| {
        let at = (before + (at as f32 + 0.5) * (side - before - behind) / side - 0.5).clamp(0.0, side - 1.0);
        (at as usize, (at as usize + 1).min(SIDE - 1), at.fract())
    };
    let columns: [_; SIDE] = std::array::from_fn(|x| place(x, left, right));
    let mut narrowed = [0.0; SIDE * SIDE];
    for (row, out) in whole.as_chunks::<SIDE>().0.iter().zip(narrowed.as_chunks_mut::<SIDE>().0) {
        for (out, (a, b, t)) in out.iter_mut().zip(columns) {
            *out = row[a] * (1.0 - t) + row[b] * t;
        }
    }
    let rows = narrowed.as_chunks::<SIDE>().0;
    let mut out = [0.0; SIDE * SIDE];
    for (y, out) in out.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        let (a, b, t) = place(y, top, bottom);
        for (x, out) in out.iter_mut().enumerate() {
            *out = rows[a][x] * (1.0 - t) + rows[b][x] * t;
        }
    }
    out
}

/// Each pixel less the mean of its surroundings: what is left is what pictures of one sort do not share. Softened, because what is laid over
/// another by fractions of a pixel is soft too.
fn fine(plane: &Plane) -> Plane {
    let wide = smoothed(plane, &[1.0; 7]);
    smoothed(&std::array::from_fn(|at| plane[at] - wide[at]), &[1.0, 2.0, 1.0])
}

/// Each pixel the mean of those around it in both directions, by these weights; of those beyond the edge nothing is known, and they weigh nothing.
fn smoothed<const N: usize>(plane: &Plane, weights: &[f32; N]) -> Plane {
    let mean = |of: &dyn Fn(usize) -> f32, at: usize| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (n, w) in weights.iter().enumerate() {
            let near = (at + n).wrapping_sub(N / 2);
            if near < SIDE {
                sum += of(near) * w;
                weight += w;
            }
        }
        sum / weight
    };
    let across: Plane = std::array::from_fn(|at| mean(&|x| plane[at / SIDE * SIDE + x], at % SIDE));
    std::array::from_fn(|at| mean(&|y| across[y * SIDE + at % SIDE], at / SIDE))
}

/// How far the parts go along that do most, those that show more weighing more: the correlation of what is nearly plain is that of noise.
fn along(one: &Plane, other: &Plane) -> f32 {
    let mut parts: [Part; PARTS] = std::array::from_fn(|part| {
        let first = part / (SIDE / PART) * PART * SIDE + part % (SIDE / PART) * PART;
        let (mut a, mut b, mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for row in 0..PART {
            let from = first + row * SIDE;
            for (x, y) in one[from..from + PART].iter().zip(&other[from..from + PART]) {
                a += x;
                b += y;
                aa += x * x;
                bb += y * y;
                ab += x * y;
            }
        }
        const N: f32 = (PART * PART) as f32;
        let spread = ((aa - a * a / N) * (bb - b * b / N)).max(0.0).sqrt();
        Part { correlation: (ab - a * b / N) / spread.max(1e-3), weight: spread / (spread + PLAIN * N) }
    });
    parts.sort_unstable_by(|one, other| one.missing().total_cmp(&other.missing()));
    let kept = &parts[..PARTS - LEFT_OUT];
    let weight: f32 = kept.iter().map(|part| part.weight).sum();
    kept.iter().map(|part| part.correlation * part.weight).sum::<f32>() / weight.max(LEAST_WEIGHT)
}

struct Part {
    correlation: f32,
    weight: f32,
}

impl Part {
    /// How much it speaks against the two being one.
    fn missing(&self) -> f32 {
        self.weight * (1.0 - self.correlation)
    }
}
