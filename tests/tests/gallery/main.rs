//! Photos as evidence, over the real server on both databases: found, counted and on a map as one by one; who may look, and that each look is
//! noted; copies that say where they come from; what is due to go, and what is held.

mod browsing;
mod copies;
mod fixture;
mod keeping;
mod looking;
