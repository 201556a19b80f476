//! An office's attendance sheet of an earlier month, on paper until now, beside what was derived of that month. Nothing is stored or decided.
//!
//! [`sheet`] reads the table, [`compare`] tells where the two differ: all pure. [`run`] reads the verdicts.

pub mod compare;
pub mod run;
pub mod sheet;

#[cfg(test)]
mod tests;
