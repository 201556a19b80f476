//! Attendance: from evidence to presence verdicts.

use std::sync::Arc;

use crate::{
    config::Config,
    storage::{jobs::JobHandler, projection::Projection},
};

/// What is made of evidence.
pub fn projections() -> Vec<Box<dyn Projection>> {
    Vec::new()
}

/// The job that derives verdicts.
pub fn job_handlers(_config: &Config) -> Vec<Arc<dyn JobHandler>> {
    Vec::new()
}
