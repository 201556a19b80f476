//! The shipped log: every committed push, written a second time, elsewhere, within seconds.
//!
//! A backup is a night old; what came since is here. The log is a folder of *segments*, each some pushes as they were signed, in the
//! framing of courier files (`PROTOCOL.md`, section 12), packed. Segments that follow each other without a break are a *strand*; each names
//! the hash of the one before, so that one that was changed or removed shows. A database that was put back to an earlier state begins
//! a new strand. Since a push proves itself and twice does no harm, whoever replays the log simply takes all of it.
//!
//! - [`segment`] is the file's form, [`holes`] which pushes may go (both pure). [`depot`] is where segments lie.
//! - [`shipper`] is the task. It reads what is committed behind a mark, and costs who commits nothing. [`store`] is what it reads.
//!
//! Accounts, enrolment codes not used yet and the server's keys are no lines: they are in backups only.

pub mod depot;
pub mod holes;
pub mod segment;
pub mod shipper;
pub mod store;
