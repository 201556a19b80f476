//! Reading a line (`PROTOCOL.md`, section 3). Whatever the bytes, the result is final and the bytes stay.

mod draft;

use std::fmt;

use mobile_schema::Role;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

pub use draft::LineDraft;

use crate::{
    chain,
    ids::{Dot, Hash, InstallId, sha256},
    time::{MAX_INTEGER, TimeEvidence},
    upcast::upcast,
};

/// Longest line in bytes. A filled checklist of 500 items with notes is about 60 kB.
pub const MAX_LINE_BYTES: usize = 256 * 1024;
/// Deepest nesting: twice what a multipolygon fence in a field in a line needs, and far below any parser's stack.
pub const MAX_DEPTH: usize = 32;
/// Most fields, and most dots in `seen`, of one line.
pub const MAX_MEMBERS: usize = 1_000;

/// Every code of an unreadable line.
pub const CODES: [&str; 7] = ["too_long", "not_utf8", "nul", "bad_surrogate", "too_deep", "not_json", "bad_member"];

/// What a line turned out to be.
#[derive(Debug, Clone)]
pub enum Line {
    /// A write to a record.
    Op(Box<Op>),
    /// Time evidence alone.
    Time(TimeEvidence),
    /// Stands for a lost line of that hash.
    Blank(Hash),
    /// Kept as bytes.
    Unreadable(Unreadable),
}

/// Why a line is unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Longer than [`MAX_LINE_BYTES`].
    TooLong,
    /// Not UTF-8.
    NotUtf8,
    /// A NUL, raw or escaped. Some databases hold none in text.
    Nul,
    /// Half of a surrogate pair.
    BadSurrogate,
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Not one JSON object.
    NotJson,
    /// A member of the envelope missing, twice, or not of its form.
    BadMember,
}

impl Unreadable {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Unreadable::TooLong => "too_long",
            Unreadable::NotUtf8 => "not_utf8",
            Unreadable::Nul => "nul",
            Unreadable::BadSurrogate => "bad_surrogate",
            Unreadable::TooDeep => "too_deep",
            Unreadable::NotJson => "not_json",
            Unreadable::BadMember => "bad_member",
        }
    }
}

/// One operation: the write of some fields of one record.
#[derive(Debug, Clone)]
pub struct Op {
    /// Its name.
    pub dot: Dot,
    /// Scope of the record, as written.
    pub scope: String,
    /// Kind of the record.
    pub kind: String,
    /// Id of the record.
    pub id: String,
    /// Version of the kind's schema that the author wrote with.
    pub version: u64,
    /// Name and value, in the order written: verbatim, but for what [`upcast()`] changes.
    pub fields: Vec<(String, Box<RawValue>)>,
    /// The operations whose values the author saw.
    pub seen: Vec<Dot>,
    /// When.
    pub time: TimeEvidence,
    /// The template of a response, `key@version`.
    pub tpl: Option<String>,
    /// The acting person and role, in lines of server installs.
    pub acting: Option<(String, Role)>,
    /// Of a write that another install carries: the name its line had.
    pub carried: Option<Dot>,
    /// Whether the values are gone (section 19).
    pub erased: bool,
}

impl Op {
    /// The value written to that field.
    pub fn field(&self, name: &str) -> Option<&RawValue> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| &**v)
    }
}

/// Reads the line at that place of that install's chain. The fields of an operation are those of the newest version of its kind.
pub fn read(install: InstallId, seq: u64, line: &[u8]) -> Line {
    match as_written(install, seq, line) {
        Line::Op(op) => Line::Op(Box::new(newest(*op))),
        other => other,
    }
}

/// The operation as one of the newest version of its kind.
pub(crate) fn newest(mut op: Op) -> Op {
    if let Some(spec) = mobile_schema::kind(&op.kind).filter(|spec| op.version < u64::from(spec.version)) {
        op.fields = upcast(spec.upcasts, op.version, op.fields);
    }
    op
}

/// Likewise, with the fields as its author wrote them.
pub fn as_written(install: InstallId, seq: u64, line: &[u8]) -> Line {
    if let Some(hash) = chain::blank(line) {
        return Line::Blank(hash);
    }
    match parse(install, seq, line) {
        Ok(line) => line,
        Err(why) => Line::Unreadable(why),
    }
}

fn parse(install: InstallId, seq: u64, line: &[u8]) -> Result<Line, Unreadable> {
    if line.len() > MAX_LINE_BYTES {
        return Err(Unreadable::TooLong);
    }
    let text = std::str::from_utf8(line).map_err(|_| Unreadable::NotUtf8)?;
    scan(line)?;
    read_as(Dot::new(install, seq, &sha256(&[line])), text)
}

/// Reads the text as what was written under that name.
pub(crate) fn read_as(dot: Dot, text: &str) -> Result<Line, Unreadable> {
    let envelope: Envelope = serde_json::from_str(text).map_err(|_| {
        // A reader stops at a bad member, before it knows whether the rest is JSON.
        let object = text.trim_ascii_start().starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok();
        if object { Unreadable::BadMember } else { Unreadable::NotJson }
    })?;
    envelope.check(dot).ok_or(Unreadable::BadMember)
}

