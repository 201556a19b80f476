//! Reading the copy of the database that is checked. It is one SQLite file, whatever the server uses.

pub mod certificates;
pub mod chains;
pub mod lines;
pub mod look;
pub mod made_again;
pub mod shipped;
pub mod tables;
