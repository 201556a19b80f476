//! The server process as an install: what the office decides in the console, imports and jobs write becomes lines of its chain.

use mobile_schema::{Role, newest_version};
use sync_protocol::{
    Dot, Hash, InstallId, LineDraft, chain, push,
    sign::{Certificate, InstallRole, PrivateKey},
    time::TimeEvidence,
};

use super::{
    drafts::{Acting, Draft},
    intake::{InLine, Verified, read_lines},
};

/// The name under which server processes stand as authors of their own enrolment. No person can have it: people's names have a dot.
pub const SERVER: &str = "server";

/// The chain of this process.
#[derive(Clone)]
pub struct OwnChain {
    key: PrivateKey,
    install: InstallId,
    seq: u64,
    head: Hash,
    certificate: Certificate,
}

/// Lines of this process, not yet committed.
pub struct Lines {
    bytes: Vec<Vec<u8>>,
}

impl OwnChain {
    /// A new install, of 16 random bytes. Nothing is written until it has something to say.
    pub fn new(key: PrivateKey, random: [u8; 16], now_ms: i64) -> Self {
        let install = InstallId(random);
        let certificate = Certificate::issue(&key, install, SERVER, &key.public(), InstallRole::Server, now_ms);
        Self { head: chain::genesis(install), key, install, seq: 0, certificate }
    }

    /// Another install of the same process.
    #[must_use]
    pub fn another(&self, random: [u8; 16], now_ms: i64) -> Self {
        Self::new(self.key.clone(), random, now_ms)
    }

    /// Seq of its last line.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether its next lines bring its enrolment, which is a ruling.
    pub fn is_new(&self) -> bool {
        self.seq == 0
    }

    /// The lines of these drafts. The first lines of a process are preceded by its own enrolment.
    pub fn lines(&self, acting: &Acting, drafts: &[(&Draft, Vec<Dot>)], now_ms: i64) -> Lines {
        let mut bytes = Vec::with_capacity(drafts.len() + 1);
        if self.seq == 0 {
            bytes.push(self.enrolment(now_ms));
        }
        for (draft, seen) in drafts {
            let fields = serde_json::value::to_raw_value(&draft.fields).expect("JSON serialises");
            let line = LineDraft {
                scope: Some(&draft.scope),
                kind: draft.kind,
                id: Some(&draft.id),
                version: newest_version(draft.kind),
                tpl: draft.tpl.as_deref(),
                by: Some(&acting.person),
                as_role: Some(acting.role),
                fields: Some(&fields),
                seen,
                time: server_time(now_ms),
            };
            bytes.push(line.bytes());
        }
        Lines { bytes }
    }

    fn enrolment(&self, now_ms: i64) -> Vec<u8> {
        let fields = serde_json::value::to_raw_value(&serde_json::json!({
            "role": "server", "key": self.certificate.key, "certificate": self.certificate,
        }))
        .expect("JSON serialises");
        let (scope, id) = (format!("{SERVER}/own"), self.install.to_string());
        LineDraft {
            scope: Some(&scope),
            kind: "enrolment",
            id: Some(&id),
            version: newest_version("enrolment"),
            by: Some(SERVER),
            as_role: Some(Role::Admin),
            fields: Some(&fields),
            time: server_time(now_ms),
            ..LineDraft::default()
        }
        .bytes()
    }

    /// The lines as a push of this install, sealed. The chain moves on; on a failed commit take back the clone from before.
    pub fn seal(&mut self, lines: &Lines) -> Verified {
        let header = push::header(self.install, self.seq + 1, &self.head, None, None);
        let made = push::make(&header, &self.head, &lines.bytes, &self.key);
        let (first, head_before) = (self.seq + 1, self.head);
        let read: Vec<InLine> = read_lines(self.install, first, &lines.bytes);
        self.seq += read.len() as u64;
        self.head = made.head;
        Verified {
            install: self.install,
            certificate: Some(self.certificate.clone()),
            header: made.header,
            sig: made.sig,
            first,
            head_before,
            head_after: made.head,
            lines: read,
        }
    }
}

fn server_time(now_ms: i64) -> TimeEvidence {
    let now = u64::try_from(now_ms).unwrap_or(0);
    TimeEvidence { wall: Some(now), server: Some((now, 0)), ..TimeEvidence::default() }
}
