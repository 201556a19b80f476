//! The gallery: managers look through photos as evidence, by place, time, person, team and checklist item, as a list, counted, and on a map.
//! It shows what somebody reads as manager, office or admin; others see photos by their records (`media`).
//!
//! - Pure: [`filter`] (what is looked for), [`stretch`] and [`grid`] (time and map in pieces that are counted beforehand), [`projection`]
//!   (what is kept of a photo record, and what that adds to the counts), [`watermark`] and [`code`] (what is drawn into a copy).
//! - [`store`]: the table `gallery` and its counts, which change in the transaction of the record.
//! - [`browse`]: pages, counts, clusters, neighbours; [`trail`]: all that is known of one; [`views`]: who looked;
//!   [`copy`]: copies that say where they come from; [`archive`]: many photos at once; [`routes`]: the doors.

use std::sync::Arc;

use crate::storage::{jobs::JobHandler, projection::Projection};

pub mod archive;
pub mod browse;
pub mod code;
pub mod copy;
pub mod filter;
pub mod grid;
pub mod projection;
pub mod routes;
pub mod store;
pub mod stretch;
pub mod trail;
pub mod views;
pub mod watermark;

/// What is made of `photo` records.
pub fn projections() -> Vec<Box<dyn Projection>> {
    vec![Box::new(store::keep::Gallery)]
}

/// Its jobs.
pub fn job_handlers() -> Vec<Arc<dyn JobHandler>> {
    vec![Arc::new(store::gather::Gather)]
}
