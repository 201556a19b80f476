//! Looking through photos: pages, counts, clusters, neighbours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    filter::{PhotoFilter, Sought},
    grid::{Degrees, FINEST, Spot, Window, mean},
    projection::{ITEM, PERSON},
    store::{
        self,
        count::{self, Group},
        map,
        one::{self, Shown},
        page::{self, Mark, Towards},
        teams,
    },
};
use crate::{
    app::App,
    auth::Principal,
    error::{ErrorCode, Problem},
    office::page::{PageQuery, cursor},
    storage::entities::{gallery, photo},
};

/// A photo in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoView {
    /// Its name in the gallery: the key of its record, 40 hex digits.
    pub photo: String,
    /// Scope of its record.
    pub scope: String,
    /// Id of its record.
    pub id: String,
    /// Who took it.
    pub person: String,
    /// What they are called.
    pub name: Option<String>,
    /// When taken, corrected, ms; none where not known.
    pub at_ms: Option<i64>,
    /// Where taken, by the phone, in WGS-84; none where it did not say.
    pub position: Option<Degrees>,
    /// The item of a checklist that it answers.
    pub item: Option<String>,
    /// Kind of the record it belongs to.
    pub subject_kind: Option<String>,
    /// Id of the record it belongs to.
    pub subject_id: Option<String>,
    /// SHA-256 of the original, by which its bytes and renditions are had from `/v1/media`.
    pub sha256: Option<String>,
    /// SHA-256 of the preview.
    pub preview_sha256: Option<String>,
    /// Whether the original is complete.
    pub is_complete: bool,
    /// Whether the preview is complete.
    pub has_preview: bool,
    /// Why the bytes will never come.
    pub given_up: Option<String>,
}

/// A page of photos.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoPage {
    /// The newest first, those of unknown time last.
    pub photos: Vec<PhotoView>,
    /// `cursor` of the next page, if there may be one. What comes meanwhile moves no page.
    pub next: Option<String>,
}

/// A page of the photos that the filter takes.
pub async fn list(app: &App, who: &Principal, filter: &PhotoFilter, asked: &PageQuery) -> Result<PhotoPage, Problem> {
    let behind: Option<Mark> = asked.after()?;
    let sought = sought(app, who, filter).await?;
    let limit = asked.limit();
    let marks = page::page(&app.db.read, &sought, behind.as_ref(), Towards::Older, limit).await?;
    let next = (marks.len() == limit).then(|| marks.last().map(cursor)).flatten();
    Ok(PhotoPage { photos: views(app, marks).await?, next })
}

/// What a filter means for that person.
pub(super) async fn sought(app: &App, who: &Principal, filter: &PhotoFilter) -> Result<Sought, Problem> {
    let postings = match &filter.team {
        Some(team) => Some(store::postings(&app.db.read, team).await?),
        None => None,
    };
    filter.sought(who, postings)
}

/// These photos as a list shows them, in their order.
async fn views(app: &App, marks: Vec<Mark>) -> Result<Vec<PhotoView>, Problem> {
    let keys: Vec<Vec<u8>> = marks.into_iter().map(|mark| mark.record).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut shown = one::shown(&app.db.read, keys.clone()).await?;
    Ok(keys.iter().filter_map(|key| view(&mut shown, key)).collect())
}

/// The photo of that key, if it is still there.
pub(super) fn view(shown: &mut Shown, key: &[u8]) -> Option<PhotoView> {
    let (place, promise) = (shown.places.remove(key)?, shown.promises.remove(key)?);
    let photo::Model { scope, id, person, sha256, preview_sha256, .. } = promise;
    let is_complete = |file: &Option<Vec<u8>>| file.as_ref().is_some_and(|file| shown.complete.contains_key(file));
    Some(PhotoView {
        photo: hex::encode(key),
        name: shown.names.get(&person).cloned(),
        is_complete: is_complete(&sha256),
        has_preview: is_complete(&preview_sha256),
        scope,
        id,
        person,
        at_ms: promise.at_ms,
        position: position(&place),
        item: promise.item,
        subject_kind: promise.subject_kind,
        subject_id: promise.subject_id,
        sha256: sha256.map(hex::encode),
        preview_sha256: preview_sha256.map(hex::encode),
        given_up: promise.given_up,
    })
}

