//! A shape made ready for many positions.
//!
//! The boundary lies in blocks of eight edges, each with its bounds. Of a position the bounds tell how near each block can be at best, and
//! whether a ray eastward crosses a block that lies wholly to the east; where blocks begin tells how far the boundary is at most. So only
//! the few blocks that can hold the nearest edge, or hold the position in their bounds, are looked at edge by edge. The loops are plain Rust
//! over arrays of eight, which the compiler makes into vectors for each of the kinds in [`Processor`]; which one runs is chosen at run time.
//! Each edge is judged by the formulas of [`Shape::signed_distance_m`], and nothing but the least of them counts: the answer is that
//! one's, to the last bit.

use mobile_schema::Wgs84;

use crate::{
    plane::{Plane, crosses, larger, nearest_turn, smaller, squared_distance},
    processor::Processor,
    shape::{BadShape, LonLat, Shape},
    verdict::{Limits, Verdict},
};

/// Edges of a block.
const EDGES: usize = 8;
/// Blocks of a group.
const BLOCKS: usize = 8;
/// A block may be nearer than its bounds say by what was rounded on the way.
const ROUNDED: f64 = 1.0 - 1e-9;

/// A shape made ready for many positions: some 30 bytes a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    bounds: Bounds,
    form: Form,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Circle { centre: LonLat, radius_m: f64 },
    Rings(Blocks),
}

/// Degrees; longitudes perhaps beyond ±180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The least longitude.
    pub west: f64,
    /// The least latitude.
    pub south: f64,
    /// The greatest longitude.
    pub east: f64,
    /// The greatest latitude.
    pub north: f64,
}

/// A position with its accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Where it was measured.
    pub at: Wgs84,
    /// Radius of the 68 % circle in metres.
    pub accuracy_m: f64,
}

/// The points of eight edges in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Block {
    lon: [f64; EDGES + 1],
    lat: [f64; EDGES + 1],
}

/// Of eight blocks in a row the bounds, where each begins, and the latitude at which it ends. Where there are fewer blocks, all is infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Group {
    west: [f64; BLOCKS],
    south: [f64; BLOCKS],
    east: [f64; BLOCKS],
    north: [f64; BLOCKS],
    lon: [f64; BLOCKS],
    lat: [f64; BLOCKS],
    end: [f64; BLOCKS],
}

#[derive(Debug, Clone, PartialEq)]
struct Blocks {
    blocks: Vec<Block>,
    groups: Vec<Group>,
}

impl Prepared {
    /// Of a shape. An error if it has no points.
    pub fn new(shape: &Shape) -> Result<Self, BadShape> {
        match shape {
            Shape::Circle { centre, radius_m } => Ok(Self::circle(*centre, *radius_m)),
            Shape::Rings(rings) => {
                let bounds = Bounds::of(rings.iter().flatten()).ok_or(BadShape::WithoutArea)?;
                Ok(Self { bounds, form: Form::Rings(Blocks::of(rings)) })
            }
        }
    }

    /// All within a distance in metres.
    pub fn circle(centre: LonLat, radius_m: f64) -> Self {
        Self { bounds: around(centre, radius_m), form: Form::Circle { centre, radius_m } }
    }

    /// What it lies within.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// As [`Shape::signed_distance_m`], and equal to it.
    pub fn signed_distance_m(&self, at: Wgs84) -> f64 {
        Processor::best().run(
            #[inline(always)]
            || self.distance(at, &mut Vec::new()),
        )
    }

    /// Judges fixes, a verdict each.
    pub fn judge(&self, fixes: &[Fix], limits: Limits, verdicts: &mut Vec<Verdict>) {
        self.judge_by(Processor::best(), fixes, limits, verdicts);
    }

    /// [`judge`](Self::judge) by one of the processor's kinds of vectors. All give the same verdicts.
    pub fn judge_by(&self, processor: Processor, fixes: &[Fix], limits: Limits, verdicts: &mut Vec<Verdict>) {
        processor.run(
            #[inline(always)]
            || {
                let mut nearest = Vec::new();
                verdicts.reserve(fixes.len());
                // A loop, and not `extend`, which would not be inlined and so not be made into vectors.
                for fix in fixes {
                    verdicts.push(Verdict::of(self.distance(fix.at, &mut nearest), fix.accuracy_m, limits));
                }
            },
        );
    }

