//! What is to be told to a listener, gathered until their connection takes it: pokes that came meanwhile are one poke. Pure.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use serde_json::json;

use crate::error::ErrorCode;

/// A poke that would name more scopes names none: to pull is cheaper than to read it.
const MOST_SCOPES: usize = 50;

/// What is due.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Due {
    poke: Option<Poke>,
    standing: bool,
    beat: bool,
    bye: Option<ErrorCode>,
}

#[derive(Debug, PartialEq, Eq)]
enum Poke {
    Anything,
    Scopes(BTreeSet<Arc<str>>),
}

/// What is said in one go.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// As it goes over the wire.
    pub bytes: Bytes,
    /// Whether nothing follows.
    pub last: bool,
}

impl Due {
    /// Something moved, it is not said what.
    pub fn poke_anything(&mut self) {
        self.poke = Some(Poke::Anything);
    }

    /// That scope moved.
    pub fn poke(&mut self, scope: &Arc<str>) {
        match self.poke.get_or_insert_with(|| Poke::Scopes(BTreeSet::new())) {
            Poke::Anything => {}
            Poke::Scopes(scopes) if scopes.len() < MOST_SCOPES => {
                scopes.insert(scope.clone());
            }
            Poke::Scopes(scopes) if scopes.contains(scope) => {}
            Poke::Scopes(_) => self.poke_anything(),
        }
    }

    /// Standings of own operations changed.
    pub fn standing(&mut self) {
        self.standing = true;
    }

    /// A sign of life.
    pub fn beat(&mut self) {
        self.beat = true;
    }

    /// It ends here, for that reason; the first counts.
    pub fn bye(&mut self, why: ErrorCode) {
        self.bye.get_or_insert(why);
    }

    /// Takes all of it; none if nothing is due.
    pub fn take(&mut self) -> Option<Said> {
        let due = std::mem::take(self);
        if due == Due::default() {
            return None;
        }
        if let Some(why) = due.bye {
            // A poke to who may not pull any more would tell of what they may not read.
            return Some(Said { bytes: event("bye", &json!({"code": why.code()})).into(), last: true });
        }
        let mut text = String::new();
        match due.poke {
            Some(Poke::Anything) => text.push_str(&event("poke", &json!({}))),
            Some(Poke::Scopes(scopes)) => {
                let scopes: Vec<&str> = scopes.iter().map(|scope| &**scope).collect();
                text.push_str(&event("poke", &json!({"scopes": scopes})));
            }
            None => {}
        }
        if due.standing {
            text.push_str(&event("standing", &json!({})));
        }
        let bytes = if text.is_empty() { Bytes::from_static(BEAT) } else { text.into() };
        Some(Said { bytes, last: false })
    }
}

/// A comment, which clients skip.
const BEAT: &[u8] = b":\n\n";

/// How a stream begins: after how long to come back if it breaks, and which life of the server this is.
pub fn beginning(retry_ms: u64, epoch: &str, now_ms: i64) -> String {
    format!("retry: {retry_ms}\n{}", event("epoch", &json!({"epoch": epoch, "now": now_ms})))
}

/// An event as the standard on server-sent events has it. JSON in one line has no line feed.
fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(due: &mut Due) -> String {
        due.take().map(|said| String::from_utf8(said.bytes.to_vec()).unwrap()).unwrap_or_default()
    }

    #[test]
    fn what_came_meanwhile_is_told_once() {
        let mut due = Due::default();
        due.poke(&"b/own".into());
        due.poke(&"a/own".into());
        due.poke(&"b/own".into());
        due.standing();
        due.beat();
        let expected = "event: poke\ndata: {\"scopes\":[\"a/own\",\"b/own\"]}\n\nevent: standing\ndata: {}\n\n";
        assert_eq!(text(&mut due), expected);
        assert_eq!(due.take(), None);
    }

    #[test]
    fn many_scopes_are_anything() {
        let mut due = Due::default();
        let scopes: Vec<Arc<str>> = (0..=MOST_SCOPES).map(|n| Arc::from(format!("{n}/own"))).collect();
        scopes[..MOST_SCOPES].iter().for_each(|scope| due.poke(scope));
        due.poke(&scopes[0]);
        assert!(matches!(&due.poke, Some(Poke::Scopes(all)) if all.len() == MOST_SCOPES));
        scopes.iter().for_each(|scope| due.poke(scope));
        assert_eq!(text(&mut due), "event: poke\ndata: {}\n\n");
    }

    #[test]
    fn a_bye_is_the_last_word_and_tells_nothing_else() {
        let mut due = Due::default();
        due.poke(&"a/own".into());
        due.bye(ErrorCode::NoLiveGrant);
        due.bye(ErrorCode::TokenExpired);
        let said = due.take().unwrap();
        assert!(said.last);
        assert_eq!(&said.bytes[..], b"event: bye\ndata: {\"code\":\"no_live_grant\"}\n\n");
    }

    #[test]
    fn a_beat_is_a_comment() {
        let mut due = Due::default();
        due.beat();
        assert_eq!(text(&mut due), ":\n\n");
    }
}
