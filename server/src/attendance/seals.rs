//! Signings of months: which holds, and the code by which a print is checked against them. Pure.
//!
//! A village's month is signed as a whole; what one signing wrote, a record a member, has the same `act`. The newest signing of a village and month
//! holds unless it was unsealed; the earlier stay readable. Of a town or district, what holds is what holds of its villages.
//!
//! A code is a keyed hash of a place, a month, and all that holds there: nobody can make one up, it needs no table, and whoever checks it learns whether
//! that is what holds still. Which it was when it does not is found by going back through the signings.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zhucun_presence::month::Month;

use crate::{gallery::code, keys::ServerKeys};

/// A seal without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose month.
    pub person: String,
    /// Where.
    pub village: String,
    /// The signing.
    pub act: String,
    /// When, ms.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// Hash of what was sealed.
    pub digest: String,
    /// Why again, or although days were open.
    pub reason: Option<String>,
    /// Why it was unsealed.
    pub lifted: Option<String>,
    /// By whom.
    pub lifted_by: Option<String>,
    /// When, ms.
    pub lifted_ms: Option<i64>,
}

/// One signing of one village's month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Where.
    pub village: String,
    /// The signing.
    pub act: String,
    /// When, ms.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// Why again, or although days were open.
    pub reason: Option<String>,
    /// Since when it is unsealed, by whom and why.
    pub lifted: Option<(i64, String, String)>,
    /// The members, each with the hash of what was sealed.
    pub members: BTreeMap<String, String>,
}

/// The signings, by village and time.
pub fn acts(heads: Vec<Head>) -> Vec<Act> {
    let mut acts: BTreeMap<(String, i64, String), Act> = BTreeMap::new();
    for head in heads {
        let key = (head.village.clone(), head.at_ms, head.act.clone());
        let act = acts.entry(key).or_insert_with(|| Act {
            village: head.village,
            act: head.act,
            at_ms: head.at_ms,
            by: head.by,
            reason: head.reason,
            lifted: None,
            members: BTreeMap::new(),
        });
        // Whichever member's part of it is unsealed, it no longer holds as a whole.
        let lifted =
            head.lifted.map(|why| (head.lifted_ms.unwrap_or_default(), head.lifted_by.unwrap_or_default(), why));
        act.lifted = act.lifted.take().into_iter().chain(lifted).min();
        act.members.insert(head.person, head.digest);
    }
    acts.into_values().collect()
}

/// What holds, a signing a village, at the end of that millisecond; of all time where none is named.
pub fn holding(acts: &[Act], at_ms: Option<i64>) -> Vec<&Act> {
    let by_then = |ms: i64| at_ms.is_none_or(|at| ms <= at);
    acts.chunk_by(|a, b| a.village == b.village)
        .filter_map(|of_village| of_village.iter().rfind(|act| by_then(act.at_ms)))
        .filter(|act| !act.lifted.as_ref().is_some_and(|(ms, ..)| by_then(*ms)))
        .collect()
}

/// The code of what holds at a place.
pub fn code_of(keys: &ServerKeys, place: &str, month: Month, holding: &[&Act]) -> String {
    let mut print = Sha256::new();
    for act in holding {
        for (person, digest) in &act.members {
            print.update(format!("{}\t{}\t{person}\t{digest}\n", act.village, act.act));
        }
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&keys.token.to_bytes()).expect("a key has any length");
    mac.update(format!("zhucun seal code v1\n{place}\n{month}\n").as_bytes());
    mac.update(&print.finalize());
    code::spelt(&mac.finalize().into_bytes())
}

/// What stands on a print: place, month and code, `<place>-<YYYY-MM>-<XXXXX-XXXXX>`.
pub fn printed(place: &str, month: Month, code: &str) -> String {
    format!("{place}-{month}-{code}")
}

/// Place, month and code as printed; case and spaces do not matter in the code.
pub fn read(printed: &str) -> Option<(String, Month, String)> {
    let printed = printed.trim();
    let parts: Vec<&str> = printed.split('-').collect();
    let at = (1..parts.len().saturating_sub(2))
        .rev()
        .find(|at| Month::parse(&format!("{}-{}", parts[*at], parts[at + 1])).is_some())?;
    let month = Month::parse(&format!("{}-{}", parts[at], parts[at + 1]))?;
    let (place, code) = (parts[..at].join("-"), parts[at + 2..].concat());
    (!place.is_empty() && !code.is_empty()).then(|| (place, month, code::typed(&code)))
}

