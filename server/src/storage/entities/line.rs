//! The lines: the truth. Everything that is not an exception named in ARCHITECTURE.md can be made again from here.

use sea_orm::entity::prelude::*;
use sync_protocol::{Dot, Hash, Line, chain, erase, line};

use crate::storage::dots;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "line")]
pub struct Model {
    /// Install, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub install: Vec<u8>,
    /// Seq.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// First 8 bytes of its hash.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// Key of the record it writes; none for `time` lines, blanks and unreadable ones.
    pub record: Option<Vec<u8>>,
    /// The line; of an erased one its skeleton.
    pub bytes: Vec<u8>,
    /// The whole hash of a line that was erased: its bytes are gone, and cannot be hashed any more.
    pub erased: Option<Vec<u8>>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What it says: of an erased line the operation without its values. None of a row that is not as it was written.
    pub fn read(&self) -> Option<Line> {
        let dot = self.dot()?;
        match self.erased {
            None => Some(line::read(dot.install, dot.seq, &self.bytes)),
            Some(_) => erase::read(dot, &self.bytes).map(|op| Line::Op(Box::new(op))),
        }
    }

    /// Its name.
    pub fn dot(&self) -> Option<Dot> {
        dots::dot(&self.install, self.seq, &self.hash)
    }

    /// Its place in the chain.
    pub fn line_hash(&self) -> Hash {
        match &self.erased {
            None => chain::line_hash(&self.bytes),
            Some(hash) => hash.as_slice().try_into().unwrap_or_default(),
        }
    }
}