/// Finds, in one pass, what every reader downstream must be spared: NUL, half surrogates, depth.
fn scan(line: &[u8]) -> Result<(), Unreadable> {
    let (mut depth, mut deepest, mut in_string) = (0usize, 0, false);
    // Half of a pair that waits for the other; and whether one waited in vain.
    let (mut high_surrogate, mut half) = (false, false);
    let mut i = 0;
    while i < line.len() {
        let mut waits = false;
        match line[i] {
            0 => return Err(Unreadable::Nul),
            b'\\' if in_string => {
                i += 1;
                match line.get(i..i + 5).and_then(unit) {
                    Some(0) => return Err(Unreadable::Nul),
                    Some(unit) => {
                        i += 4;
                        match unit {
                            0xD800..=0xDBFF => waits = true,
                            0xDC00..=0xDFFF if high_surrogate => high_surrogate = false,
                            0xDC00..=0xDFFF => half = true,
                            _ => {}
                        }
                    }
                    None if line.get(i) == Some(&0) => return Err(Unreadable::Nul),
                    // Another escape, or none at all: then the JSON reader says so.
                    None => {}
                }
            }
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        half |= high_surrogate;
        high_surrogate = waits;
        i += 1;
    }
    match () {
        () if half || high_surrogate => Err(Unreadable::BadSurrogate),
        () if deepest > MAX_DEPTH => Err(Unreadable::TooDeep),
        () => Ok(()),
    }
}

/// The unit of `uXXXX`, if these five bytes are that.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"u").filter(|d| d.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[derive(Deserialize)]
struct Envelope {
    s: Option<String>,
    k: String,
    id: Option<String>,
    v: Option<u64>,
    f: Option<Fields>,
    seen: Option<Vec<Dot>>,
    t: Option<TimeEvidence>,
    tpl: Option<String>,
    by: Option<String>,
    #[serde(rename = "as")]
    as_role: Option<Role>,
}

impl Envelope {
    fn check(self, dot: Dot) -> Option<Line> {
        let (time, version) = (self.t.unwrap_or_default(), self.v.unwrap_or(1));
        let (fields, seen) = (self.f.unwrap_or_default().0, self.seen.unwrap_or_default());
        let fits = fields.len() <= MAX_MEMBERS && seen.len() <= MAX_MEMBERS;
        (fits && time.is_well_formed() && (1..=MAX_INTEGER).contains(&version)).then_some(())?;
        if self.k == "time" {
            return Some(Line::Time(time));
        }
        Some(Line::Op(Box::new(Op {
            dot,
            scope: self.s?,
            kind: self.k,
            id: self.id?,
            version,
            fields,
            seen,
            time,
            tpl: self.tpl,
            acting: self.by.zip(self.as_role),
            carried: None,
            erased: false,
        })))
    }
}

/// An object's members in order, each value verbatim, no name twice.
#[derive(Default)]
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    fields.push((name, value));
                }
                let mut names: Vec<&str> = fields.iter().map(|(n, _)| n.as_str()).collect();
                names.sort_unstable();
                if names.windows(2).any(|w| w[0] == w[1]) {
                    return Err(de::Error::custom("a field is named twice"));
                }
                Ok(Fields(fields))
            }
        }
        d.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &[u8]) -> &'static str {
        match read(InstallId([1; 16]), 1, line) {
            Line::Unreadable(why) => why.code(),
            Line::Op(_) => "op",
            Line::Time(_) => "time",
            Line::Blank(_) => "blank",
        }
    }

    #[test]
    fn what_cannot_be_read_has_a_code() {
        let deep = format!(r#"{{"s":"a","k":"b","id":"c","f":{{"x":{}{}}}}}"#, "[".repeat(40), "]".repeat(40));
        for (line, expected) in [
            (&br#"{"s":"a","k":"b","id":"c"}"#[..], "op"),
            (br#"{"k":"time","t":{"w":1}}"#, "time"),
            (b"{\"s\":\"\xff\"}", "not_utf8"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":"\u0000"}}"#, "nul"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":"\\u0000"}}"#, "op"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":"\ud800"}}"#, "bad_surrogate"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":"\udc00"}}"#, "bad_surrogate"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":"\ud83d\ude00"}}"#, "op"),
            (deep.as_bytes(), "too_deep"),
            (b"", "not_json"),
            (b"[]", "not_json"),
            (b"{} {}", "not_json"),
            (br#"{"k":1, nonsense"#, "not_json"),
            (
                br#"{"s":"a","k":"b","id":"c","f":{"x":"\ud800","y":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]"#,
                "bad_surrogate",
            ),
            (b"{\"s\":\"\\u12\0\"}", "nul"),
            (br#"{"s":"a","k":"b","id":"c","v":null,"f":null,"seen":null,"t":null,"tpl":null}"#, "op"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":1,"x":2}}"#, "bad_member"),
            (br#"{"s":"a","k":"b","id":"c","k":"d"}"#, "bad_member"),
            (br#"{"s":"a","k":"b"}"#, "bad_member"),
            (br#"{"s":"a","k":"b","id":"c","v":1.5}"#, "bad_member"),
            (br#"{"s":"a","k":"b","id":"c","t":{"m":99999999999999999}}"#, "bad_member"),
            (br#"{"s":"a","k":"b","id":"c","f":{"x":NaN}}"#, "not_json"),
        ] {
            assert_eq!(code(line), expected, "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(code(&vec![b' '; MAX_LINE_BYTES + 1]), "too_long");
    }
}