    /// Whether it holds the position: the sign of the distance, and quicker.
    pub fn holds(&self, at: Wgs84) -> bool {
        let Bounds { west, south, east, north } = self.bounds;
        let lon = nearest_turn(at.lon(), (west + east) / 2.0);
        if lon < west || lon > east || at.lat() < south || at.lat() > north {
            return false;
        }
        match &self.form {
            Form::Circle { .. } => self.distance(at, &mut Vec::new()) < 0.0,
            Form::Rings(blocks) => blocks.hold(&Plane::at(at, blocks.blocks[0].lon[0])),
        }
    }

    #[inline(always)]
    fn distance(&self, at: Wgs84, nearest: &mut Vec<[f64; BLOCKS]>) -> f64 {
        match &self.form {
            Form::Circle { centre, radius_m } => {
                let [x, y] = Plane::at(at, centre.lon).of(centre.lon, centre.lat);
                (x * x + y * y).sqrt() - radius_m
            }
            Form::Rings(blocks) => {
                let plane = Plane::at(at, blocks.blocks[0].lon[0]);
                // Between the southern and the northern bound the scale is nowhere smaller than at one of them.
                let least = smaller(plane.eastward(self.bounds.south), plane.eastward(self.bounds.north));
                blocks.distance(&plane, least, nearest)
            }
        }
    }
}

impl Bounds {
    /// Of points; none of none.
    pub fn of<'p>(points: impl IntoIterator<Item = &'p LonLat>) -> Option<Self> {
        points.into_iter().fold(None, |bounds: Option<Self>, p| {
            let b = bounds.unwrap_or(Self { west: p.lon, south: p.lat, east: p.lon, north: p.lat });
            Some(Self {
                west: b.west.min(p.lon),
                south: b.south.min(p.lat),
                east: b.east.max(p.lon),
                north: b.north.max(p.lat),
            })
        })
    }

    /// Whether they meet the other, as they stand: neither is turned.
    pub fn meets(&self, other: &Bounds) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }
}

/// What a circle lies within, with a hundredth to spare for what the plane is off.
fn around(centre: LonLat, radius_m: f64) -> Bounds {
    let lat = radius_m * 1.01 / 110_500.0;
    let cos = libm::cos((centre.lat.abs() + lat).min(90.0).to_radians());
    let lon = (radius_m * 1.01 / 110_500.0 / cos.max(1e-9)).min(180.0);
    Bounds { west: centre.lon - lon, south: centre.lat - lat, east: centre.lon + lon, north: centre.lat + lat }
}

impl Group {
    fn of(blocks: &[Block]) -> Self {
        let each = |of: &dyn Fn(&Block) -> f64| std::array::from_fn(|i| blocks.get(i).map_or(f64::INFINITY, of));
        let least = |all: &[f64]| all.iter().copied().fold(f64::INFINITY, smaller);
        let greatest = |all: &[f64]| all.iter().copied().fold(f64::NEG_INFINITY, larger);
        Self {
            west: each(&|b| least(&b.lon)),
            south: each(&|b| least(&b.lat)),
            east: each(&|b| greatest(&b.lon)),
            north: each(&|b| greatest(&b.lat)),
            lon: each(&|b| b.lon[0]),
            lat: each(&|b| b.lat[0]),
            end: each(&|b| b.lat[EDGES]),
        }
    }

    /// How near each block may be, squared; how near the nearest of their beginnings is, squared; and whether a ray eastward crosses an odd
    /// number of edges of the blocks that lie wholly to the east. `least` is the least eastward scale of the shape.
    #[inline(always)]
    fn survey(&self, plane: &Plane, least: f64, nearest: &mut [f64; BLOCKS]) -> (f64, bool) {
        let LonLat { lon, lat } = plane.at;
        let (mut begins, mut crossed) = ([0.0; BLOCKS], [0u64; BLOCKS]);
        for i in 0..BLOCKS {
            let x = larger(larger(self.west[i] - lon, lon - self.east[i]), 0.0) * plane.vertical_m_per_deg * least;
            let y = larger(larger(self.south[i] - lat, lat - self.north[i]), 0.0) * plane.north_m_per_deg;
            nearest[i] = (x * x + y * y) * ROUNDED;
            let [x, y] = plane.of(self.lon[i], self.lat[i]);
            begins[i] = x * x + y * y;
            crossed[i] = u64::from((self.west[i] > lon) & ((self.lat[i] > lat) != (self.end[i] > lat)));
        }
        // Infinity times nothing is no number, and is not smaller.
        let begins = begins.into_iter().fold(f64::INFINITY, |least, begin| smaller(begin, least));
        (begins, crossed.into_iter().fold(0, |odd, c| odd ^ c) == 1)
    }
}

