//! What the office sees of what waits: plain values, made in `store` from rows and bodies, and chosen among by [`super::rules`].

pub mod conflict;
pub mod standing;

use serde::Serialize;
use serde_json::value::RawValue;
use sync_protocol::{Code, time::Corrected};

/// When something was written, by its corrected time. Without `at` it is known only to lie between the other two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct When {
    /// When, ms, if known.
    pub at: Option<i64>,
    /// How far off that may be, ms either way.
    pub uncertainty: Option<i64>,
    /// Else not before, ms.
    pub not_before: Option<i64>,
    /// And not after, ms.
    pub not_after: Option<i64>,
}

impl From<Corrected> for When {
    fn from(time: Corrected) -> Self {
        match time {
            Corrected::At(anchor) => Self {
                at: Some(anchor.at_ms),
                uncertainty: Some(anchor.uncertainty_ms),
                not_before: None,
                not_after: None,
            },
            Corrected::Within(lo, hi) => Self { at: None, uncertainty: None, not_before: lo, not_after: hi },
        }
    }
}

/// A reason, for a program and for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Because {
    /// Stable code.
    pub code: String,
    /// In Chinese.
    pub sentence: String,
    /// In English.
    pub sentence_en: String,
}

impl Because {
    /// Of these.
    pub fn new(code: &str, (zh, en): (&str, &str)) -> Self {
        Self { code: code.to_owned(), sentence: zh.to_owned(), sentence_en: en.to_owned() }
    }
}

impl From<Code> for Because {
    fn from(code: Code) -> Self {
        Self::new(code.name(), code.sentence())
    }
}

/// A value verbatim; as a text of what was written, where most readers of JSON would refuse it and with it the whole list (`1e999`).
pub fn readable(verbatim: &str) -> Box<RawValue> {
    let plain = serde_json::from_str::<serde_json::Value>(verbatim).is_ok();
    let json = if plain { Ok(verbatim.to_owned()) } else { serde_json::to_string(verbatim) };
    json.and_then(RawValue::from_string).expect("what was read, or a text, is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_that_nobody_can_hold_does_not_spoil_a_list() {
        for (verbatim, expected) in [
            ("1.0", "1.0"),
            (r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            ("1e999", r#""1e999""#),
            (r#"[-1e999,"x"]"#, r#""[-1e999,\"x\"]""#),
        ] {
            assert_eq!(readable(verbatim).get(), expected);
        }
    }
}
