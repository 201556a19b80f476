//! Through the router, on a real database and a real folder.

mod crashes;
mod pictures;
mod promises;
mod serving;
mod uploading;
mod world;
