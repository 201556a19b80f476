//! Section 8: when values are equal.

use super::lines::Members;
use serde_json::value::RawValue;

/// A value in one spelling: members sorted, no white space or escapes, numbers by what they are worth.
pub fn value(raw: &str) -> String {
    if let Ok(Members(mut m)) = serde_json::from_str(raw) {
        m.sort_by(|a, b| a.0.cmp(&b.0));
        return format!("{{{}}}", m.iter().map(|(n, v)| format!("{n:?}:{},", value(v.get()))).collect::<String>());
    }
    if let Ok(list) = serde_json::from_str::<Vec<Box<RawValue>>>(raw) {
        return format!("[{}]", list.iter().map(|v| value(v.get()) + ",").collect::<String>());
    }
    if let Ok(text) = serde_json::from_str::<String>(raw) {
        return format!("{text:?}");
    }
    if ["true", "false", "null"].contains(&raw) {
        return raw.to_owned();
    }
    let lower = raw.to_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let short = digits.trim_end_matches('0');
    let Ok(power) = exponent.parse::<i32>() else { return raw.to_owned() };
    let power = i64::from(power) - fraction.len() as i64 + (digits.len() - short.len()) as i64;
    match short.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{}{digits}e{power}", if raw.starts_with('-') { "-" } else { "" }),
    }
}
