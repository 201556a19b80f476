//! A recording: what was said, in an order, and what phones showed of it. Text, to be read by people.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A whole recording: a folder of files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tape {
    /// `server.json`.
    pub server: Keys,
    /// `01-….json` and so on: in one world, one after the other.
    pub stories: Vec<Story>,
}

/// What the server signs with, for tests only, and what it was set to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Keys {
    /// Its private key for certificates and receipts, hex.
    pub signing: String,
    /// Its private key for tokens, hex.
    pub token: String,
    /// Its epoch.
    pub epoch: String,
    /// The largest push it took, in bytes.
    pub max_push_bytes: usize,
}

/// What one phone did, or a client of no phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Story {
    /// Name of its file, without the number.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// Whose engine it is; none where requests are sent by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// What happened.
    pub steps: Vec<Step>,
}

/// A phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Phone {
    /// Its private key, hex.
    pub key: String,
    /// The answer to its enrolment.
    pub enrolment: Value,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The phone wrote these bytes as a line.
    Line(Bytes),
    /// The phone took this photo.
    Photo(Bytes),
    /// The phone's engine synced within that budget, and this is what went by.
    Sync {
        /// `push`, `pull` or `all`.
        budget: String,
        /// In order.
        exchanges: Vec<Exchange>,
    },
    /// Requests sent by hand.
    Sent(Vec<Exchange>),
    /// An answer file of a courier came back to the phone.
    Answers(Bytes),
    /// What the phone shows now.
    Shown(Value),
}

/// A request and its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exchange {
    /// The server's clock, ms.
    pub at: i64,
    /// The request.
    pub request: Request,
    /// The answer.
    pub answer: Answer,
    /// Of a refusal of what an engine could have asked: what an engine that had one line to send, and got this answer, did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Value>,
}

/// A request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Bytes,
}

/// An answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The headers that mean something to a phone.
    pub headers: BTreeMap<String, String>,
    /// Body; of one that does not end its beginning.
    pub body: Bytes,
}

/// Bytes: as text, where they are; packed ones with the text that they unpack to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// The text, unpacked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What was on the wire, where that was not the text itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base64: String,
}

impl Bytes {
    /// These bytes, packed as `encoding` says (`gzip`, `zstd` or nothing).
    pub fn of(wire: &[u8], encoding: Option<&str>) -> Self {
        let plain = unpacked(wire, encoding);
        match String::from_utf8(plain.unwrap_or_default()) {
            Ok(text) if encoding.is_none() => Self { text, base64: String::new() },
            Ok(text) => Self { text, base64: B64.encode(wire) },
            Err(_) => Self { text: String::new(), base64: B64.encode(wire) },
        }
    }

    /// What was on the wire.
    pub fn wire(&self) -> Vec<u8> {
        if self.base64.is_empty() { self.text.clone().into_bytes() } else { B64.decode(&self.base64).expect("base64") }
    }
}

/// The bytes before they were packed; none where they cannot be unpacked.
pub fn unpacked(wire: &[u8], encoding: Option<&str>) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    match encoding {
        Some("zstd") => return zstd::stream::decode_all(wire).ok(),
        Some("gzip") => flate2::read::GzDecoder::new(wire).read_to_end(&mut plain).map(drop).ok()?,
        _ => plain.extend_from_slice(wire),
    }
    Some(plain)
}

impl Story {
    /// All that went by.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.steps.iter().flat_map(|step| match step {
            Step::Sync { exchanges, .. } | Step::Sent(exchanges) => exchanges.as_slice(),
            _ => &[],
        })
    }
}

impl Tape {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Self {
        let text = |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "json") && !path.ends_with("server.json"));
        files.sort();
        let story = |path: &std::path::PathBuf| {
            serde_json::from_str(&text(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let server = serde_json::from_str(&text(&folder.join("server.json"))).expect("the server's keys");
        Self { server, stories: files.iter().map(story).collect() }
    }

    /// Writes a new folder.
    pub fn keep(&self, folder: &Path) {
        std::fs::create_dir(folder).expect("a recording is kept for ever: take another name");
        let write = |name: String, value: Value| {
            let text = serde_json::to_string_pretty(&value).expect("plain values serialise");
            std::fs::write(folder.join(name), text + "\n").expect("it is written");
        };
        write("server.json".to_owned(), serde_json::to_value(&self.server).unwrap());
        for (n, story) in (1..).zip(&self.stories) {
            write(format!("{n:02}-{}.json", story.name), serde_json::to_value(story).unwrap());
        }
    }
}
