//! Cases of lines and what they come to: a file a topic, in the order of `PROTOCOL.md`.

mod authority;
mod carried;
mod decisions;
mod deletion;
mod equality;
mod erasure;
mod forks;
mod lines;
mod merge_office;
mod merge_once;
mod merge_review;
mod merge_set;
mod merge_single;
mod revocations;
mod servers;
mod standing;
mod templates;
mod time;
mod versions;

use sync_protocol::{Dot, schema::derived_id};

use crate::story::{Story, Who};

type Told = Vec<Story>;

/// Name of the file, what it is about, its stories.
type Topic = (&'static str, &'static str, fn() -> Told);

pub const TOPICS: [Topic; 19] = [
    ("lines", "Which bytes are an operation, a time line, a blank, or unreadable (section 3).", lines::told),
    ("time", "Corrected time (section 6): the last element of each entry of `by`.", time::told),
    ("authority", "Judgement of phones' lines (section 7).", authority::told),
    ("revocations", "Installs that ended or were lost (section 7).", revocations::told),
    ("decisions", "What the office decides on operations (section 7).", decisions::told),
    ("carried", "Lines that an install carries for an earlier one (section 7).", carried::told),
    ("servers", "What a server install may do, and what a phone that plays one may not (section 7).", servers::told),
    ("equality", "When values are equal (section 8).", equality::told),
    ("merge-single", "The policy `single` (section 8).", merge_single::told),
    ("merge-review", "The policy `review` (section 8).", merge_review::told),
    ("merge-set", "The policy `set` (section 8).", merge_set::told),
    ("merge-once", "The policy `once` (section 8).", merge_once::told),
    ("merge-office", "The policy `office` (section 8).", merge_office::told),
    ("deletion", "Deletion and revival (section 8).", deletion::told),
    ("erasure", "Erased operations (section 19).", erasure::told),
    ("forks", "Installs that forked, and operations that saw each other (sections 4, 6, 8).", forks::told),
    ("versions", "Lines of older and newer versions of a kind (section 7).", versions::told),
    ("templates", "Responses and their checklists (sections 7, 8).", templates::told),
    ("standing", "An operation of several fields (section 9), and digests (section 10).", standing::told),
];

fn tell(name: &'static str, about: &'static str, how: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::new(name, about);
    how(&mut story);
    story
}

/// Own evidence: the id names the install that took it.
fn fix(who: Who) -> String {
    format!("{}.1", who.install())
}

fn response() -> String {
    derived_id("response", &["v1", "t"])
}

fn drop_dot(_: Dot) {}
