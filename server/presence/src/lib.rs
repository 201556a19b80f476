//! Presence (在岗): what a stationed member's day counts as, by evidence of mixed quality and rules that are data.
//!
//! ```text
//! fixes, roll calls, leave, duty away, reviews ─┐
//! stations, fences ─────────────────────────────┼─▶ DayInputs ──decide──▶ verdict, reasons, used, set aside
//! rule of the village on that day, holidays ────┘        └──matters──▶ what a person should look at
//! ```
//!
//! All of it is a function of its arguments: no clock, no disk, no database. The same inputs come to the same verdict for ever, as long as
//! [`ENGINE`](rule::ENGINE) stays what it is; the hash of the inputs says which they were.
//!
//! - [`day`]: calendar days of a time zone. [`fence`]: where a position was, measured by `zhucun_fences`.
//! - [`rule`]: the document that says what counts; checked, told in words, chosen by place and day.
//! - [`inputs`]: all that there is for one day. [`mod@decide`]: the verdict. [`reason`]: what is said of it.
//! - [`ended`]: evidence that names a village which was merged into another.
//! - [`quality`]: what speaks against evidence without deciding anything. [`matter`]: what a person should look at.
//! - [`together`]: members of a team who move as one.
//! - [`month`]: a member's month against the floor. [`approval`]: who may approve how long a leave.
//! - [`seal`]: a month as it was signed off, and where it differs from what is derived now. [`mark`] and [`sheet`]: months on paper.

pub mod approval;
pub mod day;
pub mod decide;
pub mod ended;
pub mod fence;
pub mod inputs;
pub mod mark;
pub mod matter;
pub mod month;
pub mod quality;
pub mod reason;
pub mod rule;
pub mod seal;
pub mod sheet;
pub mod together;

#[cfg(test)]
mod tests;
