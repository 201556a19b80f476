//! What backups need from the database: all tables copied ([`tables`], [`copy`]), summed up ([`look`]), what a replay asks ([`known`]), and
//! the marks of a restore ([`marks`]).

pub mod copy;
pub mod known;
pub mod look;
pub mod marks;
pub mod tables;
