//! Sections 2 and 3: what a line is.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};
use sha2::{Digest, Sha256};

/// Install, seq, first 16 hex digits of the hash.
pub type Dot = (String, u64, String);

#[derive(Clone)]
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
    pub acting: Option<(String, String)>,
}

pub enum Read {
    Blank(String),
    Time(Clock),
    Op(Box<Op>),
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
    let seq = parts.get(1)?.parse().ok().filter(|n: &u64| (1..=1 << 53).contains(n) && n.to_string() == parts[1])?;
    let good = parts.len() == 3 && is_hex(parts[0], 32) && is_hex(parts[2], 16);
    good.then(|| (parts[0].into(), seq, parts[2].into()))
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
    /// The one member of that name; none if there are two or it is of another type. `null` is as missing.
    fn one<T: DeserializeOwned>(&self, name: &str) -> Option<Option<T>> {
        let found: Vec<&str> = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.get()).collect();
        match found[..] {
            [] | ["null"] => Some(None),
            [value] => serde_json::from_str(value).ok().map(Some),
            _ => None,
        }
    }

    fn int(&self, name: &str) -> Option<Option<i64>> {
        let int = self.one::<i64>(name)?;
        int.is_none_or(|n| (0..=1 << 53).contains(&n)).then_some(int)
    }

    fn pair(&self, name: &str) -> Option<Option<(i64, i64)>> {
        let pair = self.one::<[i64; 2]>(name)?;
        pair.is_none_or(|p| p.iter().all(|n| (0..=1 << 53).contains(n))).then_some(pair.map(|p| (p[0], p[1])))
    }
}

pub fn read(dot: &Dot, bytes: &[u8]) -> Read {
    let text = String::from_utf8_lossy(bytes);
    if let Some(lost) = text.strip_prefix("lost ").filter(|h| is_hex(h, 64)) {
        return Read::Blank(lost.to_owned());
    }
    let (object, tree) = (serde_json::from_str::<Members>(&text), serde_json::from_str::<Value>(&text));
    Read::Unreadable(match () {
        () if bytes.len() > 262_144 => "too_long",
        () if std::str::from_utf8(bytes).is_err() => "not_utf8",
        () if bytes.contains(&0) || text.replace("\\\\", "").contains("\\u0000") => "nul",
        () if tree.as_ref().is_err_and(|e| e.to_string().contains("hex escape")) => "bad_surrogate",
        () if tree.is_ok_and(|tree| depth(&tree) > 32) => "too_deep",
        () if object.is_err() => "not_json",
        () => match members_read(dot, &object.unwrap()) {
            Some(read) => return read,
            None => "bad_member",
        },
    })
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn members_read(dot_: &Dot, m: &Members) -> Option<Read> {
    let t = m.one::<Members>("t")?.unwrap_or(Members(Vec::new()));
    let boot = t.one::<String>("b")?;
    t.int("w")?;
    let t = Clock { mono: t.int("m")?, g: t.pair("g")?, n: t.pair("n")?, boot };
    let f = m.one::<Members>("f")?.map_or(Vec::new(), |f| f.0);
    let mut names: Vec<&String> = f.iter().map(|(n, _)| n).collect();
    names.sort();
    let seen = m.one::<Vec<String>>("seen")?.unwrap_or_default();
    let seen: Vec<Dot> = seen.iter().map(|d| dot(d)).collect::<Option<_>>()?;
    let (s, k, id) = (m.one::<String>("s")?, m.one::<String>("k")??, m.one::<String>("id")?);
    let (tpl, by, role, v) = (m.one("tpl")?, m.one("by")?, m.one::<String>("as")?, m.int("v")?.unwrap_or(1));
    let good_role = role.as_ref().is_none_or(|r| mobile_schema::Role::parse(r).is_some());
    let good = t.boot.as_ref().is_none_or(|b| b.len() <= 64) && names.windows(2).all(|w| w[0] != w[1]);
    if v == 0 || f.len() > 1000 || seen.len() > 1000 || !good_role || !good {
        return None;
    }
    if k == "time" {
        return Some(Read::Time(t));
    }
    Some(Read::Op(Box::new(Op { dot: dot_.clone(), s: s?, k, id: id?, v, f, seen, t, tpl, acting: by.zip(role) })))
}
