//! The standings of lines that cannot be read, made again: no record leads to them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::ExprTrait as _};
use sync_protocol::{Code, Dot, InstallId, Line, Standing};

use super::standings;
use crate::storage::{
    Write,
    entities::{install, line, standing},
};

/// Makes those of these installs again.
pub async fn rebuild(tx: &Write, installs: &[(InstallId, Option<u64>)]) -> Result<(), DbErr> {
    for (id, _) in installs {
        let found = unreadable(tx, *id).await?;
        let of_install = standing::Column::Install.eq(id.0.to_vec());
        let named_no_record = of_install.and(standing::Column::Record.is_null());
        let stored = standing::Entity::find().filter(named_no_record).all(tx).await?;
        let before: HashMap<Dot, Standing> = stored.iter().filter_map(standings::read).collect();
        if found.is_empty() && before.is_empty() {
            continue;
        }
        let row = install::Entity::find_by_id(id.0.to_vec()).one(tx).await?;
        let author = row.as_ref().map(|row| row.person.as_str()).filter(|person| !person.is_empty());
        let placed: Vec<standings::Placed<'_>> = found
            .iter()
            .map(|(dot, standing)| standings::Placed { dot: *dot, record: None, standing: standing.clone(), author })
            .collect();
        let told = standings::write(tx, &placed, &before).await?;
        crate::storage::feed::put_derived(tx, told).await?;
        let there: BTreeSet<Dot> = found.iter().map(|(dot, _)| *dot).collect();
        let gone: Vec<Dot> = before.into_keys().filter(|dot| !there.contains(dot)).collect();
        standings::remove(tx, &gone).await?;
    }
    Ok(())
}

async fn unreadable(tx: &Write, id: InstallId) -> Result<Vec<(Dot, Standing)>, DbErr> {
    let without_record = line::Column::Install.eq(id.0.to_vec()).and(line::Column::Record.is_null());
    let rows = line::Entity::find().filter(without_record).all(tx).await?;
    let one = |row: &line::Model| match row.read()? {
        Line::Unreadable(why) => {
            let dot = Dot::new(id, row.seq as u64, &row.line_hash());
            Some((dot, Standing::with(Code::Unreadable, why.code())))
        }
        _ => None,
    };
    Ok(rows.iter().filter_map(one).collect())
}
