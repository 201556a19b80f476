//! Sync: what phones push and pull, and the one door by which lines enter.

pub mod committer;
pub mod drafts;
