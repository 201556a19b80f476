//! `zhucun verify` on databases that were tampered with, and folders of evidence checked without any server (P11).

mod database;
mod evidence;
mod fixture;
