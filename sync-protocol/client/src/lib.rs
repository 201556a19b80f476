//! x
pub mod backoff;
pub mod batch;
pub mod calls;
pub mod clock;
pub mod device;
mod engine;
mod error;
pub mod fault;
pub mod new_ids;
pub mod plan;
mod store;
mod sync;
pub mod transport;
pub mod verdict;
pub mod view;
pub mod wire;
mod write;

pub use engine::{Attached, CarriedOver, Chain, Engine, Pending, PhotoCounts, PhotoSource, PreparedPush, Pruned};
pub use error::Error;
pub use store::{
    photos::{Photo, PhotoState},
    records::ScopeState,
    standings::HeardStanding,
};
pub use sync::{Budget, Report};
pub use sync_protocol;
pub use write::Write;
