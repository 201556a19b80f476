//! Lines by name, read, with when they were written and whose they are: one statement a table, however many.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{Dot, InstallId, Line, Op, time::Corrected};

use crate::{
    storage::{
        dots,
        entities::{install, line, loose_line, person, record},
        rows,
    },
    sync::store::{append::install_id, times},
};

/// Operations of lines, by dot. What cannot be read is left out.
pub async fn operations(db: &impl ConnectionTrait, wanted: &[Dot]) -> Result<HashMap<Dot, Op>, DbErr> {
    use line::Column::{Hash, Install, Seq};
    let mut found = HashMap::with_capacity(wanted.len());
    for chunk in wanted.chunks(dots::A_STATEMENT) {
        let rows = line::Entity::find().filter(dots::among((Install, Seq, Hash), chunk)).all(db).await?;
        found.extend(rows.iter().filter_map(read).map(|op| (op.dot, op)));
    }
    Ok(found)
}

/// The operation of a stored line.
pub fn read(row: &line::Model) -> Option<Op> {
    match row.read()? {
        Line::Op(op) => Some(*op),
        _ => None,
    }
}

/// The corrected times of operations.
pub async fn times(db: &impl ConnectionTrait, ops: &[&Op]) -> Result<HashMap<Dot, Corrected>, DbErr> {
    use loose_line::Column::{Hash, Install, Seq};
    let own = |op: &&&Op| op.own_time().map(|time| (op.dot, time));
    let mut times: HashMap<Dot, Corrected> = ops.iter().filter_map(|op| own(&op)).collect();
    let loose: Vec<Dot> = ops.iter().map(|op| op.dot).filter(|dot| !times.contains_key(dot)).collect();
    for chunk in loose.chunks(dots::A_STATEMENT) {
        for row in loose_line::Entity::find().filter(dots::among((Install, Seq, Hash), chunk)).all(db).await? {
            if let Some(dot) = dots::dot(&row.install, row.seq, &row.hash) {
                times.insert(dot, times::corrected(&row));
            }
        }
    }
    Ok(times)
}

/// Whose these installs are, and which are a server's.
pub async fn owners(
    db: &impl ConnectionTrait,
    installs: BTreeSet<InstallId>,
) -> Result<HashMap<InstallId, (String, bool)>, DbErr> {
    let ids = installs.iter().map(|id| id.0.to_vec()).collect();
    let rows = rows::select_in::<install::Entity, _>(db, install::Column::Id, ids).await?;
    Ok(rows.into_iter().filter_map(|row| Some((install_id(&row.id)?, (row.person, row.server)))).collect())
}

/// What people are called, by their place names.
pub async fn names(db: &impl ConnectionTrait, persons: BTreeSet<String>) -> Result<HashMap<String, String>, DbErr> {
    let rows = rows::select_in::<person::Entity, _>(db, person::Column::Id, persons.into_iter().collect()).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.name?))).collect())
}

/// Bodies of records of which something stands, by key.
pub async fn bodies(db: &impl ConnectionTrait, keys: Vec<Vec<u8>>) -> Result<HashMap<Vec<u8>, String>, DbErr> {
    let rows = rows::select_in::<record::Entity, _>(db, record::Column::Key, keys).await?;
    Ok(rows.into_iter().filter(|row| !row.empty).map(|row| (row.key, row.body)).collect())
}
