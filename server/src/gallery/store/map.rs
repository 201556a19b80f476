//! Photos on a map, in clusters. Seen from afar, of everybody and everything, they are counted already, tile by tile; else the newest few
//! thousand are counted one by one.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Select, sea_query::ExprTrait as _,
};

use super::{any, count, matching, of_scopes, of_term, scopes};
use crate::{
    gallery::{
        filter::Sought,
        grid::{FINEST, TILES, TILES_A_ROW, Window},
        store::count::MOST,
        stretch::Pieces,
    },
    storage::{
        entities::{gallery, gallery_tile},
        rows,
    },
};

/// Photos that lie in one square: how many, and the sums of their places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cluster {
    /// How many.
    pub photos: i64,
    /// Sum of their columns.
    pub x: i64,
    /// Sum of their rows.
    pub y: i64,
}

/// Clusters by square.
pub type Clusters = BTreeMap<(i64, i64), Cluster>;

/// Photos of a window by squares of that level; and whether there are more than were counted.
pub async fn clusters(
    db: &impl ConnectionTrait,
    sought: &Sought,
    window: &Window,
    level: u32,
) -> Result<(Clusters, bool), DbErr> {
    let kept = level <= TILES && !sought.is_narrow();
    let scopes = scopes(db, sought).await?;
    let mut clusters = Clusters::new();
    let looked_at = if kept {
        let tiles: Vec<Tile> = tiles(db, (sought, &scopes), window).into_model().all(db).await?;
        for Tile { tile, photos, x: sum_x, y: sum_y } in tiles {
            let (x, y) = (tile % TILES_A_ROW, tile / TILES_A_ROW);
            let cluster = Cluster { photos, x: sum_x, y: sum_y };
            add(&mut clusters, (x >> (TILES - level), y >> (TILES - level)), cluster);
        }
        let edges: Vec<Condition> = sought.terms.iter().flat_map(count::edges).map(|edge| of_term(&edge)).collect();
        (!edges.is_empty()).then(|| any(edges))
    } else {
        Some(any(sought.terms.iter().map(of_term)))
    };
    let Some(condition) = looked_at else { return Ok((clusters, false)) };
    let spots: Vec<Spot> = spots(db, (sought, &scopes), window, condition).into_model().all(db).await?;
    let more = spots.len() as u64 > MOST;
    for Spot { x, y } in spots.into_iter().take(MOST as usize) {
        add(&mut clusters, (x >> (FINEST - level), y >> (FINEST - level)), Cluster { photos: 1, x, y });
    }
    Ok((clusters, more))
}

fn add(clusters: &mut Clusters, square: (i64, i64), more: Cluster) {
    let cluster = clusters.entry(square).or_default();
    cluster.photos += more.photos;
    cluster.x += more.x;
    cluster.y += more.y;
}

/// Tiles of the window, of whole stretches of time.
#[doc(hidden)]
pub fn tiles(
    db: &impl ConnectionTrait,
    (sought, scopes): (&Sought, &[String]),
    window: &Window,
) -> Select<gallery_tile::Entity> {
    use gallery_tile::Column::{Photos, Scope, Stretch, Tile, X, Y};
    let query = gallery_tile::Entity::find().filter(of_scopes(Scope, db, scopes, true));
    let (x, y) = window.squares(TILES);
    let column = Tile.into_expr().modulo(TILES_A_ROW);
    let whole = sought.terms.iter().map(|term| {
        let Pieces { whole, .. } = Pieces::of(&term.span);
        Condition::all().add(Stretch.gte(whole.start)).add(Stretch.lt(whole.end))
    });
    query
        .filter(Tile.between(y.start() * TILES_A_ROW, (y.end() + 1) * TILES_A_ROW - 1))
        .filter(column.between(*x.start(), *x.end()))
        .filter(any(whole))
        .select_only()
        .column(Tile)
        .column_as(Photos.sum().cast_as("bigint"), "photos")
        .column_as(X.sum().cast_as("bigint"), "x")
        .column_as(Y.sum().cast_as("bigint"), "y")
        // In the order in which they lie.
        .group_by(Scope)
        .group_by(Tile)
}

/// What lies in a tile.
#[derive(Debug, FromQueryResult)]
struct Tile {
    tile: i64,
    photos: i64,
    x: i64,
    y: i64,
}

/// Where a photo lies.
#[derive(Debug, FromQueryResult)]
struct Spot {
    x: i64,
    y: i64,
}

/// The newest photos of the window, and one more than are counted.
#[doc(hidden)]
pub fn spots(
    db: &impl ConnectionTrait,
    (sought, scopes): (&Sought, &[String]),
    window: &Window,
    condition: Condition,
) -> Select<gallery::Entity> {
    use gallery::Column::{TakenMs, Tile, X, Y};
    let mut query = matching(db, sought, scopes).filter(condition);
    query = match window.count(TILES) <= rows::MAX_VALUES as i64 {
        true => query.filter(Tile.is_in(rows::list(&window.tiles()))),
        false => query.filter(Tile.is_not_null()),
    };
    let query = query
        .filter(X.between(*window.x.start(), *window.x.end()))
        .filter(Y.between(*window.y.start(), *window.y.end()));
    query.select_only().columns([X, Y]).order_by_desc(TakenMs).limit(MOST + 1)
}