/// What became of what a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It holds.
    Holds,
    /// It does not any more, since that moment, ms.
    Ended(i64),
}

/// What a code stands for among these signings: what held, and whether it does still. None where it was never given out here.
pub fn checked<'a>(
    keys: &ServerKeys,
    (place, month): (&str, Month),
    acts: &'a [Act],
    code: &str,
) -> Option<(Vec<&'a Act>, Fate)> {
    let now = holding(acts, None);
    if !now.is_empty() && code_of(keys, place, month, &now) == code {
        return Some((now, Fate::Holds));
    }
    let lifted = acts.iter().filter_map(|act| Some(act.lifted.as_ref()?.0));
    let moments: BTreeSet<i64> = acts.iter().map(|act| act.at_ms).chain(lifted).collect();
    let moments: Vec<i64> = moments.into_iter().collect();
    moments.windows(2).rev().find_map(|pair| {
        let held = holding(acts, Some(pair[0]));
        (!held.is_empty() && code_of(keys, place, month, &held) == code).then_some((held, Fate::Ended(pair[1])))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(first: u8) -> ServerKeys {
        let mut seed = first;
        ServerKeys::generate("e", || {
            seed += 1;
            [seed; 32]
        })
    }

    fn head(village: &str, act: &str, at_ms: i64, lifted_ms: Option<i64>) -> Head {
        Head {
            person: "zjedz.p.a".into(),
            village: village.into(),
            act: act.into(),
            at_ms,
            by: "zjedz.p.o".into(),
            digest: act.repeat(4),
            reason: None,
            lifted: lifted_ms.map(|_| "错".into()),
            lifted_by: lifted_ms.map(|_| "zjedz.p.o".into()),
            lifted_ms,
        }
    }

    fn held(acts: &[Act], at_ms: Option<i64>) -> Vec<&str> {
        holding(acts, at_ms).iter().map(|act| act.act.as_str()).collect()
    }

    #[test]
    fn the_newest_signing_of_each_village_holds_until_it_is_unsealed() {
        let all = acts(vec![head("A", "1", 10, None), head("B", "1", 10, None), head("A", "2", 20, Some(30))]);
        assert_eq!(held(&all, Some(9)), [""; 0]);
        assert_eq!(held(&all, Some(10)), ["1", "1"]);
        assert_eq!(held(&all, Some(29)), ["2", "1"]);
        assert_eq!(held(&all, None), ["1"], "what was unsealed does not bring back what it replaced");
    }

    #[test]
    fn a_code_is_of_one_place_month_state_and_server() {
        let month = Month::parse("2026-03").unwrap();
        let keys_ours = keys(0);
        let first = acts(vec![head("A", "1", 10, None)]);
        let code = code_of(&keys_ours, "zj-edz", month, &holding(&first, None));
        let text = printed("zj-edz", month, &code);
        assert_eq!(read(&text.replace(&code, &code.to_lowercase())), Some(("zj-edz".into(), month, code.clone())));
        let find = |acts: &[Act], keys: &ServerKeys, place: &str| {
            checked(keys, (place, month), acts, &code).map(|(_, fate)| fate)
        };
        assert_eq!(find(&first, &keys_ours, "zj-edz"), Some(Fate::Holds));
        let again = acts(vec![head("A", "1", 10, None), head("A", "2", 20, None)]);
        assert_eq!(find(&again, &keys_ours, "zj-edz"), Some(Fate::Ended(20)));
        let lifted = acts(vec![head("A", "1", 10, Some(15))]);
        assert_eq!(find(&lifted, &keys_ours, "zj-edz"), Some(Fate::Ended(15)));
        assert_eq!(find(&first, &keys(9), "zj-edz"), None);
        assert_eq!(find(&first, &keys_ours, "A"), None);
        assert_eq!(find(&acts(vec![head("A", "3", 10, None)]), &keys_ours, "zj-edz"), None);
        assert!(["", "x", "2026-03", "-2026-03-", "zj-2026-13-AAAAA-AAAAA"].iter().all(|text| read(text).is_none()));
    }
}
