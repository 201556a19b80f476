//! Whether the fields of an operation are what the schema takes.
//!
//! Every operation passes here, so a scalar is read from the bytes of its [`RawValue`] without building a tree.
//! Unknown fields are never a fault: a newer app may write what this build does not know yet (P10).

mod forms;
mod geometry;
mod scalars;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use crate::fault::{CODES, Fault};
use crate::spec::{FieldType, KindSpec, Policy};
pub use forms::{is_date, is_dot, is_id, is_key, is_sha256};
pub use geometry::{MAX_POINTS, MAX_RADIUS_M};

/// Most elements in one write of a set. A picture wall or a district's towns stay far below; a phone with more splits the
/// write. It bounds what one operation can make the merge do.
pub const MAX_SET_ELEMENTS: usize = 200;

/// Whether the record is deleted: a field of every kind (`PROTOCOL.md`, section 8).
pub const DELETED: &str = "_deleted";

impl KindSpec {
    /// What is wrong with these fields of an operation. Empty: nothing.
    ///
    /// `null` clears a field (in evidence: not measured) and is taken everywhere but in a set and in `_deleted`. The fields
    /// `i.<item>` of a `response` are checked by its template ([`Template::check`](crate::Template::check)), not here.
    pub fn check<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a RawValue)>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, value) in fields {
            if name == DELETED {
                check_value(&FieldType::Bool, name, value, &mut faults);
            } else if let Some(field) = self.field(name) {
                match field.policy {
                    Policy::Set => check_set(&field.ty, name, value, &mut faults),
                    _ if is_null(value) => {}
                    _ => check_value(&field.ty, name, value, &mut faults),
                }
            }
        }
        faults
    }
}

pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// Checks one value against a type; `null` is of no type.
pub fn check_value(ty: &FieldType, path: &str, value: &RawValue, faults: &mut Vec<Fault>) {
    let result = match *ty {
        FieldType::Bool => scalars::boolean(value),
        FieldType::Int { min, max, unit } => scalars::integer(value, min, max, unit),
        FieldType::Number { min, max, unit } => scalars::number(value, min, max, unit),
        FieldType::Text { max } => scalars::short_text(value, max),
        FieldType::Choice { of } => scalars::choice(value, of.iter().copied()),
        FieldType::Instant => scalars::instant(value),
        FieldType::Date => scalars::formed(value, is_date, "bad_date", "a day written YYYY-MM-DD"),
        FieldType::Id => scalars::formed(value, is_id, "bad_id", "an id: 1 to 128 letters, digits and . _ : @ -"),
        FieldType::Person => scalars::formed(value, forms::is_person, "bad_place", "a person, such as zjedz.p.m-0012"),
        FieldType::Place => {
            scalars::formed(value, forms::is_place, "bad_place", "a division code, district, unit or person")
        }
        FieldType::Village => scalars::formed(value, forms::is_village, "bad_place", "a village's code of 12 digits"),
        FieldType::Sha256 => scalars::formed(value, is_sha256, "bad_hash", "a SHA-256 in 64 lower-case hex digits"),
        FieldType::Geometry => geometry::check(value),
        FieldType::List { of, max } => return check_list(of, max, path, value, faults),
        FieldType::Json { max_bytes } => match value.get().len() {
            n if n > max_bytes => {
                Err(("too_long", format!("The value must have at most {max_bytes} bytes, and has {n}.")))
            }
            _ => Ok(()),
        },
    };
    if let Err((code, message)) = result {
        faults.push(Fault::new(path, code, message));
    }
}

/// The fault, if the value is none of these words.
pub(crate) fn choice_fault<'c>(
    path: &str,
    value: &RawValue,
    of: impl Iterator<Item = &'c str> + Clone,
) -> Option<Fault> {
    scalars::choice(value, of).err().map(|(code, message)| Fault::new(path, code, message))
}

fn check_list(of: &FieldType, max: usize, path: &str, value: &RawValue, faults: &mut Vec<Fault>) {
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
        return faults.push(Fault::new(path, "wrong_type", "The value must be a list."));
    };
    if elements.len() > max {
        let message = format!("The list must have at most {max} elements, and has {}.", elements.len());
        return faults.push(Fault::new(path, "too_many", message));
    }
    for (i, element) in elements.into_iter().enumerate() {
        check_element(of, path, "", i, element, faults);
    }
}

/// As written: `{"add":[e…],"remove":[[e,[dot…]]…]}`, each part optional.
#[derive(Deserialize)]
struct SetWrite<'a> {
    #[serde(borrow, default)]
    add: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    remove: Vec<(&'a RawValue, Vec<Cow<'a, str>>)>,
}

/// Checks a write of a set whose elements are of this type.
pub(crate) fn check_set(of: &FieldType, path: &str, value: &RawValue, faults: &mut Vec<Fault>) {
    // A sequence is refused by hand: serde would read `[[…],[…]]` into the struct by position.
    let write = match value.get().starts_with('{') {
        true => serde_json::from_str::<SetWrite<'_>>(value.get()).ok(),
        false => None,
    };
    let Some(write) = write else {
        let message = r#"A set is written {"add":[element…],"remove":[[element,[dot…]]…]}."#;
        return faults.push(Fault::new(path, "wrong_type", message));
    };
    let elements = write.add.len() + write.remove.len();
    if elements > MAX_SET_ELEMENTS {
        let message = format!("A write of a set must name at most {MAX_SET_ELEMENTS} elements, and names {elements}.");
        return faults.push(Fault::new(path, "too_many", message));
    }
    for (i, element) in write.add.into_iter().enumerate() {
        check_element(of, path, ".add", i, element, faults);
    }
    for (i, (element, dots)) in write.remove.into_iter().enumerate() {
        check_element(of, path, ".remove", i, element, faults);
        if let Some(bad) = dots.iter().find(|d| !is_dot(d)) {
            let message = format!("{bad:?} is not a dot: install, seq and hash joined by colons.");
            faults.push(Fault::new(&format!("{path}.remove[{i}]"), "bad_dot", message));
        }
    }
}

/// Checks an element in place and names its path only if there is a fault, for that is rare.
fn check_element(of: &FieldType, path: &str, part: &str, i: usize, element: &RawValue, faults: &mut Vec<Fault>) {
    let before = faults.len();
    check_value(of, "", element, faults);
    for fault in &mut faults[before..] {
        fault.path = format!("{path}{part}[{i}]{}", fault.path);
    }
}
