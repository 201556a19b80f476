//! What Zhucun records.
//!
//! A **kind** ([`KindSpec`]) names what can be recorded: its fields with their types, units and limits, the merge policy of
//! each field, the rule for its ids, the lanes it lives in and who may write it there. Everything is data, so that
//! `sync-protocol` can judge and merge any kind without knowing it, and the whole schema can be exported as JSON Schema
//! ([`export`], committed as `schema.json`).
//!
//! A phone's operation brings fields as bytes. [`KindSpec::check`] says what is wrong with them: each [`Fault`] has a path, a
//! stable code and a sentence. It never minds a field it does not know, for a phone may run a newer app than the server; and
//! it builds no tree, because every operation passes it. What is merged is read back as a struct, one per kind:
//!
//! ```
//! use mobile_schema::{kind, kinds::fix::Fix, to_wgs84};
//! use serde_json::value::RawValue;
//! use std::collections::BTreeMap;
//!
//! // An inspector's phone measured in Amap's datum, and its app writes a field of a later version.
//! let f = r#"{"lat":20.9973,"lon":110.4043,"datum":"gcj02","accuracy_m":12,"satellites":9}"#;
//! let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(f)?;
//! let fix = kind("fix").unwrap();
//! assert_eq!(fix.check(fields.iter().map(|(name, value)| (*name, *value))), []);
//!
//! // A latitude cannot be 120, and the fault says so to a program and to a person.
//! let wrong: BTreeMap<&str, &RawValue> = serde_json::from_str(r#"{"lat":120}"#)?;
//! let faults = fix.check(wrong.iter().map(|(name, value)| (*name, *value)));
//! assert_eq!((faults[0].path.as_str(), faults[0].code), ("lat", "out_of_range"));
//! assert_eq!(faults[0].message, "The value must be from -90 to 90 deg.");
//!
//! // The raw position is kept with its datum, and there is one way from it to a position to compute with.
//! let fix: Fix = serde_json::from_str(f)?;
//! let here = to_wgs84(fix.datum.unwrap(), fix.lat.unwrap(), fix.lon.unwrap()).unwrap();
//! assert!((here.lat() - 21.0).abs() < 0.001 && (here.lon() - 110.4).abs() < 0.001);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Where things are:
//!
//! - [`kinds`]: the kinds, one file each. To add one: a file, a line in the registry, and (if screens query it) one projection
//!   in the server. [`spec`] is the vocabulary they are declared in.
//! - [`check`]: whether values are what the schema takes.
//! - [`template`]: checklists, whose items are the fields of a `response`: their answers, conditions and scores.
//! - [`place`]: places, lanes and scopes, and what covers what.
//! - [`datum`]: positions in WGS-84, GCJ-02 and BD-09.
//!
//! Limits are generous, because what breaks the schema is refused, and work done in a village must not be lost to a limit:
//! each is there against slips and abuse, and says why it is what it is.
//!
//! This crate knows no clock, randomness, network, disk or database.

pub mod check;
pub mod datum;
pub mod export;
mod fault;
pub mod kinds;
pub mod place;
pub mod spec;
pub mod template;
#[cfg(feature = "testing")]
pub mod testing;

pub use datum::{Bd09, Datum, Gcj02, Metres, Wgs84, to_wgs84};
pub use fault::Fault;
pub use kinds::{KINDS, derived_id, kind, newest_version};
pub use place::{DistrictName, Lane, Place, Scope, VillageCode};
pub use spec::{FieldSpec, FieldType, IdRule, KindSpec, LaneRule, Policy, Role, Step};
pub use template::Template;
