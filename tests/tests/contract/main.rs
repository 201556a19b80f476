//! One suite that every database must pass: what the server reaches step by step is what `sync_protocol::world::fold` makes of the same
//! lines at once, in any order and batching; `rebuild` makes it again; one poison line harms nobody else.

mod bench;
mod carried;
mod cases;
mod worlds;
