//! Answering a pull.

use std::collections::BTreeMap;

use serde_json::json;
use sync_protocol::{
    pull::{Checkpoint, Cursor, Extent, PageEnd, PageStart},
    record::{Digest, Fed},
};
use zhucun_client::{
    transport::{Request, Whole},
    wire::PullAsk,
};

use super::server::{Answered, Feed, State};

impl State {
    pub(super) fn pull(&mut self, request: &Request) -> Answered {
        let install = self.asker(request)?;
        let ask: PullAsk = serde_json::from_slice(&request.body).map_err(|_| (400, "bad_request", json!({})))?;
        let client = match ask.cursor.as_deref() {
            Some(text) => Some(Cursor::decode(text).ok_or((400, "bad_cursor", json!({})))?),
            None => None,
        };
        let own = format!("{}/own", self.persons[&install]);
        let readable: BTreeMap<String, Extent> = self
            .feeds
            .iter()
            .filter(|(scope, _)| (!scope.ends_with("/own") || **scope == own) && !self.hidden.contains(*scope))
            .map(|(scope, feed)| (scope.clone(), Extent { horizon: 0, newest: feed.pos }))
            .collect();
        let mut cursor = Cursor::begin(client, &self.epoch, &readable, &ask.again);
        let start = PageStart { pull: 1, epoch: self.epoch.clone(), now: self.now_ms };
        let mut lines = vec![serde_json::to_string(&start).unwrap()];
        let mut left = ask.limit.min(self.page_limit);
        let mut complete = true;
        for stretch in cursor.stretches() {
            let mut rows: Vec<&(i64, String)> = self.feeds[&stretch.scope]
                .rows
                .values()
                .filter(|(pos, _)| (stretch.after + 1..=stretch.until).contains(pos))
                .collect();
            rows.sort();
            if rows.len() > left {
                complete = false;
                rows.truncate(left);
                if let Some((pos, _)) = rows.last() {
                    cursor.sent(&stretch.scope, *pos);
                }
                lines.extend(rows.iter().map(|(_, body)| body.clone()));
                break;
            }
            left -= rows.len();
            lines.extend(rows.iter().map(|(_, body)| body.clone()));
            cursor.sent(&stretch.scope, stretch.until);
        }
        let end = if complete { self.checkpoint(cursor) } else { PageEnd::Page { cursor: cursor.encode() } };
        lines.push(serde_json::to_string(&end).unwrap());
        let body = lines.join("\n") + "\n";
        let accepts = request.headers.iter().any(|(n, v)| *n == "accept-encoding" && v.contains("zstd"));
        Ok(match accepts {
            true => {
                Whole::new(200, zstd::bulk::compress(body.as_bytes(), 1).unwrap()).header("content-encoding", "zstd")
            }
            false => Whole::new(200, body),
        })
    }

    fn checkpoint(&mut self, cursor: Cursor) -> PageEnd {
        let (cursor, told) = cursor.finish();
        let mut digests: BTreeMap<String, String> = self
            .feeds
            .iter()
            .filter(|(scope, feed)| cursor.at.get(*scope) == Some(&feed.pos))
            .map(|(scope, feed)| (scope.clone(), feed.digest()))
            .collect();
        if let Some((scope, left)) = self.wrong_digest.as_mut().filter(|(_, left)| *left > 0) {
            *left -= 1;
            digests.insert(scope.clone(), "00".repeat(32));
        }
        PageEnd::Checkpoint(Checkpoint {
            cursor: cursor.encode(),
            entered: told.entered,
            left: told.left,
            reset: told.reset,
            horizon: BTreeMap::new(),
            digests,
        })
    }
}

impl Feed {
    pub fn digest(&self) -> String {
        let mut digest = Digest::default();
        for (_, body) in self.rows.values() {
            let fed = Fed::read(body).unwrap();
            if !fed.derived && !fed.is_empty() {
                digest.add(&Digest::hash_of(body, false));
            }
        }
        digest.hex()
    }
}
