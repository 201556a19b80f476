//! What is wrong with a value, told to a machine (code, path) and to a person (message).

use serde::Serialize;

/// One thing wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a field's name, then what leads to the value inside it, as in `photos.add[2]` or `sections[0].items[3].key`.
    pub path: String,
    /// A stable code from [`CODES`].
    pub code: &'static str,
    /// A sentence for a person.
    pub message: String,
}

/// Every code a [`Fault`] may carry, with its meaning. Codes are never renamed or reused: phones translate them.
pub const CODES: &[(&str, &str)] = &[
    ("wrong_type", "the value is of another JSON type than the field takes"),
    ("out_of_range", "a number or a time is below the smallest or above the largest value taken"),
    ("too_long", "a text has too many characters, or a piece of JSON too many bytes"),
    ("not_a_choice", "the word is not one of the choices"),
    ("bad_text", "a text with an escape that stands for no character"),
    ("bad_date", "not a day of the calendar written YYYY-MM-DD"),
    ("bad_place", "not a place, village or person as the field takes it"),
    ("bad_hash", "not 64 lower-case hex digits"),
    ("bad_id", "not an id: 1 to 128 of A-Z a-z 0-9 . _ : @ -"),
    ("bad_dot", "not a dot: install, seq and hash joined by colons"),
    ("bad_geometry", "not a polygon, multipolygon or circle, or one with points that cannot be"),
    ("too_many", "more elements than the field takes"),
    ("missing", "a member that must be there is not"),
    ("bad_key", "not a key: 1 to 40 of a-z 0-9 _ -"),
    ("duplicate_key", "a key that stands twice"),
    ("bad_condition", "a condition on an item that does not stand before it, or on an answer the item cannot have"),
    ("bad_weight", "a weight below zero, or on an item that is not scored"),
    ("bad_limits", "limits of an item that exclude every answer, or that its type does not have"),
];

impl Fault {
    /// A fault with one of the [`CODES`].
    pub(crate) fn new(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(CODES.iter().any(|(c, _)| *c == code), "{code} is not in the list of codes");
        Self { path: path.to_owned(), code, message: message.into() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}
