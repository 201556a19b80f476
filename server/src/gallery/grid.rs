//! The map's grid: the squares of web maps (Mercator, one square for the world at level 0, four times as many at each further one). Pure.
//!
//! A position is kept as whole numbers, the column and row of its square at level [`FINEST`], which is 15 cm at the equator: their sums are
//! exact, so that an average does not depend on the order in which photos came.

use std::{f64::consts::PI, ops::RangeInclusive};

use mobile_schema::{
    Datum,
    datum::{Wgs84, to_wgs84},
};
use serde::Serialize;

/// The level at which positions are kept.
pub const FINEST: u32 = 28;
/// The level of tiles, by which photos are found and counted: some 600 m.
pub const TILES: u32 = 16;
/// Tiles of a row.
pub const TILES_A_ROW: i64 = 1 << TILES;
/// A web map shows nothing beyond.
const MOST_LAT: f64 = 85.051_128;

/// A place on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Squares from the west.
    pub x: i64,
    /// Squares from the north.
    pub y: i64,
}

impl Spot {
    /// Of a position as recorded; none if its degrees are none.
    pub fn of(lat: f64, lon: f64, datum: Datum) -> Option<Self> {
        to_wgs84(datum, lat, lon).map(Self::at)
    }

    fn at(position: Wgs84) -> Self {
        let side = (1_i64 << FINEST) as f64;
        let lat = position.lat().clamp(-MOST_LAT, MOST_LAT).to_radians();
        let whole = |share: f64| ((share * side) as i64).clamp(0, (1 << FINEST) - 1);
        Self { x: whole(position.lon() / 360.0 + 0.5), y: whole((1.0 - lat.tan().asinh() / PI) / 2.0) }
    }

    /// The tile it lies in, by number: row by row from the west.
    pub fn tile(self) -> i64 {
        let coarser = |n: i64| n >> (FINEST - TILES);
        coarser(self.y) * TILES_A_ROW + coarser(self.x)
    }

    /// Degrees north and east.
    pub fn degrees(self) -> Degrees {
        mean(self.x, self.y, 1)
    }
}

/// A position in WGS-84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Degrees {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// Where that many are on average, by the sums of their places.
pub fn mean(x: i64, y: i64, count: i64) -> Degrees {
    let side = (1_i64 << FINEST) as f64;
    // The middle of a square.
    let share = |sum: i64| (sum as f64 / count as f64 + 0.5) / side;
    Degrees { lat: (PI * (1.0 - 2.0 * share(y))).sinh().atan().to_degrees(), lon: (share(x) - 0.5) * 360.0 }
}

/// A part of the map, as columns and rows at [`FINEST`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Columns.
    pub x: RangeInclusive<i64>,
    /// Rows.
    pub y: RangeInclusive<i64>,
}

impl Window {
    /// From degrees; none if they are none, or in the wrong order.
    pub fn of(west: f64, south: f64, east: f64, north: f64) -> Option<Self> {
        let (low, high) = (Wgs84::new(south, west)?, Wgs84::new(north, east)?);
        let (low, high) = (Spot::at(low), Spot::at(high));
        (west <= east && south <= north).then_some(Self { x: low.x..=high.x, y: high.y..=low.y })
    }

    /// The squares of that level that it touches: columns, rows.
    pub fn squares(&self, level: u32) -> (RangeInclusive<i64>, RangeInclusive<i64>) {
        let coarser =
            |range: &RangeInclusive<i64>| (range.start() >> (FINEST - level))..=(range.end() >> (FINEST - level));
        (coarser(&self.x), coarser(&self.y))
    }

    /// Enlarged to whole squares of that level.
    pub fn whole(&self, level: u32) -> Self {
        let (x, y) = self.squares(level);
        let finest = |range: RangeInclusive<i64>| {
            let below = FINEST - level;
            (range.start() << below)..=(((range.end() + 1) << below) - 1)
        };
        Self { x: finest(x), y: finest(y) }
    }

    /// How many these are.
    pub fn count(&self, level: u32) -> i64 {
        let (x, y) = self.squares(level);
        (x.end() - x.start() + 1) * (y.end() - y.start() + 1)
    }

    /// The numbers of all tiles that it touches.
    pub fn tiles(&self) -> Vec<i64> {
        let (x, y) = self.squares(TILES);
        y.flat_map(|y| x.clone().map(move |x| y * TILES_A_ROW + x)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back_to_within_the_width_of_a_square() {
        for (lat, lon) in [(21.0, 110.4), (-33.9, 18.4), (0.0, 0.0), (60.0, -179.9)] {
            let back = Spot::of(lat, lon, Datum::Wgs84).unwrap().degrees();
            assert!((back.lat - lat).abs() < 2e-6 && (back.lon - lon).abs() < 2e-6, "{lat} {lon}: {back:?}");
        }
        assert_eq!(Spot::of(f64::NAN, 0.0, Datum::Wgs84), None);
        assert!(Spot::of(90.0, 180.0, Datum::Wgs84).unwrap().tile() < TILES_A_ROW * TILES_A_ROW);
    }

    #[test]
    fn a_position_of_another_datum_lies_where_it_is() {
        let raw = Spot::of(21.0, 110.4, Datum::Gcj02).unwrap().degrees();
        let metres = Wgs84::new(21.0, 110.4).unwrap().distance(Wgs84::new(raw.lat, raw.lon).unwrap());
        assert!((300.0..700.0).contains(&metres.0), "{metres:?}");
    }

    #[test]
    fn a_window_touches_the_tiles_of_what_lies_in_it() {
        let window = Window::of(110.35, 20.95, 110.45, 21.05).unwrap();
        let tile = Spot::of(21.0, 110.4, Datum::Wgs84).unwrap().tile();
        assert!(window.tiles().contains(&tile));
        assert_eq!(window.tiles().len() as i64, window.count(TILES));
        assert!(!window.tiles().contains(&Spot::of(21.1, 110.4, Datum::Wgs84).unwrap().tile()));
        let whole = window.whole(TILES);
        assert!(whole.x.contains(window.x.start()) && whole.y.contains(window.y.end()));
        assert_eq!((whole.tiles(), whole.whole(TILES)), (window.tiles(), whole));
        assert_eq!(Window::of(111.0, 20.0, 110.0, 21.0), None);
        assert_eq!(Window::of(110.0, 20.0, 110.0, 91.0), None);
    }

    #[test]
    fn an_average_is_in_the_middle() {
        let spots = [(21.0, 110.0), (21.0, 110.2)].map(|(lat, lon)| Spot::of(lat, lon, Datum::Wgs84).unwrap());
        let (x, y) = (spots.iter().map(|s| s.x).sum(), spots.iter().map(|s| s.y).sum());
        assert!((mean(x, y, 2).lon - 110.1).abs() < 1e-6);
    }
}
