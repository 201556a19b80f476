//! The kinds, one file each: what is recorded, by whom, and how several people's values are merged.
//!
//! A file declares its kind once, with the macro `declare!`, which makes of it the [`KindSpec`] that judges and
//! merges, and a struct to read a merged record's fields (`f`) with serde. In the struct every field is optional, because a
//! record comes into being field by field; a set is a list.

#[macro_use]
mod declare;
mod common;
mod derived_id;

pub mod appeal;
pub mod cadre;
pub mod carried;
pub mod check_in;
pub mod checklist_template;
pub mod decision;
pub mod duty_away;
pub mod enrolment;
pub mod erasure;
pub mod fence;
pub mod finding;
pub mod fix;
pub mod grant;
pub mod hold;
pub mod household;
pub mod inquiry;
pub mod leave;
pub mod person;
pub mod photo;
pub mod place;
pub mod received;
pub mod response;
pub mod review;
pub mod roll_call;
pub mod rule;
pub mod signal_review;
pub mod station;
pub mod team;
pub mod unit;
pub mod visit;
pub mod work_log;

pub use derived_id::derived_id;

use crate::spec::KindSpec;

/// Every kind, sorted by name.
pub static KINDS: &[&KindSpec] = &[
    &appeal::SPEC,
    &cadre::SPEC,
    &carried::SPEC,
    &check_in::SPEC,
    &checklist_template::SPEC,
    &decision::SPEC,
    &duty_away::SPEC,
    &enrolment::SPEC,
    &erasure::SPEC,
    &fence::SPEC,
    &finding::SPEC,
    &fix::SPEC,
    &grant::SPEC,
    &hold::SPEC,
    &household::SPEC,
    &inquiry::SPEC,
    &leave::SPEC,
    &person::SPEC,
    &photo::SPEC,
    &place::SPEC,
    &received::SPEC,
    &response::SPEC,
    &review::SPEC,
    &roll_call::SPEC,
    &rule::SPEC,
    &signal_review::SPEC,
    &station::SPEC,
    &team::SPEC,
    &unit::SPEC,
    &visit::SPEC,
    &work_log::SPEC,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static KindSpec> {
    #[cfg(feature = "testing")]
    if let Some(older) = crate::testing::older(name) {
        return older;
    }
    newest(name)
}

pub(crate) fn newest(name: &str) -> Option<&'static KindSpec> {
    KINDS.binary_search_by(|k| k.name.cmp(name)).ok().map(|i| KINDS[i])
}

/// The version that who writes a record of that kind writes with.
pub fn newest_version(name: &str) -> u64 {
    kind(name).map_or(1, |kind| u64::from(kind.version))
}
