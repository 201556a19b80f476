//! How phones and server agree.
//!
//! [`PROTOCOL.md`](https://github.com/zhucun/zhucun/blob/main/sync-protocol/PROTOCOL.md) is the specification; this crate is its
//! rules as pure functions. Bytes go one way through it:
//!
//! 1. [`push`] frames a push and checks chain and signature ([`chain`], [`sign`]).
//! 2. [`line`] reads each line into an operation, in the newest version of its kind ([`mod@upcast`]), or says why it stays bytes.
//! 3. [`time`] corrects when each line was written, from its install's lines alone.
//! 4. [`judge`] decides of each operation whether it counts, and with what authority.
//!    What the office accepted of what an install carries for an earlier one becomes the write it was ([`carried`]).
//! 5. [`merge`] decides what a record comes to ([`seen`], [`set`]), and so each operation's [`standing`].
//! 6. [`record`] writes the record as it is fed, and sums up digests; [`pull`] plans what a client receives.
//!
//! [`courier`] is pushes as a file, and [`upload`] what an upload of photo bytes promises.
//!
//! [`rulings`] turns the records that decide over others (enrolments, grants, templates) into the facts that [`judge`] takes, and
//! [`world`] is all of it over a whole set of lines: the reference that a server's step-by-step work must equal. [`provenance`] says of a
//! value what its author started from, for who is to choose.
//!
//! No clock, no randomness, no network, no disk: now and random bytes are arguments.

pub mod broken;
pub mod canonical;
pub mod carried;
pub mod chain;
pub mod courier;
pub mod custody;
pub mod earlier;
pub mod erase;
pub mod ids;
pub mod judge;
pub mod line;
pub mod merge;
pub mod provenance;
pub mod pull;
pub mod push;
pub mod record;
pub mod rulings;
pub mod seen;
pub mod set;
pub mod sign;
pub mod standing;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod upcast;
pub mod upload;
pub mod world;

pub use ids::{Dot, Hash, InstallId, RecordKey};
pub use line::{Line, LineDraft, Op};
pub use mobile_schema as schema;
pub use standing::{Code, Standing, State};
