//! Decisions on many at once. A request without a confirmation is a dry run: it says which and how many, and a word that stands for
//! exactly these; the same request with that word does it, all or nothing, if they still are these. Pure.

use std::{fmt, str::FromStr};

use mobile_schema::{Place, Role, Scope};
use serde::{Deserialize, Deserializer};
use sync_protocol::{Dot, InstallId, ids::sha256};

use crate::{
    auth::Principal,
    error::{ErrorCode, Problem},
};

/// Most operations that one request writes: one transaction, of about a second.
pub const MOST: usize = 1_000;

/// The word that stands for exactly these: how many they are, and a hash of what would be written.
pub fn word(of: &[String]) -> String {
    let hash = sha256(&[of.join("\n").as_bytes()]);
    format!("{}-{}", of.len(), hex::encode(&hash[..8]))
}

/// Whether it is to be done; else it is a dry run. A confirmation of anything else is `changed_meanwhile`.
pub fn is_confirmed(said: Option<&str>, of: &[String]) -> Result<bool, Problem> {
    let now = word(of);
    match said {
        None => Ok(false),
        Some(said) if said == now => Ok(true),
        Some(_) => Err(Problem::from(ErrorCode::ChangedMeanwhile).with("count", of.len()).with("confirm", now)),
    }
}

/// More than one request takes.
pub fn too_many() -> Problem {
    Problem::new(ErrorCode::TooManyAlike, format!("at most {MOST} at once"))
}

/// The one role in which the person may decide in all these scopes. A line names one.
pub fn role<'s>(who: &Principal, scopes: impl Iterator<Item = &'s str>) -> Result<Role, Problem> {
    let place = |scope| Scope::parse(scope).map(|s| s.place);
    let places: Option<Vec<Place>> = scopes.map(place).collect();
    let places = places.ok_or_else(|| Problem::new(ErrorCode::BadRequest, "scope: place/lane"))?;
    for place in &places {
        who.office_over(place)?;
    }
    let over_all = |role: &Role| places.iter().all(|place| who.role_over(&[*role], place).is_some());
    [Role::Office, Role::Admin]
        .into_iter()
        .find(over_all)
        .ok_or_else(|| Problem::new(ErrorCode::Forbidden, "you run these places in different roles; narrow the filter"))
}

/// What one request wrote: a stretch of a server process's chain. `install:from-to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The process.
    pub install: InstallId,
    /// The first seq.
    pub from: u64,
    /// The last.
    pub to: u64,
}

impl Batch {
    /// Of the operations that one request wrote, in order.
    pub fn of(dots: &[Dot]) -> Option<Self> {
        let (first, last) = (dots.first()?, dots.last()?);
        Some(Self { install: first.install, from: first.seq, to: last.seq })
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}-{}", self.install, self.from, self.to)
    }
}

impl FromStr for Batch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (install, stretch) = text.split_once(':')?;
            let (from, to) = stretch.split_once('-')?;
            let seq = |text: &str| text.parse::<u64>().ok().filter(|seq| (1..=1 << 53).contains(seq));
            Some(Self { install: install.parse().ok()?, from: seq(from)?, to: seq(to)? })
        };
        read().filter(|batch| batch.from <= batch.to).ok_or_else(|| "not of the form install:from-to".to_owned())
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::judge::Right;

    use super::*;
    use crate::auth::principal::Districts;

    #[test]
    fn only_the_word_for_exactly_these_confirms_them() {
        let these = ["a".to_owned(), "b".to_owned()];
        assert!(!is_confirmed(None, &these).unwrap());
        assert!(is_confirmed(Some(&word(&these)), &these).unwrap());
        for other in [&these[..1], &["b".to_owned(), "a".to_owned()], &[]] {
            let problem = is_confirmed(Some(&word(other)), &these).unwrap_err();
            assert_eq!(problem.code, ErrorCode::ChangedMeanwhile);
            assert_eq!(problem.extra["confirm"], word(&these));
        }
        assert!(word(&these).starts_with("2-"));
    }

    #[test]
    fn a_batch_is_read_as_it_is_written() {
        let batch = Batch { install: InstallId([0xab; 16]), from: 7, to: 12 };
        assert_eq!(batch.to_string().parse(), Ok(batch));
        let id = "ab".repeat(16);
        for wrong in
            [String::new(), id.clone(), format!("{id}:3"), format!("{id}:4-3"), format!("{id}:0-3"), "x:1-2".into()]
        {
            assert!(wrong.parse::<Batch>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_role_must_hold_over_all_of_them() {
        let right = |role, place: &str| Right { role, place: Place::parse(place).unwrap(), from: 0, to: None };
        let who = |rights| Principal {
            person: "zjedz.p.o".to_owned(),
            install: None,
            rights,
            districts: Districts::new(),
            closed: None,
        };
        let two = ["440811070201/inspection", "440811071201/inspection"];
        let role_of = |rights: Vec<Right>| role(&who(rights), two.into_iter()).map_err(|problem| problem.code);
        assert_eq!(role_of(vec![right(Role::Office, "440811")]), Ok(Role::Office));
        assert_eq!(role_of(vec![right(Role::Admin, "440811")]), Ok(Role::Admin));
        assert_eq!(role_of(vec![right(Role::Office, "440811070")]), Err(ErrorCode::Forbidden));
        assert_eq!(role_of(vec![right(Role::Manager, "440811")]), Err(ErrorCode::Forbidden));
        let mixed = vec![right(Role::Office, "440811070"), right(Role::Admin, "440811071")];
        assert_eq!(role_of(mixed), Err(ErrorCode::Forbidden));
    }
}
