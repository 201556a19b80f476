//! Backup, the shipped log, restore, the drill, and healing when nobody said that there was a restore (P8).

mod drills;
mod issue;
mod killed;
mod on_s3;
mod raw;
mod restoring;
mod world;
