//! Sync: what phones push and pull, and the one door by which lines enter.

#[cfg(feature = "broken")]
mod broken;
pub mod committer;
pub mod drafts;
pub mod events;
pub mod intake;
pub mod own_chain;
pub mod pull;
pub mod purge;
pub mod push;
pub mod receipts;
pub mod restores;
pub mod routes;
pub mod store;
pub mod sweep;
