//! The deterministic world: many phones (the engine that real phones embed) against the shipped server in the same process, with virtual
//! clocks, a network that does all that networks do, and deaths of server and phones at any point; all from one seed.
//!
//! - [`story`]: what happens, as data; [`draw`] draws one from a seed. [`cast`]: who there is.
//! - [`server`], [`net`], [`phone`], [`office`]: the real parts, and the bad network between them.
//! - [`run`] plays a story step by step, [`deeds`] are its longer steps; [`calm`] is its end, when faults have stopped.
//! - [`oracle`] remembers what was written and acknowledged; [`rights`] who may read what. [`checks`] holds the server and the phones to them.
//! - [`shrink`] finds the shortest story that fails; [`seeds`] runs many; [`variants`] shows that the checks can fail.

mod calm;
mod cast;
mod checks;
mod deeds;
mod draw;
mod net;
mod office;
mod oracle;
mod phone;
mod rights;
mod run;
mod seeds;
mod server;
mod shrink;
mod story;
mod trouble;
mod variants;
