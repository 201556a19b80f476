//! Where photos are kept: one contract that a folder and a store that speaks S3 both keep, and the real server on each.

mod buckets;
mod contract;
mod copying;
mod serving;
