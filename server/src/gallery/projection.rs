//! What the gallery keeps of a photo record, and what a row adds to the counts. Pure.

use std::collections::BTreeMap;

use mobile_schema::kinds::photo::Photo;

use super::{grid::Spot, stretch};
use crate::{
    media::projection::Promises,
    storage::{
        entities::{gallery, gallery_count, gallery_tile, photo},
        projection::{Changed, RowPerRecord as _},
    },
};

/// The row of a record, if it is live and names any bytes.
pub fn row(record: &Changed<'_>) -> Option<gallery::Model> {
    record.is_live().then(|| Promises::row(record)).flatten().map(|promise| of(promise, &record.read()))
}

/// The row of a photo that is known already, by the fields of its record.
pub fn of(promise: photo::Model, fields: &Photo) -> gallery::Model {
    // Degrees without a datum may be anywhere within a kilometre: they are shown, and not put on a map.
    let spot = fields.lat.zip(fields.lon).zip(fields.datum).and_then(|((lat, lon), datum)| Spot::of(lat, lon, datum));
    gallery::Model {
        record: promise.record,
        scope: promise.scope,
        person: promise.person,
        item: promise.item.unwrap_or_default(),
        taken_ms: promise.at_ms.unwrap_or(0).max(0),
        tile: spot.map(Spot::tile),
        x: spot.map(|spot| spot.x),
        y: spot.map(|spot| spot.y),
    }
}

/// Counted by who took them.
pub const PERSON: &str = "person";
/// Counted by the item that they answer.
pub const ITEM: &str = "item";

/// By how much counts change.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<(String, &'static str, String, i64), i64>,
    tiles: BTreeMap<(String, i64, i64), [i64; 3]>,
}

impl Tally {
    /// This row came.
    pub fn add(&mut self, row: &gallery::Model) {
        self.change(row, 1);
    }

    /// This row went.
    pub fn take(&mut self, row: &gallery::Model) {
        self.change(row, -1);
    }

    fn change(&mut self, row: &gallery::Model, by: i64) {
        let stretch = stretch::of(row.taken_ms);
        for (facet, key) in [(PERSON, &row.person), (ITEM, &row.item)] {
            if !key.is_empty() {
                *self.counts.entry((row.scope.clone(), facet, key.clone(), stretch)).or_default() += by;
            }
        }
        if let (Some(tile), Some(x), Some(y)) = (row.tile, row.x, row.y) {
            let sums = self.tiles.entry((row.scope.clone(), tile, stretch)).or_default();
            for (sum, add) in sums.iter_mut().zip([1, x, y]) {
                *sum += by * add;
            }
        }
    }

    /// What is to be added to the rows of counts, in the order of their keys; what changes nothing is left out.
    pub fn counts(&self) -> Vec<gallery_count::Model> {
        let moved = self.counts.iter().filter(|(_, photos)| **photos != 0);
        let row = |((scope, facet, key, stretch), photos): (&(String, &str, String, i64), &i64)| {
            let (scope, facet, key) = (scope.clone(), (*facet).to_owned(), key.clone());
            gallery_count::Model { scope, facet, key, stretch: *stretch, photos: *photos }
        };
        moved.map(row).collect()
    }

    /// Likewise of tiles.
    pub fn tiles(&self) -> Vec<gallery_tile::Model> {
        let moved = self.tiles.iter().filter(|(_, sums)| **sums != [0; 3]);
        let row = |((scope, tile, stretch), [photos, x, y]): (&(String, i64, i64), &[i64; 3])| gallery_tile::Model {
            scope: scope.clone(),
            tile: *tile,
            stretch: *stretch,
            photos: *photos,
            x: *x,
            y: *y,
        };
        moved.map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(item: &str, spot: Option<Spot>) -> gallery::Model {
        gallery::Model {
            record: vec![1; 20],
            scope: "440811070201/inspection".into(),
            person: "zjedz.p.a".into(),
            item: item.into(),
            taken_ms: 1_700_000_000_000,
            tile: spot.map(Spot::tile),
            x: spot.map(|s| s.x),
            y: spot.map(|s| s.y),
        }
    }

    #[test]
    fn what_stays_as_it_was_changes_no_count_and_what_moves_changes_two() {
        let [here, there] = [(5_000, 7_000), (5_001, 7_000)].map(|(x, y)| Some(Spot { x, y }));
        let mut tally = Tally::default();
        tally.take(&row("roof", here));
        tally.add(&row("roof", here));
        assert!(tally.counts().is_empty() && tally.tiles().is_empty());
        tally.take(&row("roof", here));
        tally.add(&row("wall", there));
        let counts: Vec<(String, i64)> = tally.counts().into_iter().map(|c| (c.key, c.photos)).collect();
        assert_eq!(counts, [("roof".to_owned(), -1), ("wall".to_owned(), 1)]);
        // One tile still, of which one photo moved east.
        assert_eq!(tally.tiles().iter().map(|t| (t.photos, t.x, t.y)).collect::<Vec<_>>(), [(0, 1, 0)]);
        tally.take(&row("wall", None));
        tally.take(&row("wall", there));
        assert_eq!(tally.tiles()[0].photos, -1);
    }
}
