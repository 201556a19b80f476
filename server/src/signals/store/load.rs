//! Reads what is around many photos at once, as the judge takes it.

use std::collections::{BTreeMap, BTreeSet};

use mobile_schema::{Datum, VillageCode, to_wgs84};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::ExprTrait as _,
};
use sync_protocol::RecordKey;
use zhucun_presence::{
    day::{Calendar, HOUR_MS, Span},
    fence::Fence,
};

use super::expand::of_bytes;
use crate::{
    signals::{
        exif::{ABOUT_MS, Clock, Position, Spot, datum},
        judge::{Around, Photo},
        reuse::Used,
        subject::middle,
    },
    storage::{
        Write,
        entities::{alike, fence, fix, photo, photo_visit, picture, record, signal, visit},
        rows,
    },
};

/// So many other uses of its picture, the most alike and then the first by their keys, a photo is held against: a phone that sends one picture ten
/// thousand times must not cost as many times as many.
const MOST_USES: usize = 50;
/// Fixes within so much more are read, as their own time spans up to an hour.
const SPAN_MS: i64 = HOUR_MS;
/// So many stretches of time are one condition.
const A_STATEMENT: usize = 100;

/// The photos of these keys.
pub async fn photos(tx: &Write, keys: Vec<Vec<u8>>) -> Result<Vec<photo::Model>, DbErr> {
    rows::select_in::<photo::Entity, _>(tx, photo::Column::Record, keys).await
}

/// The records of these keys.
pub async fn records(tx: &Write, keys: Vec<Vec<u8>>) -> Result<BTreeMap<Vec<u8>, record::Model>, DbErr> {
    let found = rows::select_in::<record::Entity, _>(tx, record::Column::Key, keys).await?;
    Ok(found.into_iter().map(|row| (row.key.clone(), row)).collect())
}

/// The photos that were told of one of these: what is said of two is said of both.
pub async fn told_of(tx: &Write, photos: &BTreeSet<Vec<u8>>) -> Result<Vec<Vec<u8>>, DbErr> {
    let said =
        rows::select_in::<signal::Entity, _>(tx, signal::Column::Record, photos.iter().cloned().collect()).await?;
    Ok(said.into_iter().map(|row| row.other).filter(|other| !other.is_empty()).collect())
}

/// All photos that have bytes of one of these, or a picture that looks like one of theirs.
pub async fn uses(tx: &Write, photos: &[photo::Model]) -> Result<Vec<photo::Model>, DbErr> {
    let mut bytes: BTreeSet<Vec<u8>> = photos.iter().flat_map(bytes_of).cloned().collect();
    let alike = rows::select_in::<alike::Entity, _>(tx, alike::Column::One, bytes.iter().cloned().collect()).await?;
    bytes.extend(alike.into_iter().map(|row| row.other));
    of_bytes(tx, bytes.into_iter().collect()).await
}

/// Those of which there can be a signal: whose file was opened, or whose bytes are promised twice.
pub async fn speaking(tx: &Write, photos: Vec<photo::Model>) -> Result<Vec<photo::Model>, DbErr> {
    let opened = told(tx, photos.iter()).await?;
    let mut promised: BTreeMap<&Vec<u8>, usize> = BTreeMap::new();
    for bytes in photos.iter().flat_map(bytes_of) {
        *promised.entry(bytes).or_default() += 1;
    }
    let speaks =
        |photo: &photo::Model| bytes_of(photo).any(|sha256| opened.contains_key(sha256) || promised[sha256] > 1);
    let speaks: Vec<bool> = photos.iter().map(speaks).collect();
    Ok(photos.into_iter().zip(speaks).filter(|(_, speaks)| *speaks).map(|(photo, _)| photo).collect())
}

/// What a file says of itself.
#[derive(Debug, Clone, FromQueryResult)]
struct Told {
    sha256: Vec<u8>,
    taken_local_ms: Option<i64>,
    taken_offset_min: Option<i64>,
    lat: Option<f64>,
    lon: Option<f64>,
    datum: Option<String>,
    make: Option<String>,
    model: Option<String>,
}

