//! Through the router, on a real database and a real folder.

mod crashes;
mod extensions;
mod joining;
mod pictures;
mod promises;
mod resumable;
mod serving;
mod uploading;
mod world;
