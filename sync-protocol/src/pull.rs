//! Planning a pull (`PROTOCOL.md`, section 13): which stretch of which feed a client receives next.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use serde::{Deserialize, Serialize};

use crate::broken;

/// How far a client is. Opaque on the wire. It needs no signature: what it names is checked against the client's rights on every page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The epoch in which the positions mean something.
    #[serde(rename = "e")]
    pub epoch: String,
    /// The last position received, by scope.
    #[serde(rename = "p")]
    pub at: BTreeMap<String, i64>,
    /// During a pull: how far it goes, by scope.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub pulling: Option<Pulling>,
}

/// What the first page of a pull fixed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulling {
    /// The position each scope goes to.
    #[serde(rename = "t")]
    pub until: BTreeMap<String, i64>,
    /// Scopes the client did not have.
    #[serde(rename = "e", default)]
    pub entered: BTreeSet<String>,
    /// Scopes the client may no longer read.
    #[serde(rename = "l", default)]
    pub left: BTreeSet<String>,
    /// Scopes sent whole.
    #[serde(rename = "r", default)]
    pub reset: BTreeSet<String>,
}

/// A part of a feed: records with `after < pos <= until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Which feed.
    pub scope: String,
    /// From behind this position.
    pub after: i64,
    /// To this position.
    pub until: i64,
}

/// How far a feed reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Up to this position what is gone is no longer told: who was not sent that much takes the scope anew.
    pub horizon: i64,
    /// Its newest position.
    pub newest: i64,
}

impl Cursor {
    /// As text.
    pub fn encode(&self) -> String {
        B64.encode(serde_json::to_vec(self).expect("plain values serialise"))
    }

    /// From text; none if it is no cursor.
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&B64.decode(text).ok()?).ok()
    }

    /// The cursor at the start of a page: goes on with a pull under way, or begins one up to the positions of now.
    ///
    /// `readable` are the scopes the client may read and how far they reach now; `again` are scopes it wants whole.
    pub fn begin(client: Option<Cursor>, epoch: &str, readable: &BTreeMap<String, Extent>, again: &[String]) -> Cursor {
        let mut known = client.unwrap_or_default();
        let same_epoch = known.epoch == epoch;
        if let Some(mut pulling) = known.pulling.clone().filter(|_| same_epoch && again.is_empty()) {
            // A right that ended in mid-pull takes its scopes out of what is still to come.
            pulling.until.retain(|scope, _| readable.contains_key(scope));
            // The cursor is the client's word: it goes no further than the feed does.
            for (scope, until) in &mut pulling.until {
                *until =
                    if broken::is("no until") { readable[scope].newest } else { readable[scope].newest.min(*until) };
            }
            let lost = known.at.keys().filter(|scope| !readable.contains_key(*scope)).cloned();
            pulling.left.extend(lost);
            pulling.entered.retain(|scope| readable.contains_key(scope));
            pulling.reset.retain(|scope| readable.contains_key(scope));
            for (scope, until) in &pulling.until {
                let behind = known.at.get(scope).is_none_or(|at| *at < readable[scope].horizon.min(*until));
                // The horizon came past it in mid-pull.
                if behind && !pulling.entered.contains(scope) && pulling.reset.insert(scope.clone()) {
                    known.at.insert(scope.clone(), 0);
                }
            }
            return Cursor { pulling: Some(pulling), ..known };
        }
        let mut at = BTreeMap::new();
        let until = readable.iter().map(|(scope, extent)| (scope.clone(), extent.newest)).collect();
        let mut pulling = Pulling { until, ..Pulling::default() };
        for (scope, extent) in readable {
            let had = known.at.get(scope).copied();
            let within = |pos: &i64| (extent.horizon..=extent.newest).contains(pos);
            let valid = had.filter(|pos| same_epoch && within(pos) && !again.contains(scope));
            at.insert(scope.clone(), valid.unwrap_or(0));
            if had.is_none() {
                pulling.entered.insert(scope.clone());
            } else if valid.is_none() {
                pulling.reset.insert(scope.clone());
            }
        }
        pulling.left = known.at.keys().filter(|scope| !readable.contains_key(*scope)).cloned().collect();
        if broken::is("left scopes stay") {
            pulling.left.clear();
        }
        Cursor { epoch: epoch.to_owned(), at, pulling: Some(pulling) }
    }

    /// What is still to come of the pull under way, in order of scope.
    pub fn stretches(&self) -> Vec<Stretch> {
        let until = self.pulling.iter().flat_map(|p| &p.until);
        until
            .map(|(scope, until)| Stretch {
                scope: scope.clone(),
                after: self.at.get(scope).copied().unwrap_or(0),
                until: *until,
            })
            .filter(|s| s.after < s.until)
            .collect()
    }

    /// Notes that the client has been sent all of the scope up to this position.
    pub fn sent(&mut self, scope: &str, pos: i64) {
        self.at.insert(scope.to_owned(), pos);
    }

    /// The cursor after the pull, and what the checkpoint tells of it.
    pub fn finish(mut self) -> (Cursor, Pulling) {
        let pulling = self.pulling.take().unwrap_or_default();
        for scope in &pulling.left {
            self.at.remove(scope);
        }
        (self, pulling)
    }
}

