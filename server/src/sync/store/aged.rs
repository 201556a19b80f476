//! After an upgrade: which records another build settled, by another version of their kind's schema. They are settled again, for they are
//! fed in the newest version, and a line that the older one refused may stand by the newest.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sync_protocol::{RecordKey, schema};

use crate::storage::{
    Write,
    entities::{record, setting, standing},
    rows,
};

/// The setting that holds the versions by which all records are settled.
const VERSIONS: &str = "schema_versions";

type Versions = BTreeMap<String, u32>;

/// The versions that this build knows.
fn known() -> Versions {
    schema::KINDS.iter().filter_map(|k| schema::kind(k.name)).map(|k| (k.name.to_owned(), k.version)).collect()
}

/// The kinds of which records may be settled by another version than this build's.
pub async fn kinds(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let row = setting::Entity::find_by_id(VERSIONS).one(db).await?;
    // A database from before this was noted has the first version of everything.
    let settled: Versions = row.and_then(|row| serde_json::from_str(&row.value).ok()).unwrap_or_default();
    let aged = known().into_iter().filter(|(kind, version)| settled.get(kind).unwrap_or(&1) != version);
    Ok(aged.map(|(kind, _)| kind).collect())
}

/// So many records of these kinds, in the order of their keys, behind that one: those that stand, and those with an operation that does not.
pub async fn records(
    db: &impl ConnectionTrait,
    kinds: &[String],
    behind: Option<RecordKey>,
    limit: u64,
) -> Result<Vec<RecordKey>, DbErr> {
    let behind = behind.map_or(Vec::new(), |key| key.0.to_vec());
    let stand = record::Entity::find()
        .select_only()
        .column(record::Column::Key)
        .filter(record::Column::Kind.is_in(kinds))
        .filter(record::Column::Derived.eq(false))
        .filter(record::Column::Key.gt(behind.clone()))
        .order_by_asc(record::Column::Key)
        .limit(limit);
    let wait = standing::Entity::find()
        .select_only()
        .column(standing::Column::Record)
        .distinct()
        .filter(standing::Column::Kind.is_in(kinds))
        .filter(standing::Column::Record.gt(behind))
        .order_by_asc(standing::Column::Record)
        .limit(limit);
    let stand: Vec<Vec<u8>> = stand.into_tuple().all(db).await?;
    let wait: Vec<Vec<u8>> = wait.into_tuple().all(db).await?;
    let keys: BTreeSet<Vec<u8>> = stand.into_iter().chain(wait).collect();
    let keys = keys.iter().filter_map(|key| Some(RecordKey(key.as_slice().try_into().ok()?)));
    Ok(keys.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// Notes that all records are settled by the versions that this build knows.
pub async fn note(tx: &Write) -> Result<(), DbErr> {
    let value = serde_json::to_string(&known()).map_err(|e| DbErr::Json(e.to_string()))?;
    rows::upsert::<setting::Entity>(tx, vec![setting::Model { name: VERSIONS.to_owned(), value }]).await
}
