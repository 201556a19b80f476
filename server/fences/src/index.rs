//! Which village is this in: many fences, found by position.
//!
//! A grid of cells about as large as a fence says for each cell whose bounds meet it; those few are asked. A fence that spans very many
//! cells is in a list of its own.

use std::collections::HashMap;

use mobile_schema::Wgs84;

use crate::{
    plane::nearest_turn,
    prepared::{Bounds, Prepared},
};

/// Most cells that one fence is entered in.
const MOST_CELLS: i64 = 1_024;

/// Fences, by number as given.
#[derive(Debug)]
pub struct Index {
    fences: Vec<Prepared>,
    /// How many cells go round the Earth.
    around: i64,
    /// Of a cell the stretch of `entries` that is its own.
    cells: HashMap<(i32, i32), (u32, u32)>,
    entries: Vec<u32>,
    large: Vec<u32>,
}

impl Index {
    /// Of fences, whose places in the list are their numbers.
    pub fn new(fences: Vec<Prepared>) -> Self {
        let mut sizes: Vec<f64> = fences
            .iter()
            .map(|f| (f.bounds().east - f.bounds().west).max(f.bounds().north - f.bounds().south))
            .collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let usual = sizes.get(sizes.len() / 2).copied().unwrap_or(1.0).clamp(1e-4, 10.0);
        let mut index = Self {
            fences,
            around: (360.0 / usual) as i64,
            cells: HashMap::new(),
            entries: Vec::new(),
            large: Vec::new(),
        };
        let mut entries: Vec<((i32, i32), u32)> = Vec::new();
        for (n, fence) in index.fences.iter().enumerate() {
            match index.cells_of(fence.bounds()) {
                Some(cells) => entries.extend(cells.map(|cell| (cell, n as u32))),
                None => index.large.push(n as u32),
            }
        }
        entries.sort_unstable();
        for (i, (cell, _)) in entries.iter().enumerate() {
            index.cells.entry(*cell).or_insert((i as u32, i as u32)).1 += 1;
        }
        index.entries = entries.into_iter().map(|(_, n)| n).collect();
        index
    }

    /// The fences, by number.
    pub fn fences(&self) -> &[Prepared] {
        &self.fences
    }

    /// The numbers of the fences that hold the position, ascending. Of neighbours that share an edge just one holds what lies on it; where
    /// they overlap all do.
    pub fn holding(&self, at: Wgs84) -> impl Iterator<Item = u32> {
        let cell = (self.column(at.lon()) as i32, self.row(at.lat()) as i32);
        let near = self.cells.get(&cell).map_or(&[][..], |(from, to)| &self.entries[*from as usize..*to as usize]);
        merged(near, &self.large).filter(move |n| self.fences[*n as usize].holds(at))
    }

    /// The one that holds the position: of several that in which it lies deepest, to a decimetre, then the lowest number.
    pub fn village(&self, at: Wgs84) -> Option<u32> {
        let mut holding = self.holding(at);
        let first = holding.next()?;
        let Some(second) = holding.next() else { return Some(first) };
        let depth = |n: &u32| ((self.fences[*n as usize].signed_distance_m(at) * 10.0).round() as i64, *n);
        [first, second].into_iter().chain(holding).min_by_key(depth)
    }

    /// The numbers of the fences whose bounds meet these, ascending.
    pub fn meeting(&self, bounds: Bounds) -> Vec<u32> {
        let mut near: Vec<u32> = match self.cells_of(bounds) {
            Some(cells) => cells
                .filter_map(|cell| self.cells.get(&cell))
                .flat_map(|(from, to)| &self.entries[*from as usize..*to as usize])
                .chain(&self.large)
                .copied()
                .collect(),
            None => (0..self.fences.len() as u32).collect(),
        };
        near.sort_unstable();
        near.dedup();
        near.retain(|n| {
            let mut other = self.fences[*n as usize].bounds();
            let turn = nearest_turn(other.west, bounds.west) - other.west;
            (other.west, other.east) = (other.west + turn, other.east + turn);
            other.meets(&bounds)
        });
        near
    }

    fn column(&self, lon: f64) -> i64 {
        self.unwrapped(lon).rem_euclid(self.around)
    }

    fn unwrapped(&self, lon: f64) -> i64 {
        (lon / 360.0 * self.around as f64).floor() as i64
    }

    fn row(&self, lat: f64) -> i64 {
        self.unwrapped(lat)
    }

    /// The cells that the bounds meet; none if they are too many.
    fn cells_of(&self, bounds: Bounds) -> Option<impl Iterator<Item = (i32, i32)> + use<>> {
        let (west, east) = (self.unwrapped(bounds.west), self.unwrapped(bounds.east));
        let (south, north) = (self.row(bounds.south), self.row(bounds.north));
        let (columns, rows) = (east - west + 1, north - south + 1);
        let around = self.around;
        (columns.saturating_mul(rows) <= MOST_CELLS && columns <= around).then(move || {
            (west..=east).flat_map(move |x| (south..=north).map(move |y| (x.rem_euclid(around) as i32, y as i32)))
        })
    }
}

/// Two ascending lists without a number in common, as one.
fn merged<'a>(a: &'a [u32], b: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(x), Some(y)) if x > y => b.next().copied(),
        (Some(_), _) => a.next().copied(),
        (None, _) => b.next().copied(),
    })
}
