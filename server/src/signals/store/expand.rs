//! Which photos the subjects of jobs name: a few statements, whatever their number.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait as _, Query},
};
use sync_protocol::RecordKey;
use zhucun_presence::day::Span;

use crate::{
    signals::subject::{self, Subject},
    storage::{
        Write,
        entities::{alike, photo, photo_visit, picture},
        jobs::JobKey,
        rows,
    },
};

/// So many stretches of time are one condition.
const A_STATEMENT: usize = 100;

/// Keys of photos' records; of some there may be no photo any more.
pub async fn photos(tx: &Write, subjects: impl Iterator<Item = Subject>) -> Result<BTreeSet<Vec<u8>>, DbErr> {
    let mut found = BTreeSet::new();
    let (mut bytes, mut keys, mut times, mut scopes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut named = BTreeSet::new();
    for subject in subjects {
        match subject {
            Subject::Photo(key) => {
                found.insert(key);
            }
            Subject::Bytes(sha256) => bytes.push(sha256),
            Subject::Of(key, kind, id) => {
                keys.push(key.0.to_vec());
                named.insert((kind, id));
            }
            Subject::Person(person, from_ms, to_ms) => times.push((person, from_ms, to_ms)),
            Subject::Village(code) => {
                scopes.extend(["presence", "inspection", "household"].map(|lane| format!("{code}/{lane}")));
            }
        }
    }
    for row in rows::select_in::<alike::Entity, _>(tx, alike::Column::One, bytes.clone()).await? {
        bytes.push(row.other);
    }
    found.extend(keys_of(of_bytes(tx, bytes).await?));
    found.extend(of_records(tx, keys, named).await?);
    found.extend(opened_between(tx, &times).await?);
    found.extend(keys_of(rows::select_in::<photo::Entity, _>(tx, photo::Column::Scope, scopes).await?));
    Ok(found)
}

/// The jobs of the photos about which these people's fixes of these times say something.
pub async fn jobs_about(tx: &Write, fixes: Vec<(String, Span)>) -> Result<Vec<JobKey>, DbErr> {
    let hours: BTreeSet<(String, i64)> =
        fixes.into_iter().filter_map(|(person, span)| Some((person, subject::hour_of(span)?))).collect();
    let times = hours.into_iter().filter_map(|(person, hour)| {
        let (from_ms, end_ms) = subject::around_hour(hour)?;
        Some((person, from_ms, end_ms))
    });
    let found = opened_between(tx, &times.collect::<Vec<_>>()).await?;
    Ok(found.iter().map(|key| subject::photo(key)).collect())
}

/// Of these records those of which there are photos: by what they are of, or by their visit.
pub async fn with_photos(tx: &Write, records: &[(RecordKey, &str, &str)]) -> Result<BTreeSet<RecordKey>, DbErr> {
    let ids = records.iter().map(|(_, _, id)| (*id).to_owned()).collect::<BTreeSet<String>>().into_iter().collect();
    let theirs = rows::select_in::<photo::Entity, _>(tx, photo::Column::SubjectId, ids).await?;
    let named: BTreeSet<(&str, &str)> =
        theirs.iter().filter_map(|photo| photo.subject_kind.as_deref().zip(photo.subject_id.as_deref())).collect();
    let keys = records.iter().map(|(key, ..)| key.0.to_vec()).collect();
    let visits = rows::select_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Visit, keys).await?;
    let visits: BTreeSet<Vec<u8>> = visits.into_iter().map(|row| row.visit).collect();
    let has = |(key, kind, id): &&(RecordKey, &str, &str)| named.contains(&(*kind, *id)) || visits.contains(&key.0[..]);
    Ok(records.iter().filter(has).map(|(key, ..)| *key).collect())
}

/// The photos that these people took in these times, and that were opened.
async fn opened_between(tx: &Write, times: &[(String, i64, i64)]) -> Result<Vec<Vec<u8>>, DbErr> {
    let mut found = Vec::new();
    for some in times.chunks(A_STATEMENT) {
        let about = some.iter().map(|(person, from_ms, to_ms)| {
            photo::Column::Person.eq(person).and(photo::Column::AtMs.gte(*from_ms)).and(photo::Column::AtMs.lt(*to_ms))
        });
        // What a file says is held against fixes; before it is opened nothing is.
        let opened = Query::select()
            .expr(Expr::val(1))
            .from(picture::Entity)
            .and_where(
                Expr::col((picture::Entity, picture::Column::Sha256))
                    .eq(Expr::col((photo::Entity, photo::Column::Sha256)))
                    .or(Expr::col((picture::Entity, picture::Column::Sha256))
                        .eq(Expr::col((photo::Entity, photo::Column::PreviewSha256)))),
            )
            .to_owned();
        let about =
            photo::Entity::find().filter(about.fold(Condition::any(), Condition::add)).filter(Expr::exists(opened));
        let keys: Vec<Vec<u8>> = about.select_only().column(photo::Column::Record).into_tuple().all(tx).await?;
        found.extend(keys);
    }
    Ok(found)
}

/// The photos that have one of these as original or preview.
pub async fn of_bytes(tx: &Write, mut bytes: Vec<Vec<u8>>) -> Result<Vec<photo::Model>, DbErr> {
    bytes.sort_unstable();
    bytes.dedup();
    let mut found = rows::select_in::<photo::Entity, _>(tx, photo::Column::Sha256, bytes.clone()).await?;
    found.extend(rows::select_in::<photo::Entity, _>(tx, photo::Column::PreviewSha256, bytes).await?);
    Ok(found)
}

/// The photos of these records, and all photos of those that are visits.
async fn of_records(
    tx: &Write,
    keys: Vec<Vec<u8>>,
    named: BTreeSet<(String, String)>,
) -> Result<impl Iterator<Item = Vec<u8>>, DbErr> {
    let ids = named.iter().map(|(_, id)| id.clone()).collect();
    let mut theirs = rows::select_in::<photo::Entity, _>(tx, photo::Column::SubjectId, ids).await?;
    theirs.retain(|photo| {
        let subject = photo.subject_kind.clone().zip(photo.subject_id.clone());
        subject.is_some_and(|subject| named.contains(&subject))
    });
    let visits = rows::select_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Visit, keys).await?;
    Ok(keys_of(theirs).chain(visits.into_iter().map(|row| row.record)))
}

fn keys_of(photos: Vec<photo::Model>) -> impl Iterator<Item = Vec<u8>> {
    photos.into_iter().map(|photo| photo.record)
}