pub(super) fn position(place: &gallery::Model) -> Option<Degrees> {
    Some(Spot { x: place.x?, y: place.y? }.degrees())
}

/// Photos counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoCounts {
    /// How many the filter takes.
    pub count: i64,
    /// Whether there are more: with more than `place`, `from` and `to` they are counted one by one, up to 10,000, and of more the newest 10,000 are
    /// counted here. All else is exact.
    pub more: bool,
    /// By place, or person in whose own scope they lie; the most first.
    pub places: Vec<Facet>,
    /// By who took them.
    pub people: Vec<Facet>,
    /// By the team in which who took them was stationed then; those of nobody stationed are not here.
    pub teams: Vec<Facet>,
    /// By the item of a checklist that they answer; those that answer none are not here.
    pub items: Vec<Facet>,
}

/// How many photos have something in common.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Facet {
    /// What: a code, a person, an item.
    pub key: String,
    /// What it is called; of people and teams.
    pub name: Option<String>,
    /// How many.
    pub count: i64,
}

/// Counts the photos that the filter takes.
pub async fn counts(app: &App, who: &Principal, filter: &PhotoFilter) -> Result<PhotoCounts, Problem> {
    let sought = sought(app, who, filter).await?;
    let (groups, more) = count::groups(&app.db.read, &sought).await?;
    let mut counts = counted(&groups);
    let teams = teams::counts(&app.db.read, &sought).await?;
    counts.teams = facets(teams.iter().map(|(team, photos)| (team.as_str(), *photos)));
    let names = one::team_names(&app.db.read, teams.into_keys().collect()).await?;
    for facet in &mut counts.teams {
        facet.name = names.get(&facet.key).cloned();
    }
    let names = one::names(&app.db.read, counts.people.iter().map(|facet| facet.key.clone()).collect()).await?;
    for facet in &mut counts.people {
        facet.name = names.get(&facet.key).cloned();
    }
    if more {
        counts.count = count::MOST as i64;
    }
    Ok(PhotoCounts { more, ..counts })
}

fn counted(groups: &[Group]) -> PhotoCounts {
    let of = |facet: &'static str| groups.iter().filter(move |group| group.facet == facet);
    let place = |group: &'_ Group| group.scope.find('/').unwrap_or(group.scope.len());
    PhotoCounts {
        // Every photo has one person.
        count: of(PERSON).map(|group| group.photos).sum(),
        more: false,
        places: facets(of(PERSON).map(|group| (&group.scope[..place(group)], group.photos))),
        people: facets(of(PERSON).map(|group| (group.key.as_str(), group.photos))),
        teams: Vec::new(),
        items: facets(of(ITEM).map(|group| (group.key.as_str(), group.photos))),
    }
}

/// Added up; the most first, of equally many by key.
fn facets<'g>(counted: impl Iterator<Item = (&'g str, i64)>) -> Vec<Facet> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (key, count) in counted {
        *sums.entry(key).or_default() += count;
    }
    let facet = |(key, count): (&str, i64)| Facet { key: key.to_owned(), name: None, count };
    let mut facets: Vec<Facet> = sums.into_iter().map(facet).collect();
    facets.sort_by_key(|facet| -facet.count);
    facets
}

/// Which part of the map, at which zoom.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MapQuery {
    /// Its western edge, degrees east in WGS-84; not above the eastern one.
    pub west: f64,
    /// Its southern edge, degrees north.
    pub south: f64,
    /// Its eastern edge.
    pub east: f64,
    /// Its northern edge.
    pub north: f64,
    /// The zoom of a web map, 0 to 22.
    pub zoom: u32,
}

/// Levels between a map's tile and the squares of its clusters: four by four of them a tile, each 64 pixels wide.
const SQUARES_BELOW: u32 = 2;
/// Most squares of an answer: a screen of 4,096 pixels by 4,096.
const MOST_SQUARES: i64 = 4_096;
const MOST_ZOOM: u32 = 22;

