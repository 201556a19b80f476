//! Keeps the gallery with the records. Whoever commits has locked the scopes of the records, and a count is of one scope: so nobody else
//! changes it meanwhile.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use crate::{
    gallery::projection::{Tally, row},
    storage::{
        Write,
        entities::{gallery, gallery_count, gallery_tile},
        jobs::JobKey,
        projection::{Changed, Projection},
        rows,
    },
};

/// The projection.
pub struct Gallery;

#[async_trait]
impl Projection for Gallery {
    fn kinds(&self) -> &'static [&'static str] {
        &["photo"]
    }

    async fn apply(&self, tx: &Write, changed: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr> {
        let existed: Vec<Vec<u8>> = changed.iter().filter(|c| c.existed).map(|c| c.key.0.to_vec()).collect();
        let before = match existed.is_empty() {
            true => Vec::new(),
            false => rows::select_in::<gallery::Entity, _>(tx, gallery::Column::Record, existed).await?,
        };
        let mut tally = Tally::default();
        before.iter().for_each(|row| tally.take(row));
        let (mut fresh, mut again, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for record in changed {
            match row(record) {
                Some(row) => {
                    tally.add(&row);
                    if record.existed { again.push(row) } else { fresh.push(row) }
                }
                None if record.existed => gone.push(record.key.0.to_vec()),
                None => {}
            }
        }
        rows::insert::<gallery::Entity>(tx, fresh).await?;
        rows::upsert::<gallery::Entity>(tx, again).await?;
        rows::delete_in::<gallery::Entity, _>(tx, gallery::Column::Record, gone).await?;
        write(tx, &tally).await?;
        Ok(BTreeSet::new())
    }

    async fn clear(&self, tx: &Write) -> Result<(), DbErr> {
        gallery::Entity::delete_many().exec(tx).await?;
        gallery_count::Entity::delete_many().exec(tx).await?;
        gallery_tile::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

/// Adds to the counts; those that come to nothing go.
pub async fn write(tx: &Write, tally: &Tally) -> Result<(), DbErr> {
    use gallery_count::Column as Count;
    use gallery_tile::Column as Tile;
    let (counts, tiles) = (tally.counts(), tally.tiles());
    let lessened = |photos: i64, scope: &str| (photos < 0).then(|| scope.to_owned());
    let of_counts: BTreeSet<String> = counts.iter().filter_map(|row| lessened(row.photos, &row.scope)).collect();
    let of_tiles: BTreeSet<String> = tiles.iter().filter_map(|row| lessened(row.photos, &row.scope)).collect();

    for chunk in rows::pieces::<gallery_count::Entity, _>(tx, counts) {
        let mut there = OnConflict::columns([Count::Scope, Count::Facet, Count::Key, Count::Stretch]);
        there.value(Count::Photos, sum("gallery_count", "photos"));
        let rows = chunk.into_iter().map(IntoActiveModel::into_active_model);
        gallery_count::Entity::insert_many(rows).on_conflict(there).exec_without_returning(tx).await?;
    }
    for chunk in rows::pieces::<gallery_tile::Entity, _>(tx, tiles) {
        let mut there = OnConflict::columns([Tile::Scope, Tile::Tile, Tile::Stretch]);
        for (column, name) in [(Tile::Photos, "photos"), (Tile::X, "x"), (Tile::Y, "y")] {
            there.value(column, sum("gallery_tile", name));
        }
        let rows = chunk.into_iter().map(IntoActiveModel::into_active_model);
        gallery_tile::Entity::insert_many(rows).on_conflict(there).exec_without_returning(tx).await?;
    }
    if !of_counts.is_empty() {
        let none = Count::Photos.eq(0).and(Count::Scope.is_in(of_counts));
        gallery_count::Entity::delete_many().filter(none).exec(tx).await?;
    }
    if !of_tiles.is_empty() {
        let none = Tile::Photos.eq(0).and(Tile::Scope.is_in(of_tiles));
        gallery_tile::Entity::delete_many().filter(none).exec(tx).await?;
    }
    Ok(())
}

/// What is there and what comes.
fn sum(table: &str, column: &str) -> Expr {
    Expr::cust(format!("\"{table}\".\"{column}\" + excluded.\"{column}\""))
}
