//! Imports: files of an office, checked as a whole and turned into operations.
//!
//! [`plan`] is pure. It takes the bytes of a file and what is known, and gives either the writes that lead there or *every* bad line
//! with its reason; so nothing is changed by a file that is bad anywhere, and a file imported twice changes nothing the second time.
//! [`run`] reads what is known, plans, and writes; or only looks, where a preview is asked for.
//!
//! An import adds and changes; what a file leaves out stays. A column that a file does not have is left alone, an empty cell of a
//! column that it has clears the value. `docs` of each [`Kind`] says its columns, with their Chinese names.
//!
//! A table is CSV or a sheet of a workbook (XLSX); which, is told by its bytes.
//!
//! | kind | file | record, scope |
//! |---|---|---|
//! | `places` | table | `place` of the district in `district/roster`, of each town and village in its own `roster` |
//! | `units`, `people` | table | `unit`, `person` in `district/roster` |
//! | `fences` | GeoJSON, KML, shapefile | `fence` `<village>@<from>` in `village/roster` |
//! | `teams`, `stations` | table | `team`, `station` in `village/roster` |
//! | `grants` | table | `grant` in `person/own` |
//! | `templates` | YAML | `checklist_template` `key@version` in `district/roster` |

mod blank;
mod book;
mod cells;
pub mod country;
mod fault;
mod fences;
mod grants;
mod handover;
mod kind;
mod known;
mod lines;
mod merger;
pub mod paper;
mod people;
mod places;
mod plan;
mod run;
mod stations;
mod table;
mod teams;
mod templates;
mod text;
mod units;
mod who;
mod workbook;

pub use blank::{Form, blank};
pub use fault::{Code, LineFault};
pub use fences::{FenceOptions, Finding, Mended};
pub use handover::{Gap, Handover, HandoverRequest, Member, hand_over};
pub use kind::Kind;
pub use known::Known;
pub use merger::{Boundary, MergerRequest, merge_villages};
pub use plan::{Context, Options, Outlook, Plan, Report, look, plan};
pub use run::{HandedOver, Imported, Merged, refused, run, run_handover, run_merger};
pub use table::{Column, Holds};

#[cfg(test)]
mod tests;