/// Photos on a map.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoMap {
    /// One a square of the grid that has any, from the west.
    pub clusters: Vec<ClusterView>,
    /// Whether there are more than 10,000 of them to be counted one by one, of which the newest 10,000 are here. From afar, by nothing but
    /// `place`, `from` and `to`, they are counted beforehand.
    pub more: bool,
}

/// Photos that are close to each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterView {
    /// Where they are on average.
    pub position: Degrees,
    /// How many.
    pub count: i64,
}

/// Clusters of the photos that the filter takes.
pub async fn clusters(app: &App, who: &Principal, filter: &PhotoFilter, asked: &MapQuery) -> Result<PhotoMap, Problem> {
    let bad = |detail: &str| Problem::new(ErrorCode::BadRequest, detail);
    if asked.zoom > MOST_ZOOM {
        return Err(bad("zoom: 0 to 22"));
    }
    let level = (asked.zoom + SQUARES_BELOW).min(FINEST);
    let window = Window::of(asked.west, asked.south, asked.east, asked.north);
    let window = window.ok_or_else(|| bad("west, south, east, north: degrees, west to east and south to north"))?;
    if window.count(level) > MOST_SQUARES {
        return Err(bad("the part of the map is too large for its zoom"));
    }
    let sought = sought(app, who, filter).await?;
    let (clusters, more) = map::clusters(&app.db.read, &sought, &window.whole(level), level).await?;
    let view = |c: &map::Cluster| ClusterView { position: mean(c.x, c.y, c.photos), count: c.photos };
    Ok(PhotoMap { clusters: clusters.values().map(view).collect(), more })
}

/// How many neighbours.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NeighbourQuery {
    /// Most on each side: 50 at most, 5 when missing.
    pub limit: Option<usize>,
}

/// What was taken before and after a photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct Neighbours {
    /// Before, the nearest in time first.
    pub before: Vec<PhotoView>,
    /// After, the nearest in time first.
    pub after: Vec<PhotoView>,
}

/// The neighbours in time of a photo, among those that the filter takes.
pub async fn neighbours(
    app: &App,
    who: &Principal,
    key: &[u8],
    filter: &PhotoFilter,
    asked: NeighbourQuery,
) -> Result<Neighbours, Problem> {
    let here = find(app, who, key).await?;
    let here = Mark { taken_ms: here.taken_ms, record: here.record };
    let sought = sought(app, who, filter).await?;
    let limit = asked.limit.unwrap_or(5).clamp(1, 50);
    let before = page::page(&app.db.read, &sought, Some(&here), Towards::Older, limit).await?;
    let after = page::page(&app.db.read, &sought, Some(&here), Towards::Newer, limit).await?;
    Ok(Neighbours { before: views(app, before).await?, after: views(app, after).await? })
}

/// The photo of that key, if they may see it.
pub(super) async fn find(app: &App, who: &Principal, key: &[u8]) -> Result<gallery::Model, Problem> {
    one::find(&app.db.read, &who.evidence_scopes(), key).await?.ok_or_else(|| ErrorCode::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_by_place_person_and_item() {
        let group = |scope: &str, facet: &str, key: &str, photos| Group {
            scope: scope.into(),
            facet: facet.into(),
            key: key.into(),
            photos,
        };
        let groups = [
            group("440811070201/inspection", PERSON, "a", 3),
            group("440811070201/inspection", ITEM, "roof", 3),
            group("440811070201/presence", PERSON, "b", 4),
            group("440811070201/inspection", PERSON, "a", 1),
            group("440811070201/inspection", ITEM, "roof", 1),
            group("zjedz.p.b/own", PERSON, "b", 1),
        ];
        let counts = counted(&groups);
        let told = |facets: &[Facet]| facets.iter().map(|f| (f.key.clone(), f.count)).collect::<Vec<_>>();
        assert_eq!(counts.count, 9);
        assert_eq!(told(&counts.places), [("440811070201".into(), 8), ("zjedz.p.b".into(), 1)]);
        assert_eq!(told(&counts.people), [("b".into(), 5), ("a".into(), 4)]);
        assert_eq!(told(&counts.items), [("roof".into(), 4)]);
    }
}
