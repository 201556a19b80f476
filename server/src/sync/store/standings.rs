//! Standings in the database: a row for each operation that is not simply applied, and its derived record in the author's own feed.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::json;
use sync_protocol::{
    Code, Dot, RecordKey, Standing, State,
    ids::sha256,
    record::{self, RecordName},
};

use super::append::install_id;
use crate::storage::{Write, dots, entities::standing, feed::Derived, rows};

/// A standing with what it is about.
pub struct Placed<'a> {
    /// The operation.
    pub dot: Dot,
    /// The record it writes; none of an unreadable line.
    pub record: Option<(RecordKey, RecordName<'a>)>,
    /// Where it stands.
    pub standing: Standing,
    /// Whose it is, if known.
    pub author: Option<&'a str>,
}

/// The rows of these records, by dot.
pub async fn of_records(db: &impl ConnectionTrait, keys: &[RecordKey]) -> Result<HashMap<Dot, Standing>, DbErr> {
    let keys = keys.iter().map(|k| k.0.to_vec()).collect();
    let rows = rows::select_in::<standing::Entity, _>(db, standing::Column::Record, keys).await?;
    Ok(rows.iter().filter_map(read).collect())
}

/// The dot and standing of a row.
pub fn read(row: &standing::Model) -> Option<(Dot, Standing)> {
    let dot =
        Dot { install: install_id(&row.install)?, seq: row.seq as u64, hash: row.hash.as_slice().try_into().ok()? };
    Some((dot, Standing::with(Code::parse(&row.code)?, row.detail.clone())))
}

/// Writes what changed; `before` are the rows as they were. Gives the derived records that tell the authors.
pub async fn write(tx: &Write, placed: &[Placed<'_>], before: &HashMap<Dot, Standing>) -> Result<Vec<Derived>, DbErr> {
    let (mut put, mut gone, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for p in placed {
        let was = before.get(&p.dot);
        let applied = p.standing.state() == State::Applied;
        if was == Some(&p.standing) || (was.is_none() && applied) {
            continue;
        }
        if applied {
            gone.push(p.dot);
        } else {
            put.push(row(p));
        }
        told.extend(p.author.map(|author| derived(p, author)));
    }
    rows::upsert::<standing::Entity>(tx, put).await?;
    remove(tx, &gone).await?;
    Ok(told)
}

fn row(p: &Placed<'_>) -> standing::Model {
    let text = |f: fn(&RecordName<'_>) -> String| p.record.as_ref().map_or_else(String::new, |(_, name)| f(name));
    standing::Model {
        install: p.dot.install.0.to_vec(),
        seq: p.dot.seq as i64,
        hash: p.dot.hash.to_vec(),
        record: p.record.map(|(key, _)| key.0.to_vec()),
        code: p.standing.code.name().to_owned(),
        detail: p.standing.detail.clone(),
        scope: text(|n| n.scope.to_owned()),
        kind: text(|n| n.kind.to_owned()),
        id: text(|n| n.id.to_owned()),
    }
}

/// Removes rows.
pub async fn remove(tx: &Write, of: &[Dot]) -> Result<(), DbErr> {
    use standing::Column::{Hash, Install, Seq};
    for chunk in of.chunks(dots::A_STATEMENT) {
        standing::Entity::delete_many().filter(dots::among((Install, Seq, Hash), chunk)).exec(tx).await?;
    }
    Ok(())
}

/// The body of the derived record that tells the author how it stands.
pub fn told(p: &Placed<'_>, author: &str) -> String {
    let d = derived(p, author);
    record::derived_body(RecordName { scope: &d.scope, kind: d.kind, id: &d.id }, &d.fields, &d.inputs)
}

fn derived(p: &Placed<'_>, author: &str) -> Derived {
    let (zh, en) = p.standing.code.sentence();
    let fields = json!({
        "code": p.standing.code.name(),
        "detail": p.standing.detail,
        "record": p.record.map(|(_, name)| [name.scope, name.kind, name.id]),
        "sentence": zh,
        "sentence_en": en,
        "standing": p.standing.state().name(),
    })
    .to_string();
    Derived {
        scope: format!("{author}/own"),
        kind: "standing",
        id: p.dot.to_string(),
        inputs: hex::encode(&sha256(&[fields.as_bytes()])[..16]),
        fields,
    }
}
