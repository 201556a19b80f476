//! Committing.

use super::drafts::{Acting, Draft, Written};
use crate::error::Problem;

/// A handle to the task that commits.
#[derive(Clone)]
pub struct Committer {
    _private: (),
}

impl Committer {
    /// A handle to nothing.
    pub fn unstarted() -> Self {
        Self { _private: () }
    }

    /// Writes the drafts as lines of this process's install, all or none. Faults of the schema give `invalid` and nothing is written.
    pub async fn write(&self, _acting: &Acting, _drafts: Vec<Draft>) -> Result<Vec<Written>, Problem> {
        Ok(Vec::new())
    }
}
