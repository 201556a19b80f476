//! For tests: what drafts come to when they are written, by the same pure functions that the committer uses.

use std::collections::BTreeMap;

use serde_json::json;
use sync_protocol::{
    InstallId,
    judge::{Facts, Install},
    line::{self, Line, Op},
    merge::{self, Merged},
    record::{self, RecordName},
    sign::InstallRole,
    standing::State,
    time::{Anchor, Corrected},
};

use super::import::Known;
use crate::sync::drafts::Draft;

/// Lines of one server install.
#[derive(Default)]
pub(super) struct Written {
    ops: Vec<Op>,
}

const SERVER: InstallId = InstallId([7; 16]);

impl Written {
    /// Writes drafts. Each must stand, as anything else would be a fault of the import.
    pub(super) fn write(&mut self, drafts: &[Draft]) {
        for draft in drafts {
            let seq = self.ops.len() as u64 + 1;
            let line = json!({
                "s": draft.scope, "k": draft.kind, "id": draft.id, "v": 1, "f": draft.fields, "seen": [],
                "t": {"n": [1_767_225_600_000_u64 + seq, 0]}, "by": "zjedz.p.admin-01", "as": "admin",
            });
            match line::read(SERVER, seq, line.to_string().as_bytes()) {
                Line::Op(op) => self.ops.push(*op),
                other => panic!("{other:?}"),
            }
        }
        let _ = self.records();
    }

    /// The records: scope, kind, id and what they come to.
    pub(super) fn records(&self) -> Vec<((String, String, String), Merged)> {
        let server =
            Install { person: "server".to_owned(), role: InstallRole::Server, enrolled: true, ended: None, lost: None };
        let facts = Facts { installs: [(SERVER, server)].into(), ..Facts::default() };
        let mut by_name: BTreeMap<(String, String, String), Vec<&Op>> = BTreeMap::new();
        for op in &self.ops {
            by_name.entry((op.scope.clone(), op.kind.clone(), op.id.clone())).or_default().push(op);
        }
        let settle = |(name, ops): ((String, String, String), Vec<&Op>)| {
            let time = |op: &&Op| Corrected::At(Anchor { at_ms: op.dot.seq as i64, uncertainty_ms: 0 });
            let times: Vec<Corrected> = ops.iter().map(time).collect();
            let (merged, standings) = merge::settle(&ops, &times, &facts);
            for standing in standings {
                assert_eq!(standing.code.state(), State::Applied, "{name:?}: {standing:?}");
            }
            (name, merged)
        };
        by_name.into_iter().map(settle).collect()
    }

    /// What is known then.
    pub(super) fn known(&self) -> Known {
        let body = |((scope, kind, id), merged): ((String, String, String), Merged)| {
            record::body(RecordName { scope: &scope, kind: &kind, id: &id }, &merged)
        };
        let bodies: Vec<String> = self.records().into_iter().map(body).collect();
        Known::of(bodies.iter().map(String::as_str))
    }
}
