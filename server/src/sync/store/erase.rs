//! Taking the bytes of erased operations away. It is done where their records are settled, so that it makes no difference whether the line
//! or its erasure came first, or the line again.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{Dot, Line, erase};

use crate::storage::{Write, entities::line, rows};

/// Of these lines, which are stored, nothing but hash and skeleton is left.
pub async fn lines(tx: &Write, dots: &HashSet<Dot>) -> Result<(), DbErr> {
    for chunk in dots.iter().collect::<Vec<_>>().chunks(200) {
        let mut any = Condition::any();
        for dot in chunk {
            let one = Condition::all()
                .add(line::Column::Install.eq(dot.install.0.to_vec()))
                .add(line::Column::Seq.eq(dot.seq as i64))
                .add(line::Column::Hash.eq(dot.hash.to_vec()));
            any = any.add(one);
        }
        let found = line::Entity::find().filter(any).all(tx).await?;
        rows::upsert::<line::Entity>(tx, found.into_iter().filter_map(erased).collect()).await?;
    }
    Ok(())
}

fn erased(row: line::Model) -> Option<line::Model> {
    let Some(Line::Op(op)) = row.read() else { return None };
    let hash = row.line_hash().to_vec();
    Some(line::Model { bytes: erase::skeleton(&op), erased: Some(hash), ..row })
}
