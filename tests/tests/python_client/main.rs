//! The client that was written in Python from `PROTOCOL.md` alone: it reads the vectors, and whole worlds, as this house does, and works
//! with the real server beside phones that run the engine.

mod rules;
mod schema;
mod sync;
