//! The load program: how much the server takes in, durable and with all follow-up work done, and what of the database's own speed that is.
//!
//! - [`visit`]: a *standard visit*: 1 visit, a checklist of 30 answers, 6 fixes, 4 photo records. [`people`]: who makes them, and where.
//! - [`phones`]: phones whose engines write visits and seal them into pushes, all before the clock starts.
//! - [`drive`]: sends pushes over so many connections, and waits until nothing is left to do.
//! - [`bare`]: the same rows by bare `insert_many`, in the same run.
//! - [`idle`]: connections that only listen, by themselves (`load --idle 10000`).
//! - [`fill`]: how it goes on to millions of records, by itself (`load --fill 5000000`). [`steady`]: how long a push takes at half the peak
//!   (`load --steady`).
//! - [`gallery`]: how long a manager waits among so many photos, by itself (`load --gallery 1000000`).
//! - [`country`]: a day of three million members, by itself (`load --country 128000`).
//! - [`pull`], [`wire`]: what goes over the network.
//! - [`stage`]: what each begins with. [`process`]: what a process takes of the machine.
//! - [`run`]: the order of it all for one database. [`figures`]: what was measured. [`report`]: told as a table.
//!
//! Client and server share the machine, as in the figures of other systems that these are compared with.

pub mod bare;
pub mod country;
pub mod drive;
pub mod figures;
pub mod fill;
pub mod gallery;
pub mod idle;
pub mod people;
pub mod phones;
pub mod process;
pub mod pull;
pub mod report;
pub mod run;
pub mod stage;
pub mod steady;
pub mod visit;
pub mod wire;
