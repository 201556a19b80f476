//! Sections 2 and 3: what a line is.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};
use sha2::{Digest, Sha256};

/// Install, seq, first 16 hex digits of the hash.
pub type Dot = (String, u64, String);

#[derive(Clone, Default)]
pub struct Clock {
    pub boot: Option<String>,
    pub mono: Option<i64>,
    pub g: Option<(i64, i64)>,
    pub n: Option<(i64, i64)>,
}

pub struct Op {
    pub dot: Dot,
    pub s: String,
    pub k: String,
    pub id: String,
    pub v: i64,
    pub f: Vec<(String, Box<RawValue>)>,
    pub seen: Vec<Dot>,
    pub t: Clock,
    pub tpl: Option<String>,
    pub by: Option<String>,
    pub role: Option<String>,
}

pub enum Read {
    Blank(String),
    Time(Clock),
    Op(Op),
    Unreadable(&'static str),
}

pub fn hex_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub fn text(dot: &Dot) -> String {
    format!("{}:{}:{}", dot.0, dot.1, dot.2)
}

pub fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| b"0123456789abcdef".contains(&b))
}

pub fn dot(text: &str) -> Option<Dot> {
    let parts: Vec<&str> = text.split(':').collect();
    let seq: u64 = parts.get(1)?.parse().ok().filter(|n| (1..=1 << 53).contains(n) && n.to_string() == parts[1])?;
    (parts.len() == 3 && is_hex(parts[0], 32) && is_hex(parts[2], 16)).then(|| (parts[0].into(), seq, parts[2].into()))
}

/// The members of an object as they stand, values verbatim.
pub struct Members(pub Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                std::iter::from_fn(|| map.next_entry().transpose()).collect::<Result<_, _>>().map(Members)
            }
        }
        d.deserialize_map(V)
    }
}

impl Members {
    /// The one member of that name; an error if there are two. `null` is none.
    fn one<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ()> {
        let found: Vec<&str> = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.get()).collect();
        match found[..] {
            [] | ["null"] => Ok(None),
            [value] => serde_json::from_str(value).map(Some).map_err(|_| ()),
            _ => Err(()),
        }
    }
}

pub fn read(dot: &Dot, bytes: &[u8]) -> Read {
    let text = String::from_utf8_lossy(bytes);
    if let Some(lost) = text.strip_prefix("lost ").filter(|h| is_hex(h, 64)) {
        return Read::Blank(lost.to_owned());
    }
    let escapes = escapes(&text);
    let pairs = |w: &[Option<u16>]| matches!(w, [Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)]);
    let lone = |i: usize| match escapes[i] {
        Some(0xd800..=0xdbff) => !pairs(&escapes[i..escapes.len().min(i + 2)]),
        Some(0xdc00..=0xdfff) => i == 0 || !pairs(&escapes[i - 1..=i]),
        _ => false,
    };
    Read::Unreadable(match () {
        () if bytes.len() > 262_144 => "too_long",
        () if std::str::from_utf8(bytes).is_err() => "not_utf8",
        () if bytes.contains(&0) || escapes.contains(&Some(0)) => "nul",
        () if (0..escapes.len()).any(lone) => "bad_surrogate",
        () if depth(&text) > 32 => "too_deep",
        () => match serde_json::from_str::<&RawValue>(&text).ok().and_then(|v| serde_json::from_str(v.get()).ok()) {
            None => "not_json",
            Some(members) => match members_read(dot, &members) {
                Ok(read) => return read,
                Err(()) => "bad_member",
            },
        },
    })
}

/// What stands in strings: of each character `None`, of each `\u` escape its unit.
fn escapes(text: &str) -> Vec<Option<u16>> {
    let mut out = Vec::new();
    for (i, piece) in strings(text).iter().enumerate().filter(|(i, _)| i % 2 == 1) {
        let mut rest = piece.as_str();
        while let Some(c) = rest.chars().next() {
            let unit = rest.strip_prefix("\\u").and_then(|r| r.get(..4)).and_then(|h| u16::from_str_radix(h, 16).ok());
            let skip = if unit.is_some() { 6 } else { c.len_utf8() + if c == '\\' { rest[1..].chars().next().map_or(0, char::len_utf8) } else { 0 } };
            out.push(unit);
            rest = &rest[skip..];
        }
        out.push(None);
        let _ = i;
    }
    out
}

/// The text outside of strings, inside, outside …
fn strings(text: &str) -> Vec<String> {
    let (mut out, mut escaped) = (vec![String::new()], false);
    for c in text.chars() {
        if c == '"' && !escaped {
            out.push(String::new());
        } else {
            let inside = out.len() % 2 == 0;
            escaped = inside && c == '\\' && !escaped;
            out.last_mut().unwrap().push(c);
            continue;
        }
        escaped = false;
    }
    out
}

fn depth(text: &str) -> i32 {
    let brackets = strings(text).into_iter().step_by(2).collect::<String>();
    let mut now = 0;
    brackets.chars().map(|c| { now += i32::from("{[".contains(c)) - i32::from("}]".contains(c)); now }).max().unwrap_or(0)
}

fn members_read(dot_: &Dot, m: &Members) -> Result<Read, ()> {
    let int = |v: Value| v.as_i64().filter(|n| (0..=1 << 53).contains(n)).ok_or(());
    let t = m.one::<Members>("t")?.unwrap_or(Members(Vec::new()));
    let pair = |name| {
        let pair = t.one::<Vec<Value>>(name)?;
        pair.map(|p| if p.len() == 2 { Ok((int(p[0].clone())?, int(p[1].clone())?)) } else { Err(()) }).transpose()
    };
    t.one::<Value>("w")?.map(int).transpose()?;
    let clock = Clock { boot: t.one("b")?, mono: t.one("m")?.map(int).transpose()?, g: pair("g")?, n: pair("n")? };
    let v = m.one("v")?.map_or(Ok(1), int)?;
    let f = m.one::<Members>("f")?.map_or(Vec::new(), |f| f.0);
    let mut names: Vec<&String> = f.iter().map(|(n, _)| n).collect();
    names.sort();
    let twice = names.windows(2).any(|w| w[0] == w[1]);
    let seen = m.one::<Vec<String>>("seen")?.unwrap_or_default();
    let seen: Vec<Dot> = seen.iter().map(|d| dot(d).ok_or(())).collect::<Result<_, _>>()?;
    let (s, k, id) = (m.one::<String>("s")?, m.one::<String>("k")?.ok_or(())?, m.one::<String>("id")?);
    let (tpl, by, role) = (m.one("tpl")?, m.one("by")?, m.one::<String>("as")?);
    let roles = mobile_schema::Role::ALL.map(|r| r.name());
    if v == 0 || twice || f.len() > 1000 || seen.len() > 1000 || role.as_ref().is_some_and(|r| !roles.contains(&r.as_str())) {
        return Err(());
    }
    if k == "time" {
        return Ok(Read::Time(clock));
    }
    Ok(Read::Op(Op { dot: dot_.clone(), s: s.ok_or(())?, k, id: id.ok_or(())?, v, f, seen, t: clock, tpl, by, role }))
}
