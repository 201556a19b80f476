//! What is noted of each look at a photo. Pure.
//!
//! Noted is who sees a photo so that people and homes can be told: its bytes as they came, its large rendition, every copy. A thumbnail in a
//! list is not. It is noted before anything is given out.

use sync_protocol::{Hash, InstallId};

use crate::{
    error::{ErrorCode, Problem},
    storage::entities::{photo, photo_view},
};

/// Most characters of a reason.
const WHY_MAX: usize = 500;

/// As what a photo was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The bytes as they came, of an original or of a phone's preview.
    Original,
    /// The large rendition.
    Large,
    /// A copy with its origin drawn into it.
    Watermarked,
    /// The original, among others in an archive.
    Archived,
}

impl What {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            What::Original => "original",
            What::Large => "large",
            What::Watermarked => "watermarked",
            What::Archived => "archived",
        }
    }
}

/// Who looks, and why.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Who.
    pub person: &'a str,
    /// By which phone.
    pub install: Option<InstallId>,
    /// Why, by their own word.
    pub why: Option<&'a str>,
    /// When, ms.
    pub at_ms: i64,
}

impl<'a> Look<'a> {
    /// With that reason, which may be missing.
    pub fn because(self, why: Option<&'a str>) -> Result<Self, Problem> {
        let why = why.map(str::trim).filter(|why| !why.is_empty());
        if why.is_some_and(|why| why.chars().count() > WHY_MAX) {
            return Err(Problem::new(ErrorCode::BadRequest, format!("why: at most {WHY_MAX} characters")));
        }
        Ok(Self { why, ..self })
    }

    /// What is noted of it: they saw that file by that record. `random` makes the row's name its own.
    pub fn at(self, record: &photo::Model, sha256: &Hash, what: What, random: [u8; 8]) -> photo_view::Model {
        photo_view::Model {
            id: [self.at_ms.to_be_bytes(), random].concat(),
            at_ms: self.at_ms,
            person: self.person.to_owned(),
            install: self.install.map(|install| install.0.to_vec()),
            record: record.record.clone(),
            scope: record.scope.clone(),
            sha256: sha256.to_vec(),
            what: what.name().to_owned(),
            why: self.why.map(str::to_owned),
            code: None,
        }
    }
}
