//! Cases of lines as data, how they are told, and how the crate runs them.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use serde::{Deserialize, Serialize};
use sync_protocol::{
    Code, Dot, InstallId, carried,
    chain::line_hash,
    line::{self, Line},
    sign::PublicKey,
    testing::{
        compare::differences,
        worlds::{World, cast::Cast},
    },
    world::{self, Placed},
};

use crate::{File, story::Story};

/// A line: as text, in base64 where it is not UTF-8, or as texts to be repeated where it is long.
#[derive(Serialize, Deserialize, Clone)]
pub struct TextLine {
    install: InstallId,
    seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    /// Texts, each so many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeat: Option<Vec<(String, usize)>>,
}

#[derive(Serialize, Deserialize)]
pub struct Case {
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
    lines: Vec<TextLine>,
    expect: Expect,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Expect {
    standings: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unreadable: BTreeMap<String, String>,
    records: Vec<String>,
    digests: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    forks: BTreeMap<String, u64>,
}

impl TextLine {
    fn of(line: &Placed) -> Self {
        let (install, seq) = (line.install, line.seq);
        let empty = Self { install, seq, text: None, base64: None, repeat: None };
        match String::from_utf8(line.bytes.clone()) {
            Ok(text) if text.contains(&"x".repeat(1_000)) => {
                let (before, after) =
                    (text.find("xx").expect("it is there"), text.rfind("xx").expect("it is there") + 2);
                let repeat = vec![(text[..before].into(), 1), ("x".into(), after - before), (text[after..].into(), 1)];
                Self { repeat: Some(repeat), ..empty }
            }
            Ok(text) => Self { text: Some(text), ..empty },
            Err(e) => Self { base64: Some(B64.encode(e.into_bytes())), ..empty },
        }
    }

    fn placed(&self) -> Placed {
        let bytes = match (&self.text, &self.base64, &self.repeat) {
            (Some(text), None, None) => text.clone().into_bytes(),
            (None, Some(base64), None) => B64.decode(base64).expect("base64"),
            (None, None, Some(parts)) => parts.iter().map(|(text, n)| text.repeat(*n)).collect::<String>().into_bytes(),
            _ => panic!("a line has one of text, base64 and repeat"),
        };
        Placed { install: self.install, seq: self.seq, bytes }
    }
}

impl Expect {
    /// Of a whole outcome, what the lines of the case have to do with.
    fn of(outcome: world::World, lines: &[Placed]) -> Self {
        let dot = |l: &Placed| Dot::new(l.install, l.seq, &line_hash(&l.bytes));
        let own: BTreeSet<Dot> = lines.iter().map(dot).collect();
        let records: BTreeSet<(String, String, String)> = lines.iter().flat_map(records).collect();
        let scopes: BTreeSet<&String> = records.iter().map(|r| &r.0).collect();
        let standings = || outcome.standings.iter().filter(|(dot, _)| own.contains(dot));
        let unreadable = standings().filter(|(_, s)| s.code == Code::Unreadable);
        Self {
            standings: standings().map(|(dot, s)| (dot.to_string(), s.code.name().to_owned())).collect(),
            unreadable: unreadable.map(|(dot, s)| (dot.to_string(), s.detail.clone())).collect(),
            digests: outcome.digests.into_iter().filter(|(scope, _)| scopes.contains(scope)).collect(),
            records: outcome.records.into_iter().filter(|(name, _)| records.contains(name)).map(|r| r.1).collect(),
            forks: outcome.forks.iter().map(|(install, seq)| (install.to_string(), *seq)).collect(),
        }
    }
}

/// The record that the line writes, and that of the line which it carries.
fn records(line: &Placed) -> Vec<(String, String, String)> {
    let Line::Op(op) = line::read(line.install, line.seq, &line.bytes) else { return Vec::new() };
    let carried = match carried::read(&op) {
        Some((.., Line::Op(old))) => Some((old.scope, old.kind, old.id)),
        _ => None,
    };
    carried.into_iter().chain([(op.scope, op.kind, op.id)]).collect()
}

/// The stories as cases, with what the crate makes of them; [`Case::run`] asks the model whether that is right.
pub fn told(topic: &str, about: &str, stories: Vec<Story>) -> File<Case> {
    let before = World::make(&[]).lines;
    let server = Cast::get().server.public();
    let case = |story: Story| {
        let all: Vec<Placed> = before.iter().chain(&story.lines).cloned().collect();
        let outcome = world::fold(&all, &[server]);
        let lines = story.lines.iter().map(TextLine::of).collect();
        let expect = Expect::of(outcome, &story.lines);
        Case { name: story.name.into(), about: story.about.into(), lines, expect }
    };
    File {
        topic: topic.into(),
        about: about.into(),
        servers: Some(vec![server.text()]),
        before: before.iter().map(TextLine::of).collect(),
        cases: stories.into_iter().map(case).collect(),
    }
}

impl Case {
    pub fn run(&self, before: &[TextLine], servers: &[String]) -> Result<(), String> {
        let servers: Vec<PublicKey> = servers.iter().map(|k| PublicKey::parse(k).expect("a key")).collect();
        let lines: Vec<Placed> = self.lines.iter().map(TextLine::placed).collect();
        let mut all: Vec<Placed> = before.iter().map(TextLine::placed).chain(lines.iter().cloned()).collect();
        for _ in 0..2 {
            let folded = world::fold(&all, &servers);
            let unlike = differences(&all, &servers, &folded);
            if !unlike.is_empty() {
                return Err(format!("\n  the model says otherwise: {unlike}"));
            }
            let outcome = Expect::of(folded, &lines);
            if outcome != self.expect {
                return Err(format!("\n  got      {outcome:?}\n  expected {:?}", self.expect));
            }
            all.reverse();
        }
        Ok(())
    }
}
