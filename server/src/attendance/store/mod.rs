//! The rooms of this feature that touch the database: thin, and always for many days at once.
//!
//! - [`book`]: the rules as they stand.
//! - [`handlers`]: the jobs. A batch of `member_day` costs the same few statements whether it has one subject or thousands.
//! - [`fixes`]: gives verdicts to fixes that have none. [`mod@ended`]: villages that evidence may name and that are others now.
//! - [`days`]: reads what the verdicts of many days are made of.
//! - [`verdicts`]: writes verdicts that changed, keeps what they were, tells the feed.
//! - [`matters`]: what of these days a person should look at. [`waiting`]: the office's queue of it. [`words`]: what the office said.
//! - [`months`]: members' months. [`seals`]: what was signed off. [`noticing`]: where the two differ, and the month as phones get it.
//! - [`together`]: members of a village who move as one.
//! - [`sheets`]: months of a place or a member, to be shown.
//! - [`trying`]: what a rule would have changed.
//! - [`engine`]: by which version of the code all days were derived.
//! - [`expand`]: which days hang on a leave, a station, a fence or a rule.
//! - [`read`]: what the API shows, to whom.
//! - [`sql`]: statements over many keys.

pub mod book;
pub mod days;
pub mod ended;
pub mod engine;
pub mod expand;
pub mod fixes;
pub mod handlers;
pub mod matters;
pub mod months;
pub mod noticing;
pub mod read;
pub mod seals;
pub mod sheets;
pub mod sql;
pub mod together;
pub mod trying;
pub mod verdicts;
pub mod waiting;
pub mod words;

pub use book::Court;
pub use handlers::job_handlers;
