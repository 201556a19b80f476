//! What the end-to-end tests and the load program stand on: a PostgreSQL of their own, the real server binary, simulated phones.

pub mod postgres;
