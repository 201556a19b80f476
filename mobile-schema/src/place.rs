//! Places, lanes and scopes, and what covers what (`PROTOCOL.md`, section 2).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An audience. Scopes are place × lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Places, fences, teams, people, rules, templates.
    Roster,
    /// What work teams record.
    Presence,
    /// What inspectors record. Never given to work teams.
    Inspection,
    /// Personal data of households.
    Household,
    /// A person's own: leave, appeals, own verdicts, own grants.
    Own,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Lane; 5] = [Lane::Roster, Lane::Presence, Lane::Inspection, Lane::Household, Lane::Own];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Roster => "roster",
            Lane::Presence => "presence",
            Lane::Inspection => "inspection",
            Lane::Household => "household",
            Lane::Own => "own",
        }
    }

    /// The lane of that name.
    pub fn parse(name: &str) -> Option<Lane> {
        Lane::ALL.into_iter().find(|l| l.name() == name)
    }
}

/// A district's name: a named set of towns, never a code prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DistrictName(String);

impl DistrictName {
    /// `[a-z][a-z0-9-]{0,31}`.
    pub fn parse(s: &str) -> Option<Self> {
        let mut chars = s.chars();
        let first = chars.next()?.is_ascii_lowercase();
        (first && s.len() <= 32 && chars.all(name_char)).then(|| Self(s.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The national 12-digit code of a village-level division; its first 9 digits are the town.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VillageCode([u8; 12]);

impl VillageCode {
    /// Twelve digits.
    pub fn parse(s: &str) -> Option<Self> {
        let bytes: [u8; 12] = s.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_digit).then_some(Self(bytes))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }

    /// The nine digits of its town.
    pub fn town(&self) -> &str {
        &self.as_str()[..9]
    }
}

impl fmt::Display for VillageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place: a division, a district, a unit or a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// The place of that name, if it has one of the four forms.
    pub fn parse(s: &str) -> Option<Self> {
        let division = matches!(s.len(), 2 | 4 | 6 | 9 | 12) && s.bytes().all(|b| b.is_ascii_digit());
        let below = |kind: &str| {
            s.split_once(kind).is_some_and(|(district, name)| {
                DistrictName::parse(district).is_some() && (1..=64).contains(&name.len()) && name.chars().all(name_char)
            })
        };
        (division || DistrictName::parse(s).is_some() || below(".u.") || below(".p.")).then(|| Self(s.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a code of the national statistics office.
    pub fn is_division(&self) -> bool {
        self.0.as_bytes()[0].is_ascii_digit()
    }

    /// Whether it is a district as a whole.
    pub fn is_district(&self) -> bool {
        !self.is_division() && !self.0.contains('.')
    }

    /// Whether it is a person.
    pub fn is_person(&self) -> bool {
        self.0.contains(".p.")
    }

    /// The village, if it is one.
    pub fn village(&self) -> Option<VillageCode> {
        VillageCode::parse(&self.0)
    }

    /// Whether `self` is `other` or above it. `towns` gives the nine-digit codes of the towns of a district.
    pub fn covers<'t>(&self, other: &Place, towns: impl Fn(&str) -> &'t [String]) -> bool {
        if self == other {
            return true;
        }
        match (self.is_division(), other.is_division()) {
            (true, true) => other.0.starts_with(&self.0),
            (false, false) => self.is_district() && other.0.strip_prefix(&self.0).is_some_and(|r| r.starts_with('.')),
            (false, true) => self.is_district() && towns(&self.0).iter().any(|t| other.0.starts_with(t.as_str())),
            (true, false) => false,
        }
    }
}

fn name_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place and a lane, written `place/lane`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Where.
    pub place: Place,
    /// For whom.
    pub lane: Lane,
}

impl Scope {
    /// The scope written so.
    pub fn parse(s: &str) -> Option<Self> {
        let (place, lane) = s.split_once('/')?;
        Some(Self { place: Place::parse(place)?, lane: Lane::parse(lane)? })
    }

    /// The scope of these two.
    pub fn new(place: Place, lane: Lane) -> Self {
        Self { place, lane }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.place, self.lane.name())
    }
}

macro_rules! text_serde {
    ($($ty:ty),*) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(concat!("not a ", stringify!($ty))))
            }
        }
    )*};
}
text_serde!(Place, Scope, VillageCode);

#[cfg(test)]
mod tests {
    use super::*;

    fn place(s: &str) -> Place {
        Place::parse(s).unwrap_or_else(|| panic!("{s}"))
    }

    #[test]
    fn a_district_covers_its_towns_and_not_its_neighbours_under_the_same_prefix() {
        let towns = ["440811070".to_owned(), "440811173".to_owned()];
        let of = |_: &str| towns.as_slice();
        assert!(place("zjedz").covers(&place("440811070201"), of));
        assert!(!place("zjedz").covers(&place("440811001201"), of));
        assert!(place("zjedz").covers(&place("zjedz.p.a-1"), of));
        assert!(!place("zjedz").covers(&place("zjedz2.p.a-1"), of));
        assert!(place("440811070").covers(&place("440811070201"), of));
        assert!(!place("440811070201").covers(&place("440811070"), of));
        assert!(!place("zjedz.p.a").covers(&place("zjedz"), of));
    }

    #[test]
    fn forms() {
        for bad in ["", "44081", "Zj", "a.q.b", "a.p.", "a.p.B", "4408110702011", "a.p.b.c"] {
            assert!(Place::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(Scope::parse("440811070201/presence").unwrap().to_string(), "440811070201/presence");
        assert!(Scope::parse("440811070201/other").is_none());
        assert_eq!(VillageCode::parse("440811070201").unwrap().town(), "440811070");
    }
}