/// What was read, each by its key.
struct Read<'a> {
    calendar: &'a Calendar,
    /// By the record of the photo.
    visit_of: BTreeMap<Vec<u8>, Vec<u8>>,
    visits: BTreeMap<Vec<u8>, visit::Model>,
    told: BTreeMap<Vec<u8>, Told>,
    alike: BTreeMap<Vec<u8>, Vec<(Vec<u8>, f64)>>,
    by_bytes: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, photo::Model>>,
    by_visit: BTreeMap<Vec<u8>, Vec<photo::Model>>,
    fixes: BTreeMap<String, Vec<fix::Model>>,
    fences: BTreeMap<String, Vec<Fence>>,
}

/// Each photo as the judge sees it, and what is around it, by the key of its record.
pub async fn around(
    tx: &Write,
    calendar: &Calendar,
    photos: &[photo::Model],
) -> Result<BTreeMap<Vec<u8>, (Photo, Around)>, DbErr> {
    let read = read(tx, calendar, photos).await?;
    let one = |row: &photo::Model| {
        let photo = read.photo(row)?;
        let around = read.around(row, &photo);
        Some((row.record.clone(), (photo, around)))
    };
    Ok(photos.iter().filter_map(one).collect())
}

async fn read<'a>(tx: &Write, calendar: &'a Calendar, photos: &[photo::Model]) -> Result<Read<'a>, DbErr> {
    let mut bytes: BTreeSet<Vec<u8>> = photos.iter().flat_map(bytes_of).cloned().collect();
    let mut alike_of: BTreeMap<Vec<u8>, Vec<(Vec<u8>, f64)>> = BTreeMap::new();
    for row in rows::select_in::<alike::Entity, _>(tx, alike::Column::One, bytes.iter().cloned().collect()).await? {
        bytes.insert(row.other.clone());
        alike_of.entry(row.one).or_default().push((row.other, row.agreement));
    }
    let uses = of_bytes(tx, bytes.into_iter().collect()).await?;
    let mut by_bytes: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, photo::Model>> = BTreeMap::new();
    for photo in &uses {
        for sha256 in bytes_of(photo) {
            by_bytes.entry(sha256.clone()).or_default().insert(photo.record.clone(), photo.clone());
        }
    }
    let keys: BTreeSet<Vec<u8>> = photos.iter().chain(&uses).map(|photo| photo.record.clone()).collect();
    let links =
        rows::select_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Record, keys.into_iter().collect()).await?;
    let mut visit_of: BTreeMap<Vec<u8>, Vec<u8>> = links.into_iter().map(|row| (row.record, row.visit)).collect();
    let visit_keys: BTreeSet<Vec<u8>> = visit_of.values().cloned().collect();
    let visits =
        rows::select_in::<visit::Entity, _>(tx, visit::Column::Record, visit_keys.into_iter().collect()).await?;

    let own_visits: BTreeSet<Vec<u8>> =
        photos.iter().filter_map(|photo| visit_of.get(&photo.record).cloned()).collect();
    let links =
        rows::select_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Visit, own_visits.into_iter().collect())
            .await?;
    visit_of.extend(links.iter().map(|row| (row.record.clone(), row.visit.clone())));
    let companions = self::photos(tx, links.into_iter().map(|row| row.record).collect()).await?;
    let told = told(tx, photos.iter().chain(&companions)).await?;
    let mut by_visit: BTreeMap<Vec<u8>, Vec<photo::Model>> = BTreeMap::new();
    for photo in companions {
        if let Some(visit) = visit_of.get(&photo.record) {
            by_visit.entry(visit.clone()).or_default().push(photo);
        }
    }
    let visits = visits.into_iter().map(|row| (row.record.clone(), row)).collect();
    let mut read = Read {
        calendar,
        visit_of,
        visits,
        told,
        alike: alike_of,
        by_bytes,
        by_visit,
        fixes: BTreeMap::new(),
        fences: BTreeMap::new(),
    };
    let placed: Vec<&photo::Model> = photos.iter().filter(|photo| read.spot(photo).is_some()).collect();
    let villages: BTreeSet<String> = placed.iter().filter_map(|photo| read.village(photo)).collect();
    for row in rows::select_in::<fence::Entity, _>(tx, fence::Column::Village, villages.into_iter().collect()).await? {
        let fence = Fence::read(row.record, &row.from_day, row.to_day.as_deref(), &row.datum, &row.geometry);
        read.fences.entry(row.village).or_default().extend(fence);
    }
    read.fixes = fixes(tx, &placed).await?;
    Ok(read)
}

