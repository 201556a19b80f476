//! What drafts of the office need from the database before they become lines.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{Dot, Line, RecordKey, Standing, record::Fed, sign::Receipt};

use super::{apply, standings};
use crate::{
    storage::{
        entities::{line, record, standing},
        rows,
    },
    sync::{
        drafts::{Draft, Saw},
        intake::{InLine, Verified},
    },
};

/// For each draft the dots its author saw.
pub async fn seen<'d>(db: &impl ConnectionTrait, drafts: &'d [Draft]) -> Result<Vec<(&'d Draft, Vec<Dot>)>, DbErr> {
    let key = |d: &Draft| RecordKey::of(&d.scope, d.kind, &d.id).0.to_vec();
    let wanted = drafts.iter().filter(|d| d.saw == Saw::Current).map(key).collect();
    let bodies: HashMap<Vec<u8>, String> = rows::select_in::<record::Entity, _>(db, record::Column::Key, wanted)
        .await?
        .into_iter()
        .map(|row| (row.key, row.body))
        .collect();
    let seen = |draft: &Draft| match &draft.saw {
        Saw::These(dots) => dots.clone(),
        Saw::Current => {
            bodies.get(&key(draft)).and_then(|b| Fed::read(b).ok()).map_or_else(Vec::new, |fed| current(draft, &fed))
        }
    };
    Ok(drafts.iter().map(|draft| (draft, seen(draft))).collect())
}

fn current(draft: &Draft, fed: &Fed<'_>) -> Vec<Dot> {
    if draft.fields.contains_key("_deleted") {
        return fed.seen_for_deletion();
    }
    fed.seen_for(draft.fields.keys().map(String::as_str))
}

/// The standings of those lines of pushes that were there already.
pub async fn standings_of_known(
    db: &impl ConnectionTrait,
    pushes: &[Verified],
    fresh: &HashMap<Dot, Standing>,
) -> Result<HashMap<Dot, Standing>, DbErr> {
    let mut found = HashMap::new();
    for push in pushes {
        let known = |l: &&InLine| matches!(l.line, Line::Op(_) | Line::Unreadable(_)) && !fresh.contains_key(&l.dot);
        if push.lines.iter().any(|l| known(&l)) {
            let rows = standing::Entity::find()
                .filter(standing::Column::Install.eq(push.install.0.to_vec()))
                .filter(standing::Column::Seq.between(push.first as i64, push.last() as i64))
                .all(db)
                .await?;
            found.extend(rows.iter().filter_map(standings::read));
        }
    }
    Ok(found)
}

/// The operations that a receipt covers, of kinds for which it matters, of which the server knows only later receiving.
pub async fn notices_heard_later(db: &impl ConnectionTrait, receipt: &Receipt) -> Result<Vec<(Dot, String)>, DbErr> {
    let lines = line::Entity::find()
        .filter(line::Column::Install.eq(receipt.install.0.to_vec()))
        .filter(line::Column::Seq.between(receipt.from as i64, receipt.to as i64))
        .all(db)
        .await?;
    let mut notices: HashMap<Vec<u8>, (Dot, String)> = HashMap::new();
    for row in &lines {
        if let Some(Line::Op(op)) = row.read()
            && let Some((dot, scope)) = apply::notice(&op)
        {
            let key = RecordKey::of(&scope, "received", &dot.to_string());
            notices.insert(key.0.to_vec(), (dot, scope));
        }
    }
    for row in rows::select_in::<record::Entity, _>(db, record::Column::Key, notices.keys().cloned().collect()).await? {
        if earliest(&row.body).is_some_and(|at| at <= receipt.at) {
            notices.remove(&row.key);
        }
    }
    let mut later: Vec<(Dot, String)> = notices.into_values().collect();
    later.sort_unstable();
    Ok(later)
}

/// The earliest of the times that a `received` record holds.
fn earliest(body: &str) -> Option<i64> {
    let fed = Fed::read(body).ok()?;
    let values = fed.f.get("at").copied().into_iter().chain(fed.alt.get("at").into_iter().flatten().map(|b| b.v));
    values.filter_map(|v| v.get().parse().ok()).min()
}
