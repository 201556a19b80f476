//! From the bytes of a push to lines that may be committed. Pure, but for where the chain's heads are looked up.

use sync_protocol::{Dot, Hash, InstallId, Line, chain, line, push::Push, sign::Certificate};

/// A line, read.
#[derive(Debug, Clone)]
pub struct InLine {
    /// Its name.
    pub dot: Dot,
    /// Its hash (of a blank: the hash it names).
    pub hash: Hash,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it says.
    pub line: Line,
}

/// A push whose chain and signature hold.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Whose.
    pub install: InstallId,
    /// The install's certificate, for one that is new here.
    pub certificate: Option<Certificate>,
    /// The header line.
    pub header: Vec<u8>,
    /// The signature.
    pub sig: String,
    /// Seq of the first line.
    pub first: u64,
    /// Head before the first line.
    pub head_before: Hash,
    /// Head after the last.
    pub head_after: Hash,
    /// The lines.
    pub lines: Vec<InLine>,
}

impl Verified {
    /// Of a push whose seal has been verified.
    pub fn of(push: &Push<'_>, certificate: Option<Certificate>, head_before: Hash, head_after: Hash) -> Self {
        let install = push.header.install;
        Self {
            install,
            certificate,
            header: push.header_bytes.to_vec(),
            sig: push.seal.sig.clone(),
            first: push.header.first,
            head_before,
            head_after,
            lines: read_lines(install, push.header.first, &push.lines),
        }
    }

    /// Seq of the last line (`first - 1` of an empty push).
    pub fn last(&self) -> u64 {
        self.first + self.lines.len() as u64 - 1
    }
}

/// Reads lines that follow each other from `first` on.
pub fn read_lines<L: AsRef<[u8]>>(install: InstallId, first: u64, lines: &[L]) -> Vec<InLine> {
    (first..)
        .zip(lines)
        .map(|(seq, bytes)| {
            let bytes = bytes.as_ref();
            let hash = chain::line_hash(bytes);
            let dot = Dot::new(install, seq, &hash);
            InLine { dot, hash, bytes: bytes.to_vec(), line: line::read(install, seq, bytes) }
        })
        .collect()
}
