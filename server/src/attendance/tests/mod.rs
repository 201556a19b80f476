//! The feature as a whole: worked days, properties of every day, and days as they arrive in a database.

mod flow;
mod page;
mod properties;
mod worked;
mod world;
