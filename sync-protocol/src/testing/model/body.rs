//! Section 10: the record as fed.

use std::collections::BTreeMap;

use super::{
    lines::{Dot, text},
    merge::{Held, Record},
};
use serde_json::Value;

pub fn body(name: &(String, String, String), r: &Record) -> String {
    let dots: Vec<&Dot> = r.by.keys().collect();
    let json = |s: &str| Value::from(s).to_string();
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let who = |h: &Held| list(h.by.iter().map(|d| dots.binary_search(&d).unwrap().to_string()).collect());
    let by = r.by.iter().map(|(d, (person, level, t))| {
        let ms = |t: Option<i64>| t.map_or("null".to_owned(), |t| t.to_string());
        let time = if t.anchored { ms(t.lo) } else { list(vec![ms(t.lo), ms(t.hi)]) };
        list(vec![json(&text(d)), json(person), json(level), time])
    });
    let mut out =
        BTreeMap::from([("by", list(by.collect())), ("s", json(&name.0)), ("k", json(&name.1)), ("id", json(&name.2))]);
    out.extend(r.gone.then(|| ("gone", "true".to_owned())));
    out.extend(r.tpl.as_ref().map(|t| ("tpl", json(t))));
    out.extend((!r.open.is_empty()).then(|| ("open", list(r.open.iter().map(|f| json(f)).collect()))));
    let mut put = |member, of: BTreeMap<&str, String>| out.extend((!of.is_empty()).then(|| (member, object(of))));
    put("f", r.shown().collect());
    put("el", r.sets.iter().map(|(n, held)| (n.as_str(), list(held.iter().map(who).collect()))).collect());
    let writer = |v: &Vec<Held>| v.iter().find(|h| h.why == "applied").map(who).filter(|w| w != "[0]");
    put("w", r.values.iter().filter_map(|(n, v)| Some((n.as_str(), writer(v)?))).collect());
    let beside = |v: &Vec<Held>| -> Vec<String> {
        let beside = v.iter().filter(|h| h.why != "applied");
        beside.map(|h| format!(r#"{{"by":{},"v":{},"why":"{}"}}"#, who(h), h.raw, h.why)).collect()
    };
    let alt = r.values.iter().map(|(n, v)| (n.as_str(), beside(v)));
    put("alt", alt.filter(|b| !b.1.is_empty()).map(|(n, b)| (n, list(b))).collect());
    object(out)
}

fn object(members: BTreeMap<&str, String>) -> String {
    let members: Vec<String> = members.iter().map(|(n, v)| format!("{}:{v}", Value::from(*n))).collect();
    format!("{{{}}}", members.join(","))
}

/// The sum of two numbers in 64 hex digits.
pub fn add(a: &str, b: &str) -> String {
    let (mut carry, mut sum) = (0, Vec::new());
    for i in (0..64).rev() {
        let digits = [a, b].map(|n| n[i..=i].chars().next().unwrap().to_digit(16).unwrap());
        let digit = digits.iter().sum::<u32>() + carry;
        carry = digit / 16;
        sum.push(char::from_digit(digit % 16, 16).unwrap());
    }
    sum.into_iter().rev().collect()
}
