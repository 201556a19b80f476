//! To which visit photos belong: the record that a photo is of, or the visit that this record names.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DbErr;
use serde::Deserialize;
use sync_protocol::RecordKey;

use super::load::records;
use crate::{
    signals::subject::key_of,
    storage::{
        Write,
        entities::{photo, photo_visit},
        rows,
    },
};

/// Brings the visits of these photos up to date; gives the keys of the visits that one of them joined or left.
pub async fn settle(tx: &Write, wanted: &BTreeSet<Vec<u8>>, photos: &[photo::Model]) -> Result<Vec<Vec<u8>>, DbErr> {
    let keys: Vec<Vec<u8>> = wanted.iter().cloned().collect();
    let known = rows::select_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Record, keys).await?;
    let mut known: BTreeMap<Vec<u8>, Vec<u8>> = known.into_iter().map(|row| (row.record, row.visit)).collect();
    let (mut now, mut touched) = (Vec::new(), Vec::new());
    for (record, visit) in of(tx, photos).await? {
        let before = known.remove(&record);
        if before.as_ref() != Some(&visit) {
            touched.extend(before);
            touched.push(visit.clone());
            now.push(photo_visit::Model { record, visit });
        }
    }
    rows::upsert::<photo_visit::Entity>(tx, now).await?;
    let (gone, left): (Vec<_>, Vec<_>) = known.into_iter().unzip();
    rows::delete_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Record, gone).await?;
    touched.extend(left);
    Ok(touched)
}

/// The visit of each photo that has one. Only its key: the visit itself may come later.
async fn of(tx: &Write, photos: &[photo::Model]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, DbErr> {
    let mut between = BTreeMap::new();
    let mut found = BTreeMap::new();
    for photo in photos {
        let Some((kind, id)) = photo.subject_kind.as_deref().zip(photo.subject_id.as_deref()) else { continue };
        let key = key_of(&photo.scope, kind, id).0.to_vec();
        if kind == "visit" {
            found.insert(photo.record.clone(), key);
        } else {
            between.entry(key).or_insert_with(Vec::new).push(&photo.record);
        }
    }
    for (key, record) in records(tx, between.keys().cloned().collect()).await? {
        let Some(visit) = visit_named(&record.body) else { continue };
        let visit = RecordKey::of(&record.scope, "visit", &visit).0.to_vec();
        let photos = between.get(&key).into_iter().flatten();
        found.extend(photos.map(|photo| ((*photo).clone(), visit.clone())));
    }
    Ok(found)
}

/// The visit that a record names (`PROTOCOL.md`, section 10).
fn visit_named(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        f: Option<Fields>,
    }
    #[derive(Deserialize)]
    struct Fields {
        visit: Option<String>,
    }
    serde_json::from_str::<Body>(body).ok()?.f?.visit
}
