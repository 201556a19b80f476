//! Several servers on one PostgreSQL: what one acknowledged all have, whoever asks whichever of them; and pokes, which reach who listens
//! elsewhere.

#[allow(dead_code)]
#[path = "../contract/bench.rs"]
mod bench;
mod doors;
mod fixture;
mod held_open;
mod idle;
mod listening;
mod pokes;
mod under_load;
