//! Scalars, read straight from their JSON text. A [`RawValue`] is valid JSON without white space around it, so its first
//! byte tells its type.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// Nothing, or the code and the sentence of a fault.
pub(super) type Checked = Result<(), (&'static str, String)>;

/// 2^53: the largest integer that every JSON reader, also one with only doubles, keeps exactly.
const MAX_INSTANT_MS: i64 = 1 << 53;

fn wrong_type(wanted: &str) -> Checked {
    Err(("wrong_type", format!("The value must be {wanted}.")))
}

pub(super) fn boolean(value: &RawValue) -> Checked {
    match value.get() {
        "true" | "false" => Ok(()),
        _ => wrong_type("true or false"),
    }
}

pub(super) fn integer(value: &RawValue, min: i64, max: i64, unit: &str) -> Checked {
    let text = value.get();
    let digits = text.strip_prefix('-').unwrap_or(text);
    // `-0` and `1.0` are refused because readers disagree on whether they are integers.
    if text == "-0" || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return wrong_type("a whole number");
    }
    match text.parse::<i64>() {
        Ok(n) if (min..=max).contains(&n) => Ok(()),
        _ => out_of_range(min, max, unit),
    }
}

pub(super) fn instant(value: &RawValue) -> Checked {
    integer(value, 0, MAX_INSTANT_MS, "ms since 1970")
}

pub(super) fn number(value: &RawValue, min: f64, max: f64, unit: &str) -> Checked {
    let text = value.get();
    if !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return wrong_type("a number");
    }
    // `1e999` is a valid JSON number that reads as infinite, and no range holds it.
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && (min..=max).contains(&n) => Ok(()),
        _ => out_of_range(min, max, unit),
    }
}

fn out_of_range(min: impl std::fmt::Display, max: impl std::fmt::Display, unit: &str) -> Checked {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    Err(("out_of_range", format!("The value must be from {min} to {max}{unit}.")))
}

/// The text a JSON string stands for. `None` if it is none; `Some(Err)` if an escape in it stands for no character.
fn text(value: &RawValue) -> Option<Result<Cow<'_, str>, ()>> {
    let inner = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Ok(Cow::Borrowed(inner)));
    }
    Some(serde_json::from_str::<String>(value.get()).map(Cow::Owned).map_err(|_| ()))
}

fn with_text(value: &RawValue, wanted: &str, check: impl FnOnce(&str) -> Checked) -> Checked {
    match text(value) {
        None => wrong_type(wanted),
        Some(Err(())) => Err(("bad_text", "The text has an escape that stands for no character.".to_owned())),
        Some(Ok(text)) => check(&text),
    }
}

pub(super) fn short_text(value: &RawValue, max: usize) -> Checked {
    with_text(value, "a text", |text| {
        // A text has no more characters than bytes: most texts need no count.
        if text.len() <= max {
            return Ok(());
        }
        match text.chars().count() {
            n if n <= max => Ok(()),
            n => Err(("too_long", format!("The text must have at most {max} characters, and has {n}."))),
        }
    })
}

pub(super) fn choice<'c>(value: &RawValue, of: impl Iterator<Item = &'c str> + Clone) -> Checked {
    with_text(value, "one of the choices", |text| {
        if of.clone().any(|c| c == text) {
            return Ok(());
        }
        Err(("not_a_choice", format!("The value must be one of: {}.", of.collect::<Vec<_>>().join(", "))))
    })
}

pub(super) fn formed(value: &RawValue, is: fn(&str) -> bool, code: &'static str, wanted: &str) -> Checked {
    with_text(value, wanted, |text| match is(text) {
        true => Ok(()),
        false => Err((code, format!("The value must be {wanted}."))),
    })
}