async fn told(tx: &Write, photos: impl Iterator<Item = &photo::Model>) -> Result<BTreeMap<Vec<u8>, Told>, DbErr> {
    use picture::Column::{Datum, Lat, Lon, Make, Model, Sha256, TakenLocalMs, TakenOffsetMin};
    let bytes: BTreeSet<&Vec<u8>> = photos.flat_map(bytes_of).collect();
    let mut told = BTreeMap::new();
    for list in rows::lists(&bytes.into_iter().cloned().collect::<Vec<_>>()) {
        let found = picture::Entity::find().filter(Sha256.is_in(list)).select_only();
        let found = found.columns([Sha256, TakenLocalMs, TakenOffsetMin, Lat, Lon, Datum, Make, Model]);
        told.extend(found.into_model::<Told>().all(tx).await?.into_iter().map(|row| (row.sha256.clone(), row)));
    }
    Ok(told)
}

/// The fixes of those who took these photos, about then.
async fn fixes(tx: &Write, photos: &[&photo::Model]) -> Result<BTreeMap<String, Vec<fix::Model>>, DbErr> {
    let times: BTreeSet<(&str, i64)> =
        photos.iter().filter_map(|photo| Some((photo.person.as_str(), photo.at_ms?))).collect();
    let times: Vec<(&str, i64)> = times.into_iter().collect();
    let mut found: BTreeMap<Vec<u8>, fix::Model> = BTreeMap::new();
    for some in times.chunks(A_STATEMENT) {
        let about = some.iter().map(|(person, at_ms)| {
            let about = fix::Column::LoMs.between(at_ms - ABOUT_MS - SPAN_MS, at_ms + ABOUT_MS);
            fix::Column::Person.eq(*person).and(about)
        });
        let about = fix::Entity::find().filter(about.fold(Condition::any(), Condition::add)).all(tx).await?;
        found.extend(about.into_iter().map(|row| (row.record.clone(), row)));
    }
    let mut fixes: BTreeMap<String, Vec<fix::Model>> = BTreeMap::new();
    for (_, row) in found {
        fixes.entry(row.person.clone()).or_default().push(row);
    }
    Ok(fixes)
}

