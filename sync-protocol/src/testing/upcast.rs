//! The model's own way from an older version of a kind to the newest: written from `PROTOCOL.md`, section 7, over the steps as exported.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};

use crate::{Op, canonical::canonical};
use mobile_schema::{export, kind};

type Texts = BTreeMap<String, String>;

/// The operation in the newest version of its kind.
pub fn newest(op: &mut Op) {
    let Some(spec) = kind(&op.kind) else { return };
    let written: Texts = op.fields.iter().map(|(name, value)| (name.clone(), value.get().to_owned())).collect();
    let fields = through(&export::upcasts(spec), op.version, written);
    op.fields = fields.into_iter().map(|(name, value)| (name, raw(value))).collect();
}

/// The texts of the values after all steps from that version on.
pub fn through(upcasts: &Value, version: u64, mut fields: Texts) -> Texts {
    for (n, steps) in (1..).zip(upcasts.as_array().unwrap()).filter(|(n, _)| *n >= version) {
        for step in steps.as_array().unwrap() {
            fields = one(step, n, fields);
        }
    }
    fields
}

fn one(step: &Value, from: u64, mut fields: Texts) -> Texts {
    let name = |member: &str| step[member].as_str().map(str::to_owned);
    if let Some(new) = name("new") {
        fields = moved(fields, &new, from);
        if let Some(asked) = name("with").and_then(|with| fields.get(&with).cloned()) {
            fields.insert(new, if asked == "null" { asked } else { step["value"].to_string() });
        }
    } else if let Some(old) = name("rename") {
        let to = name("to").unwrap();
        fields = moved(fields, &to, from);
        for prefix in ["", "_why."] {
            let value = fields.remove(&format!("{prefix}{old}"));
            fields.extend(value.map(|value| (format!("{prefix}{to}"), value)));
        }
    } else if let Some(field) = name("map") {
        let rows = step["values"].as_array().unwrap();
        for new in rows[0][1].as_object().unwrap().keys().filter(|new| **new != field) {
            fields = moved(fields, new, from);
        }
        if let Some(value) = fields.get(&field).cloned() {
            fields.extend(mapped(rows, &field, value));
        }
    } else if let Some(field) = name("multiply") {
        let product = |value: &String| decimal(value, step["by"].as_u64().unwrap());
        let product =
            fields.get(&field).filter(|v| v.starts_with(|c: char| c == '-' || c.is_ascii_digit())).map(product);
        fields.extend(product.map(|product| (field, product)));
    }
    fields
}

/// A field that the version did not know, under a name that nobody gave.
fn moved(mut fields: Texts, name: &str, from: u64) -> Texts {
    let taken = |fields: &Texts, n: &str| fields.contains_key(n) || fields.contains_key(&format!("_why.{n}"));
    let names = std::iter::successors(Some(name.to_owned()), |n| Some(format!("_v{from}.{n}")));
    let Some(free) = names.take(1_100).find(|n| !taken(&fields, n)).filter(|free| free != name) else { return fields };
    for prefix in ["", "_why."] {
        let value = fields.remove(&format!("{prefix}{name}"));
        fields.extend(value.map(|value| (format!("{prefix}{free}"), value)));
    }
    fields
}

fn mapped(rows: &[Value], field: &str, value: String) -> Texts {
    let same = |row: &&Value, text: &str| canonical(&raw(row[0].to_string())) == canonical(&raw(text.to_owned()));
    let row = |text: &str| rows.iter().find(|row| same(row, text)).map(|row| row[1].as_object().unwrap());
    let element = |e: &RawValue| row(e.get()).map_or(e.get().to_owned(), |row| row[field].to_string());
    #[derive(serde::Deserialize)]
    struct Set<'a> {
        #[serde(borrow, default)]
        add: Vec<&'a RawValue>,
        #[serde(borrow, default)]
        remove: Vec<(&'a RawValue, &'a RawValue)>,
    }
    if let Some(Ok(set)) = value.starts_with('{').then(|| serde_json::from_str::<Set<'_>>(&value)) {
        let add: Vec<String> = set.add.into_iter().map(element).collect();
        let remove: Vec<String> =
            set.remove.into_iter().map(|(e, dots)| format!("[{},{}]", element(e), dots.get())).collect();
        let set = format!(r#"{{"add":[{}],"remove":[{}]}}"#, add.join(","), remove.join(","));
        return Texts::from([(field.to_owned(), set)]);
    }
    match row(&value) {
        Some(row) => row.iter().map(|(name, new)| (name.clone(), new.to_string())).collect(),
        None => {
            let others = rows[0][1].as_object().unwrap().keys().filter(|name| *name != field);
            others.map(|name| (name.clone(), "null".to_owned())).collect()
        }
    }
}

/// The product with a decimal number, by whole numbers.
fn decimal(number: &str, by: u64) -> String {
    let exponent = number.find(['e', 'E']).map_or("", |at| &number[at..]);
    let mantissa = number.trim_end_matches(exponent);
    let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let digits: i128 = digits.replace('.', "").parse().expect("the model takes numbers of up to 30 digits");
    let product = format!("{:0>width$}", digits * i128::from(by), width = places + 1);
    let (whole, fraction) = product.split_at(product.len() - places);
    let fraction = fraction.trim_end_matches('0');
    format!("{sign}{whole}{}{fraction}{exponent}", if fraction.is_empty() { "" } else { "." })
}

fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap()
}
