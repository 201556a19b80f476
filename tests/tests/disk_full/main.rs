//! Full disks: what would write is put off (503, `Retry-After`, a code), reads go on, nothing acknowledged is lost, and once there is room
//! all goes on by itself.

mod database;
mod elsewhere;
mod field;
mod photos;
