//! A second reader of lines, written from sections 2 and 3 of `PROTOCOL.md` alone. It says of each line whether it is unreadable, and
//! why.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The code of an unreadable line.
pub fn unreadable(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    if text.strip_prefix("lost ").is_some_and(|hash| is_hex(hash, 64)) {
        return None;
    }
    let (object, tree) = (serde_json::from_str::<Members>(&text), depth(&text));
    match () {
        () if bytes.len() > 262_144 => Some("too_long"),
        () if std::str::from_utf8(bytes).is_err() => Some("not_utf8"),
        () if bytes.contains(&0) || text.replace("\\\\", "").contains("\\u0000") => Some("nul"),
        () if tree.as_ref().is_err_and(|e| e.to_string().contains("hex escape")) => Some("bad_surrogate"),
        () if tree.is_ok_and(|depth| depth > 32) => Some("too_deep"),
        () => match object {
            Err(_) => Some("not_json"),
            Ok(object) => members(&object).is_none().then_some("bad_member"),
        },
    }
}

/// How deep a value is; an error where a text in it is none. Numbers are not read: JSON has some that no float holds.
fn depth(value: &str) -> Result<usize, serde_json::Error> {
    let within = match value.trim_start().as_bytes().first() {
        Some(b'[') => serde_json::from_str::<Vec<Box<RawValue>>>(value)?,
        Some(b'{') => serde_json::from_str::<Members>(value)?.0.into_iter().map(|(_, value)| value).collect(),
        Some(b'"') => return serde_json::from_str::<String>(value).map(|_| 0),
        _ => return Ok(0),
    };
    within.iter().try_fold(1, |deepest, value| Ok(deepest.max(1 + depth(value.get())?)))
}

/// Nothing, where a member is missing, twice, or of another type or form.
fn members(line: &Members) -> Option<()> {
    let clocks = line.one::<Members>("t")?.unwrap_or(Members(Vec::new()));
    let boot = clocks.one::<String>("b")?;
    let _ = (clocks.int("w")?, clocks.int("m")?, clocks.pair("g")?, clocks.pair("n")?);
    let fields = line.one::<Members>("f")?.map_or(Vec::new(), |fields| fields.0);
    let mut names: Vec<&String> = fields.iter().map(|(name, _)| name).collect();
    names.sort();
    let seen = line.one::<Vec<String>>("seen")?.unwrap_or_default();
    let (scope, kind, id) = (line.one::<String>("s")?, line.one::<String>("k")??, line.one::<String>("id")?);
    let (_, _, role) = (line.one::<String>("tpl")?, line.one::<String>("by")?, line.one::<String>("as")?);
    let good = boot.is_none_or(|boot| boot.len() <= 64)
        && names.windows(2).all(|two| two[0] != two[1])
        && (fields.len() <= 1000 && seen.len() <= 1000 && seen.iter().all(|dot| is_dot(dot)))
        && line.int("v")? != Some(0)
        && role.is_none_or(|role| mobile_schema::Role::parse(&role).is_some())
        && (kind == "time" || scope.is_some() && id.is_some());
    good.then_some(())
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| b"0123456789abcdef".contains(&b))
}

fn is_dot(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let seq = |text: &str| text.parse().is_ok_and(|n: u64| (1..=1 << 53).contains(&n) && n.to_string() == text);
    parts.len() == 3 && is_hex(parts[0], 32) && seq(parts[1]) && is_hex(parts[2], 16)
}

/// The members of an object as they stand, values verbatim.
struct Members(Vec<(String, Box<RawValue>)>);

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

    fn pair(&self, name: &str) -> Option<Option<[i64; 2]>> {
        let pair = self.one::<[i64; 2]>(name)?;
        pair.is_none_or(|p| p.iter().all(|n| (0..=1 << 53).contains(n))).then_some(pair)
    }
}
