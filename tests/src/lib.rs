//! What the end-to-end tests and the load program stand on: a PostgreSQL of their own, the real server binary, simulated phones.
//!
//! - [`server`], [`postgres`]: the real binary with a database and a folder of its own.
//! - [`s3`]: a store that speaks S3, and can be made to fail. [`photo`]: a photo on its way, step by step.
//! - [`small_disk`]: a real disk that is soon full. [`rough`]: a network that cuts where the dice say.
//! - [`phones`], [`camera`], [`ground`], [`network`]: people in the field. [`raw`]: a phone that does what no good phone does.
//!   [`crowd`]: many that push at once until the server is gone.
//! - [`python`]: the second client, written from the specification alone.
//! - [`clients`]: stock clients of tus, unchanged.
//! - [`office`]: who decides. [`answer`]: what the server says.
//! - [`load`]: standard visits a second, beside bare inserts of the same rows.
//! - [`state`]: what a database says, in the form of the fold.
//! - [`day`]: the simulated day, told in an [`account`]. [`agreement`]: whether all phones and the server say the same.

pub mod account;
pub mod agreement;
pub mod answer;
pub mod camera;
pub mod clients;
pub mod crowd;
pub mod day;
pub mod ground;
pub mod load;
pub mod month;
pub mod network;
pub mod office;
pub mod phones;
pub mod photo;
pub mod postgres;
pub mod python;
pub mod raw;
pub mod rough;
pub mod s3;
pub mod server;
pub mod small_disk;
pub mod state;
pub mod wait;
