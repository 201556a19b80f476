//! What a check finds.

use std::fmt;

/// The name of a check that did not hold, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Which promise.
    pub check: &'static str,
    /// What was seen.
    pub told: String,
}

impl Trouble {
    /// That promise is broken: this was seen.
    pub fn new(check: &'static str, told: impl Into<String>) -> Self {
        Self { check, told: told.into() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.told)
    }
}

/// Something went wrong in the phone or the server that no check looks for.
pub const UNEXPECTED: &str = "nothing fails that has no reason to";

/// For errors that no story explains.
pub fn unexpected(error: impl fmt::Display) -> Trouble {
    Trouble::new(UNEXPECTED, error.to_string())
}

/// What may end in trouble.
pub type Result<T, E = Trouble> = std::result::Result<T, E>;
