//! The office's desk: what waits is listed with all that a person must know, decided on one by one or alike, and taken back; nobody sees or
//! decides beyond their places; and people who move, phones that end, are lost or replaced lose no work.

mod alike;
mod conflicts;
mod country;
mod couriers;
mod erasing;
mod fixture;
mod leaving;
mod reach;
mod registry;
mod rules;
