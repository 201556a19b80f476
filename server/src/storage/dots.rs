//! Dots as rows have them: in three columns.

use sea_orm::{ColumnTrait, Condition};
use sync_protocol::{Dot, InstallId};

/// So many dots are one condition: databases limit how deep it may be.
pub const A_STATEMENT: usize = 200;

/// The dot in these columns.
pub fn dot(install: &[u8], seq: i64, hash: &[u8]) -> Option<Dot> {
    Some(Dot { install: InstallId(install.try_into().ok()?), seq: seq as u64, hash: hash.try_into().ok()? })
}

/// Rows that have any of these dots, at most [`A_STATEMENT`] of them, in the columns install, seq and hash.
pub fn among<C: ColumnTrait>((install, seq, hash): (C, C, C), dots: &[Dot]) -> Condition {
    dots.iter().fold(Condition::any(), |any, dot| {
        let one = Condition::all()
            .add(install.eq(dot.install.0.to_vec()))
            .add(seq.eq(dot.seq as i64))
            .add(hash.eq(dot.hash.to_vec()));
        any.add(one)
    })
}