/// The last line of a page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageEnd {
    /// There is more: ask again with this cursor.
    Page {
        /// For the next page.
        cursor: String,
    },
    /// The pull is complete.
    Checkpoint(Checkpoint),
}

/// The end of a pull: from here on the client shows what it staged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// For the next pull.
    pub cursor: String,
    /// Scopes new to the client.
    pub entered: BTreeSet<String>,
    /// Scopes to be dropped once the client's queue for them is empty.
    pub left: BTreeSet<String>,
    /// Scopes that were sent whole: what was not received of them is dropped.
    pub reset: BTreeSet<String>,
    /// By scope, the position up to which what is gone is no longer told, where there is one.
    pub horizon: BTreeMap<String, i64>,
    /// By scope, the digest, where it has not moved since `until`.
    pub digests: BTreeMap<String, String>,
}

/// The first line of a page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PageStart {
    /// Protocol version.
    pub pull: u32,
    /// Epoch.
    pub epoch: String,
    /// The server's time, ms.
    pub now: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pairs: &[(&str, i64)]) -> BTreeMap<String, i64> {
        pairs.iter().map(|(s, p)| ((*s).to_owned(), *p)).collect()
    }

    fn reach(pairs: &[(&str, i64)]) -> BTreeMap<String, Extent> {
        pairs.iter().map(|(s, newest)| ((*s).to_owned(), Extent { horizon: 0, newest: *newest })).collect()
    }

    #[test]
    fn a_cursor_behind_the_horizon_resets_also_in_mid_pull() {
        let scopes = |horizon| BTreeMap::from([("a".to_owned(), Extent { horizon, newest: 9 })]);
        let cursor = |pos| Some(Cursor { epoch: "e".into(), at: at(&[("a", pos)]), pulling: None });
        let at_it = Cursor::begin(cursor(5), "e", &scopes(5), &[]);
        assert_eq!((at_it.at["a"], at_it.pulling.unwrap().reset.len()), (5, 0));
        let behind = Cursor::begin(cursor(4), "e", &scopes(5), &[]);
        assert_eq!((behind.at["a"], behind.pulling.unwrap().reset.len()), (0, 1));

        let mut pulling = Cursor::begin(cursor(4), "e", &scopes(0), &[]);
        pulling.sent("a", 5);
        let mut passed = Cursor::begin(Some(pulling), "e", &scopes(7), &[]);
        assert_eq!(passed.at["a"], 0);
        passed.sent("a", 2);
        let on = Cursor::begin(Some(passed), "e", &scopes(7), &[]);
        assert_eq!((on.at["a"], on.pulling.unwrap().reset.len()), (2, 1));
    }

    #[test]
    fn what_moves_during_a_pull_waits_for_the_next() {
        let first = Cursor::begin(None, "e", &reach(&[("a", 5), ("b", 2)]), &[]);
        let mut page =
            Cursor::begin(Some(Cursor::decode(&first.encode()).unwrap()), "e", &reach(&[("a", 9), ("b", 2)]), &[]);
        assert_eq!(page.stretches()[0].until, 5);
        page.sent("a", 5);
        page.sent("b", 2);
        let (cursor, told) = page.finish();
        assert_eq!(told.entered.len(), 2);
        let next = Cursor::begin(Some(cursor), "e", &reach(&[("a", 9), ("b", 2)]), &[]);
        assert_eq!(next.stretches(), [Stretch { scope: "a".into(), after: 5, until: 9 }]);
    }

    #[test]
    fn a_cursor_ahead_of_the_server_or_of_another_epoch_resets() {
        let cursor = Cursor { epoch: "e".into(), at: at(&[("a", 7), ("b", 1)]), pulling: None };
        let ahead = Cursor::begin(Some(cursor.clone()), "e", &reach(&[("a", 5), ("b", 2)]), &[]);
        assert_eq!(ahead.pulling.as_ref().unwrap().reset, ["a".to_owned()].into());
        assert_eq!((ahead.at["a"], ahead.at["b"]), (0, 1));
        let other = Cursor::begin(Some(cursor), "f", &reach(&[("a", 5), ("b", 2)]), &[]);
        assert_eq!(other.pulling.as_ref().unwrap().reset.len(), 2);
    }

    #[test]
    fn a_scope_that_may_no_longer_be_read_is_left() {
        let cursor = Cursor { epoch: "e".into(), at: at(&[("a", 7), ("b", 1)]), pulling: None };
        let (after, told) = Cursor::begin(Some(cursor), "e", &reach(&[("a", 7)]), &[]).finish();
        assert_eq!(told.left, ["b".to_owned()].into());
        assert!(!after.at.contains_key("b"));
    }
}
