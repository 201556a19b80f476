//! Fences and fixes that are made up: as many and as large as a country's villages are.

use std::f64::consts::TAU;

use mobile_schema::Wgs84;
use zhucun_fences::{Fix, LonLat};

/// Villages lie in a grid, so far apart, from its south-west corner on.
const APART_DEG: f64 = 0.03;
const COLUMNS: usize = 400;
const CORNER: LonLat = LonLat { lon: 104.0, lat: 22.0 };

/// The world.
pub struct World {
    /// Of each fence its one ring, closed.
    pub rings: Vec<Vec<LonLat>>,
    /// Fixes of each fence, one fence after the other.
    pub fixes: Vec<Fix>,
    /// Of each fence where its fixes end.
    pub ends: Vec<usize>,
}

/// A generator of numbers that are alike on every machine (splitmix64).
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }
}

impl World {
    /// So many fences, 116 points each in the mean and up to 400, and so many fixes in all.
    pub fn new(fences: usize, fixes: usize) -> Self {
        let mut random = Random(2026);
        let mut world = Self { rings: Vec::new(), fixes: Vec::with_capacity(fixes), ends: Vec::new() };
        for n in 0..fences {
            let middle = LonLat {
                lon: CORNER.lon + (n % COLUMNS) as f64 * APART_DEG,
                lat: CORNER.lat + (n / COLUMNS) as f64 * APART_DEG,
            };
            let ring = ring(&mut random, middle);
            while world.fixes.len() < fixes * (n + 1) / fences {
                world.fixes.push(fix(&mut random, middle, &ring));
            }
            world.rings.push(ring);
            world.ends.push(world.fixes.len());
        }
        world
    }

    /// The fixes of a fence.
    pub fn fixes_of(&self, n: usize) -> &[Fix] {
        &self.fixes[n.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[n]]
    }
}

/// An outline with bays and headlands of many sizes; some neighbours overlap a little.
fn ring(random: &mut Random, middle: LonLat) -> Vec<LonLat> {
    let points = 20 + (random.unit().powi(3) * 382.0) as usize;
    let radius = random.between(0.011, 0.015);
    let waves: Vec<(f64, f64, f64)> = (1..7)
        .map(|k| (f64::from(k + 1), random.between(0.0, 0.18) / f64::from(k), random.between(0.0, TAU)))
        .collect();
    let mut ring: Vec<LonLat> = (0..points)
        .map(|i| {
            let angle = i as f64 / points as f64 * TAU;
            let wave: f64 = waves.iter().map(|(k, size, from)| size * (k * angle + from).sin()).sum();
            let r = radius * (1.0 + wave + random.between(-0.02, 0.02));
            LonLat { lon: middle.lon + r * angle.cos(), lat: middle.lat + r * angle.sin() }
        })
        .collect();
    ring.push(ring[0]);
    ring
}

/// Half lie in the village, three of ten about its boundary, the rest between its neighbours and a day's journey away.
fn fix(random: &mut Random, middle: LonLat, ring: &[LonLat]) -> Fix {
    let edge = ring[(random.unit() * ring.len() as f64) as usize];
    let about = |random: &mut Random, from: LonLat, by: f64| {
        (from.lon + random.between(-by, by), from.lat + random.between(-by, by))
    };
    let (lon, lat) = match random.unit() {
        r if r < 0.5 => about(random, middle, 0.007),
        r if r < 0.8 => about(random, edge, 0.001),
        r if r < 0.95 => about(random, middle, 0.08),
        _ => about(random, middle, 0.5),
    };
    Fix { at: Wgs84::new(lat, lon).expect("degrees"), accuracy_m: random.between(5.0, 100.0) }
}
