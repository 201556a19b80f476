//! Uploads by clients that are not ours, and uploads that ask for too much: the real binary over real sockets.

mod clients;
mod limits;
