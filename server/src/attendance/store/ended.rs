//! Which villages ended, and what they were merged into.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use zhucun_presence::{day::parse, ended::Ended};

use crate::storage::{entities::place, rows};

/// Of these villages those that ended, with all that they became since: one statement, and one more for each merger in a row.
pub async fn ended(db: &impl ConnectionTrait, mut villages: BTreeSet<String>) -> Result<Ended, DbErr> {
    use place::Column::{Id, Successor, ToDay};
    let (mut ended, mut asked) = (Ended::default(), BTreeSet::new());
    while !villages.is_empty() {
        let mut found: Vec<(String, String, String)> = Vec::new();
        for list in rows::lists(&villages.iter().cloned().collect::<Vec<_>>()) {
            let of_list = place::Entity::find().filter(Id.is_in(list)).filter(ToDay.is_not_null());
            let of_list = of_list.filter(Successor.is_not_null()).select_only().columns([Id, ToDay, Successor]);
            found.extend(of_list.into_tuple::<(String, String, String)>().all(db).await?);
        }
        asked.append(&mut villages);
        for (village, to_day, successor) in found {
            let Some(last) = parse(&to_day) else { continue };
            villages.extend((!asked.contains(&successor)).then(|| successor.clone()));
            ended.note(village, last, successor);
        }
    }
    Ok(ended)
}
