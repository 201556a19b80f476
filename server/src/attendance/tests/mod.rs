//! The feature as a whole: days as they arrive in a database.

mod as_one;
mod flow;
mod page;
mod sealed;
mod sheets;
mod world;