impl Blocks {
    fn of(rings: &[Vec<LonLat>]) -> Self {
        let blocks: Vec<Block> = rings.iter().flat_map(|ring| Block::of(ring)).collect();
        Self { groups: blocks.chunks(BLOCKS).map(Group::of).collect(), blocks }
    }

    /// `nearest` is room for a number of each block.
    #[inline(always)]
    fn distance(&self, plane: &Plane, least: f64, nearest: &mut Vec<[f64; BLOCKS]>) -> f64 {
        nearest.resize(self.groups.len(), [0.0; BLOCKS]);
        let (mut at_most, mut inside) = (f64::INFINITY, false);
        for (group, nearest) in self.groups.iter().zip(nearest.iter_mut()) {
            let (begins, odd) = group.survey(plane, least, nearest);
            at_most = smaller(begins, at_most);
            inside ^= odd;
        }
        let mut best = f64::INFINITY;
        for ((group, nearest), blocks) in self.groups.iter().zip(nearest.iter()).zip(self.blocks.chunks(BLOCKS)) {
            let mut worth = 0u32;
            for (i, near) in nearest.iter().enumerate() {
                worth |= u32::from(*near <= at_most) << i;
            }
            while worth != 0 {
                let i = worth.trailing_zeros() as usize;
                worth &= worth - 1;
                let (near, odd) = blocks[i].look(plane);
                best = smaller(near, best);
                // Of a block wholly to the east its ends have told.
                inside ^= odd & (group.west[i] <= plane.at.lon);
            }
        }
        let distance = best.sqrt();
        if inside { -distance } else { distance }
    }

    /// Whether a ray eastward crosses an odd number of edges.
    fn hold(&self, plane: &Plane) -> bool {
        let LonLat { lon, lat } = plane.at;
        let mut inside = false;
        for (group, blocks) in self.groups.iter().zip(self.blocks.chunks(BLOCKS)) {
            for (i, block) in blocks.iter().enumerate() {
                if group.west[i] > lon {
                    inside ^= (group.lat[i] > lat) != (group.end[i] > lat);
                } else if group.east[i] >= lon && group.south[i] <= lat && lat <= group.north[i] {
                    inside ^= block.look(plane).1;
                }
            }
        }
        inside
    }
}

impl Block {
    /// Of a closed ring. The last block is filled up with its last point: edges without length, which are no nearer and cross nothing.
    fn of(ring: &[LonLat]) -> impl Iterator<Item = Block> {
        let last = ring.len().saturating_sub(1);
        (0..ring.len().min(last.max(1))).step_by(EDGES).map(move |from| {
            let at = |i: usize| ring[(from + i).min(last)];
            Block { lon: std::array::from_fn(|i| at(i).lon), lat: std::array::from_fn(|i| at(i).lat) }
        })
    }

    /// How near its nearest edge is, squared, and whether a ray eastward crosses an odd number of its edges.
    #[inline(always)]
    fn look(&self, plane: &Plane) -> (f64, bool) {
        let (mut x, mut y) = ([0.0; EDGES + 1], [0.0; EDGES + 1]);
        for i in 0..EDGES {
            [x[i], y[i]] = plane.of(self.lon[i], self.lat[i]);
        }
        [x[EDGES], y[EDGES]] = plane.of(self.lon[EDGES], self.lat[EDGES]);
        let (mut squared, mut crossed) = ([0.0; EDGES], [0u64; EDGES]);
        for i in 0..EDGES {
            let (a, b) = ([x[i], y[i]], [x[i + 1], y[i + 1]]);
            squared[i] = squared_distance(a, b);
            crossed[i] = u64::from(crosses(a, b));
        }
        (squared.into_iter().fold(f64::INFINITY, smaller), crossed.into_iter().fold(0, |odd, c| odd ^ c) == 1)
    }
}