impl Read<'_> {
    fn visit(&self, photo: &photo::Model) -> Option<&visit::Model> {
        self.visits.get(self.visit_of.get(&photo.record)?)
    }

    /// That of the visit; else that of the scope.
    fn village(&self, photo: &photo::Model) -> Option<String> {
        let of_scope = || VillageCode::parse(photo.scope.split_once('/')?.0).map(|village| village.to_string());
        self.visit(photo).and_then(|visit| visit.village.clone()).or_else(of_scope)
    }

    /// What the original says, or, where that did not come or says nothing, the preview.
    fn said<T>(&self, photo: &photo::Model, of: impl Fn(&Told) -> Option<T>) -> Option<T> {
        bytes_of(photo).find_map(|sha256| of(self.told.get(sha256)?))
    }

    fn spot(&self, photo: &photo::Model) -> Option<Spot> {
        let spot =
            |told: &Told| Some(Spot { lat: told.lat?, lon: told.lon?, datum: told.datum.as_deref().and_then(datum) });
        self.said(photo, spot)
    }

    fn clock(&self, photo: &photo::Model) -> Option<Clock> {
        let clock = |told: &Told| {
            let local_ms = told.taken_local_ms?;
            let taken_ms = match told.taken_offset_min {
                Some(minutes) => local_ms - minutes * 60_000,
                None => self.calendar.utc_ms(local_ms)?,
            };
            Some(Clock { taken_ms, offset_stated: told.taken_offset_min.is_some() })
        };
        self.said(photo, clock)
    }

    fn photo(&self, row: &photo::Model) -> Option<Photo> {
        let camera = |told: &Told| match (&told.make, &told.model) {
            (Some(make), Some(model)) => Some(format!("{make} {model}")),
            (make, model) => model.clone().or_else(|| make.clone()),
        };
        Some(Photo {
            key: key(&row.record)?,
            person: row.person.clone(),
            install: row.install.clone(),
            village: self.village(row),
            visit: self.visit_of.get(&row.record).and_then(|visit| key(visit)),
            at_ms: row.at_ms,
            day: row.at_ms.map(|at| self.calendar.day_of(at)),
            camera: self.said(row, camera),
        })
    }

    fn around(&self, row: &photo::Model, photo: &Photo) -> Around {
        let fences = photo.village.as_ref().and_then(|village| self.fences.get(village));
        let fence = fences.zip(photo.day).and_then(|(fences, day)| Fence::on(fences, day)?.shape.clone().ok());
        let companions = self.visit_of.get(&row.record).and_then(|visit| self.by_visit.get(visit));
        Around {
            uses: self.uses(row),
            clock: self.clock(row),
            spot: self.spot(row),
            visit_ms: self.visit(row).and_then(|visit| Span { lo_ms: visit.lo_ms, hi_ms: visit.hi_ms }.closed()),
            positions: self.fixes.get(&row.person).into_iter().flatten().filter_map(position).collect(),
            fence,
            companions: companions.into_iter().flatten().filter_map(|row| self.photo(row)).collect(),
        }
    }

    /// Other records of the same bytes, and of pictures that look alike; each once, as the most that is known of it.
    fn uses(&self, row: &photo::Model) -> Vec<(Photo, Used)> {
        let mut found: BTreeMap<&Vec<u8>, (f64, &photo::Model, Used)> = BTreeMap::new();
        let mut add = |sha256: &Vec<u8>, agreement: f64, used: Used| {
            for (record, photo) in
                self.by_bytes.get(sha256).into_iter().flatten().filter(|(key, _)| **key != row.record)
            {
                let known = found.entry(record).or_insert((agreement, photo, used));
                if known.0 < agreement {
                    *known = (agreement, photo, used);
                }
            }
        };
        for one in bytes_of(row) {
            // More than any agreement of two pictures.
            add(one, 2.0, Used::Bytes);
            for (other, agreement) in self.alike.get(one).into_iter().flatten() {
                add(other, *agreement, Used::Alike(*agreement));
            }
        }
        let mut found: Vec<(f64, &photo::Model, Used)> = found.into_values().collect();
        found.sort_by(|(a, one, _), (b, other, _)| b.total_cmp(a).then_with(|| one.record.cmp(&other.record)));
        found.truncate(MOST_USES);
        found.into_iter().filter_map(|(_, row, used)| Some((self.photo(row)?, used))).collect()
    }
}

/// The bytes that it promises, the original first.
fn bytes_of(photo: &photo::Model) -> impl Iterator<Item = &Vec<u8>> {
    [&photo.sha256, &photo.preview_sha256].into_iter().flatten()
}

/// Where a phone was; none where that is not to be relied on.
fn position(row: &fix::Model) -> Option<Position> {
    let datum = row.datum.as_deref().and_then(Datum::parse)?;
    let (lo_ms, hi_ms) = row.lo_ms.zip(row.hi_ms).filter(|(lo, hi)| hi - lo <= SPAN_MS)?;
    Some(Position {
        key: key(&row.record)?,
        at: to_wgs84(datum, row.lat, row.lon).filter(|_| !row.mock)?,
        accuracy_m: row.accuracy_m?,
        at_ms: middle(lo_ms, hi_ms),
    })
}

fn key(bytes: &[u8]) -> Option<RecordKey> {
    bytes.try_into().ok().map(RecordKey)
}
