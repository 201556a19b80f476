//! When two JSON values are equal (`PROTOCOL.md`, section 8).

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A form in which equal values are equal texts: without white space, escapes only where needed, members sorted by name, numbers by
/// what they are worth (exactly: no reader's floating point decides whether two people agree).
pub fn canonical(value: &RawValue) -> String {
    let raw = value.get();
    match raw.as_bytes()[0] {
        // Words and texts without escapes are canonical as they stand.
        b't' | b'f' | b'n' => raw.to_owned(),
        b'"' if !raw.contains('\\') => raw.to_owned(),
        b'"' => serde_json::from_str::<String>(raw).map_or_else(|_| raw.to_owned(), |text| quoted(&text)),
        b'{' | b'[' => serde_json::from_str::<Nested>(raw).map_or_else(|_| raw.to_owned(), |nested| nested.0),
        _ => number(raw),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text serialises")
}

/// `12.50e1` and `125` are `125e0`. An exponent beyond 32 bits is beyond all use: then only the same text is equal.
fn number(raw: &str) -> String {
    let (mantissa, exponent) = raw.split_once(['e', 'E']).unwrap_or((raw, "0"));
    let (sign, magnitude) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let Ok(exponent) = exponent.parse::<i32>() else { return raw.to_owned() };
    let digits = [whole, fraction].concat();
    let worth = digits.trim_end_matches('0');
    let exponent = i64::from(exponent) - fraction.len() as i64 + (digits.len() - worth.len()) as i64;
    match worth.trim_start_matches('0') {
        "" => "0".to_owned(),
        worth => format!("{sign}{worth}e{exponent}"),
    }
}

/// The canonical form of an object or a list.
struct Nested(String);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Nested;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nested, A::Error> {
                let mut out = "[".to_owned();
                while let Some(element) = seq.next_element::<&RawValue>()? {
                    let _ = write!(out, "{},", canonical(element));
                }
                Ok(Nested(out + "]"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nested, A::Error> {
                let mut members: Vec<(String, String)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((quoted(&name), canonical(value)));
                }
                // Stable: members of one name stay in the order written.
                members.sort_by(|a, b| a.0.cmp(&b.0));
                let members: String = members.iter().map(|(name, value)| format!("{name}:{value},")).collect();
                Ok(Nested(format!("{{{members}}}")))
            }
        }
        d.deserialize_any(V)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &str) -> String {
        canonical(&RawValue::from_string(raw.to_owned()).unwrap())
    }

    #[test]
    fn one_value_has_one_form() {
        for (a, b) in [
            ("1", "1.0"),
            ("100", "1E+2"),
            ("-0.5", "-5e-1"),
            ("0", "-0.0e9"),
            (r#""a""#, r#""\u0061""#),
            (r#"{"a":1,"b":[2]}"#, r#"{ "b" : [ 2.0 ], "\u0061" : 1 }"#),
        ] {
            assert_eq!(of(a), of(b));
        }
    }

    #[test]
    fn different_values_have_different_forms() {
        let values = [
            "9007199254740992",
            "9007199254740993",
            "1",
            "-1",
            "10",
            "0.1",
            "0.10000000000000000001",
            "1e400",
            "1e401",
            "1e9999999999",
            r#""1""#,
            "null",
            "[]",
            "{}",
            "[[]]",
            r#"[""]"#,
            r#"["",""]"#,
            r#"[","]"#,
            r#"{"a":1}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":2,"a":1}"#,
        ];
        let forms: std::collections::HashSet<String> = values.iter().map(|v| of(v)).collect();
        assert_eq!(forms.len(), values.len());
    }
}
