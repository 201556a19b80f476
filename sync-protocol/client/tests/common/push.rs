//! Taking a push.

use std::io::Read as _;

use serde_json::{Value, json};
use sync_protocol::{
    Dot, Line, chain,
    earlier::{self, Earlier},
    ids::short,
    line,
    push::{BadSeal, NotAPush, Push},
    sign::{PublicKey, Receipt},
    world::{self, Placed},
};
use zhucun_client::transport::Request;

use super::server::{Answered, State, genesis, ok};

impl State {
    pub(super) fn push(&mut self, request: &Request) -> Answered {
        let body = self.unpacked(request)?;
        let push = Push::read(&body).map_err(|why| match why {
            NotAPush::Cut => (503, "push_cut", Value::Null),
            NotAPush::BadHeader => (400, "bad_header", Value::Null),
            NotAPush::UnknownProtocol(_) => (400, "unknown_protocol", Value::Null),
        })?;
        let (install, first) = (push.header.install, push.header.first);
        let shown = push.header.cert.as_ref().filter(|cert| cert.is_valid(&[self.key.public()]));
        if let (false, Some(cert)) = (self.keys.contains_key(&install), shown) {
            self.keys.insert(install, PublicKey::parse(&cert.key).unwrap());
            self.persons.insert(install, cert.person.clone());
        }
        let key = *self.keys.get(&install).ok_or((403, "unknown_install", Value::Null))?;
        let heads = self.heads.entry(install).or_default();
        heads.entry(0).or_default().insert(genesis(install));
        let high = *heads.keys().next_back().unwrap();
        let Some(at) = heads.get(&(first - 1)) else { return Err((409, "gap", json!({ "have": high }))) };
        let Some(before) = at.iter().find(|head| hex::encode(short(head)) == push.header.head).copied() else {
            let known: Vec<Value> = heads
                .iter()
                .rev()
                .flat_map(|(seq, heads)| heads.iter().map(move |head| json!([seq, hex::encode(short(head))])))
                .collect();
            return Err((409, "unknown_branch", json!({ "heads": known })));
        };
        let after = push.head_after(&before);
        push.verify(&after, &key).map_err(|why| match why {
            BadSeal::Damaged => (503, "push_cut", Value::Null),
            BadSeal::Signature => (403, "bad_signature", Value::Null),
        })?;
        let mut head = before;
        for (seq, line) in (first..).zip(&push.lines) {
            head = chain::next(&head, &chain::line_hash(line));
            heads.entry(seq).or_default().insert(head);
            let blank = chain::blank(line).is_some();
            let known = self.lines.iter().any(|l| l.install == install && l.seq == seq);
            if !(blank && known) {
                self.lines.insert(Placed { install, seq, bytes: line.to_vec() });
            }
        }
        let to = first + push.lines.len() as u64 - 1;
        let high = *heads.keys().next_back().unwrap();
        self.refold();
        let receipt = Receipt::issue(&self.key, install, (first, to), &after, self.now_ms, &self.epoch);
        let standings = self.standings(install, first, &push.lines);
        ok(json!({"receipt": receipt, "standings": standings, "high": high, "now": self.now_ms}))
    }

    fn unpacked(&mut self, request: &Request) -> Result<Vec<u8>, (u16, &'static str, Value)> {
        let header = |name: &str| request.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
        let dictionary = match header("content-encoding") {
            None => return Ok(request.body.to_vec()),
            Some("zstd") => Vec::new(),
            Some(encoding) => {
                assert_eq!(encoding, earlier::ENCODING);
                self.packed_against_lines += 1;
                let of = Earlier::parse(header(earlier::HEADER).unwrap()).unwrap();
                let lines = self.lines.iter().filter(|l| l.install == of.install && (of.from..=of.to).contains(&l.seq));
                let lines: Vec<&[u8]> = lines.map(|l| &*l.bytes).collect();
                if lines.len() as u64 != of.to - of.from + 1 {
                    return Err((409, "unknown_lines", Value::Null));
                }
                earlier::dictionary(lines)
            }
        };
        let mut unpacked = Vec::new();
        let decoder = zstd::stream::read::Decoder::with_dictionary(&request.body[..], &dictionary).unwrap();
        let done = { decoder }.read_to_end(&mut unpacked);
        done.map(|_| unpacked).map_err(|_| (503, "push_cut", Value::Null))
    }

    fn standings(&self, install: sync_protocol::InstallId, first: u64, lines: &[&[u8]]) -> Vec<Value> {
        let world = world::fold(&self.lines, &[self.key.public()]);
        (first..)
            .zip(lines)
            .filter(|(seq, line)| !matches!(line::read(install, *seq, line), Line::Time(_) | Line::Blank(_)))
            .filter_map(|(seq, line)| {
                let standing = world.standings.get(&Dot::new(install, seq, &chain::line_hash(line)))?;
                let (state, code) = (standing.state().name(), standing.code);
                (state != "applied").then(|| json!([seq, state, code.name(), code.sentence().0]))
            })
            .collect()
    }
}
