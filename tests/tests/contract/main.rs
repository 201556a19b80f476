//! One suite that every database must pass: what the server reaches step by step is what `sync_protocol::world::fold` makes of the same
//! lines at once, in any order and batching; `rebuild` makes it again; one poison line harms nobody else. Signals on photos come out alike in any order too.

mod bench;
mod carried;
mod cases;
mod signals;
mod worlds;
