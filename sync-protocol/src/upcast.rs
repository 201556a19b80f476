//! Bringing a line's fields from an older version of its kind's schema to the newest (`PROTOCOL.md`, section 7). The line's bytes stay as
//! they are; everything that reads it afterwards sees one spelling.

use mobile_schema::Step;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    canonical::canonical,
    set::{self, SetWrite},
};

/// Names and values, in the order written.
pub type Fields = Vec<(String, Box<RawValue>)>;

/// The fields of a line of that version as a line of the newest would have them. `upcasts` are those of its kind.
pub fn upcast(upcasts: &[&[Step]], version: u64, fields: Fields) -> Fields {
    let done = usize::try_from(version.saturating_sub(1)).unwrap_or(usize::MAX);
    let later = upcasts.iter().enumerate().skip(done);
    later.fold(fields, |fields, (i, steps)| {
        let mut writing = Writing { fields, version: i + 1 };
        steps.iter().for_each(|step| writing.take(step));
        writing.fields
    })
}

/// What a line writes, on the way from that version to the next.
struct Writing {
    fields: Fields,
    version: usize,
}

impl Writing {
    fn take(&mut self, step: &Step) {
        // Whatever an older app meant by a name that did not exist yet, it was not this.
        step.introduces().into_iter().for_each(|name| self.set_aside(name));
        match *step {
            Step::New { unasked: None, .. } => {}
            Step::New { field, unasked: Some((means, with)) } => {
                if let Some(asked) = self.value(with) {
                    let value = if asked.get() == "null" { "null" } else { means };
                    self.put(field, raw(value));
                }
            }
            Step::Rename { field, to } => self.rename(field, to),
            Step::Map { field, values } => self.map(field, values),
            Step::Multiply { field, by } => {
                if let Some(product) = self.value(field).and_then(|value| multiplied(value.get(), by)) {
                    self.put(field, raw(&product));
                }
            }
        }
    }

    fn value(&self, name: &str) -> Option<&RawValue> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }

    fn put(&mut self, name: &str, value: Box<RawValue>) {
        match self.fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => field.1 = value,
            None => self.fields.push((name.to_owned(), value)),
        }
    }

    /// Gives a field another name, and the reason for its value with it.
    fn rename(&mut self, name: &str, to: &str) {
        let reason = format!("_why.{name}");
        for (n, _) in &mut self.fields {
            if n == name {
                *n = to.to_owned();
            } else if *n == reason {
                *n = format!("_why.{to}");
            }
        }
    }

    fn set_aside(&mut self, name: &str) {
        let mut aside = name.to_owned();
        while self.value(&aside).is_some() || self.value(&format!("_why.{aside}")).is_some() {
            aside = format!("_v{}.{aside}", self.version);
        }
        self.rename(name, &aside);
    }

    fn map(&mut self, field: &str, values: &[(&str, &[(&str, &str)])]) {
        let Some(value) = self.value(field) else { return };
        let row = |old: &RawValue| values.iter().find(|(v, _)| canonical(&raw(v)) == canonical(old)).map(|row| row.1);
        if let Some(write) = set::read(value) {
            let of = |row: &[(&str, &str)]| row.iter().find(|(name, _)| *name == field).map(|(_, new)| raw(new));
            let mapped = |element: &RawValue| row(element).and_then(of).unwrap_or_else(|| element.to_owned());
            let value = mapped_set(&write, mapped);
            return self.put(field, value);
        }
        match row(value) {
            Some(row) => row.iter().for_each(|(name, new)| self.put(name, raw(new))),
            None => {
                let others = values.first().map_or(&[][..], |(_, fields)| fields).iter().map(|(name, _)| *name);
                others.filter(|name| *name != field).for_each(|name| self.put(name, raw("null")));
            }
        }
    }
}

fn mapped_set(write: &SetWrite<'_>, mapped: impl Fn(&RawValue) -> Box<RawValue>) -> Box<RawValue> {
    let add: Vec<_> = write.add.iter().map(|element| mapped(element)).collect();
    let remove: Vec<_> = write.remove.iter().map(|(element, dots)| (mapped(element), dots)).collect();
    to_raw_value(&serde_json::json!({ "add": add, "remove": remove })).expect("plain values serialise")
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).expect("a schema's steps hold JSON")
}

/// The number times `by`, exactly: its digits are multiplied, as many stay behind the point, less zeros at the end; an exponent stays.
/// None where it is no number.
fn multiplied(number: &str, by: u32) -> Option<String> {
    number.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(())?;
    let (mantissa, exponent) = number.split_at(number.find(['e', 'E']).unwrap_or(number.len()));
    let (sign, magnitude) = mantissa.split_at(usize::from(mantissa.starts_with('-')));
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let mut digits = times(&[whole, fraction].concat(), by);
    digits = format!("{digits:0>width$}", width = fraction.len() + 1);
    let (whole, fraction) = digits.split_at(digits.len() - fraction.len());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}{exponent}"))
}

/// A product of decimal digits of any length, without zeros before it.
fn times(digits: &str, by: u32) -> String {
    let (mut product, mut carry) = (Vec::new(), 0);
    for digit in digits.bytes().rev().map(|b| u64::from(b - b'0')) {
        carry += digit * u64::from(by);
        product.push(char::from(b'0' + (carry % 10) as u8));
        carry /= 10;
    }
    let digits: String = carry.to_string().chars().chain(product.into_iter().rev()).collect();
    let worth = digits.trim_start_matches('0');
    if worth.is_empty() { "0".to_owned() } else { worth.to_owned() }
}
