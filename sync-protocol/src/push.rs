//! A push: header, lines, seal (`PROTOCOL.md`, section 12). Reading one, and making one.

use serde::{Deserialize, Serialize};

use crate::{
    chain,
    ids::{Hash, InstallId, lower_hex, sha256, short},
    sign::{Certificate, PrivateKey, PublicKey, Purpose},
};

/// The protocol version this crate speaks.
pub const VERSION: u32 = 1;

/// Most lines of a push. More are taken for a push that was cut, so that the phone sends them again in halves. Without it, a small packed
/// body of line feeds alone would fill the server's memory.
pub const MAX_LINES: usize = 1 << 16;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Protocol version.
    pub push: u32,
    /// Whose lines.
    pub install: InstallId,
    /// Seq of the first line.
    pub first: u64,
    /// First 8 bytes of the head before it, in hex: chooses the branch.
    pub head: String,
    /// The epoch the phone knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// For a server that may not know the install.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<Certificate>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// First 8 bytes of the head after the last line, in hex.
    pub head: String,
    /// The install's signature.
    pub sig: String,
}

/// A push as it came, framed.
#[derive(Debug, Clone)]
pub struct Push<'a> {
    /// The header.
    pub header: Header,
    /// Its exact bytes: the signature covers them.
    pub header_bytes: &'a [u8],
    /// The lines; the i-th has seq `first + i`.
    pub lines: Vec<&'a [u8]>,
    /// The seal.
    pub seal: Seal,
}

/// Why a body is no push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPush {
    /// There is no last line that seals it (it was cut), or there are more than [`MAX_LINES`]. Nothing is stored; send again, halved.
    #[error("the push was cut on the way")]
    Cut,
    /// The first line is no header.
    #[error("the first line is no push header")]
    BadHeader,
    /// A protocol version this build does not speak.
    #[error("protocol version {0} is not known")]
    UnknownProtocol(u32),
}

/// Why a push's chain or signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    /// The lines do not add up to the head named: damaged on the way.
    #[error("the lines do not add up to the head that the seal names")]
    Damaged,
    /// They do, but the signature is not the install's.
    #[error("the signature is not the install's")]
    Signature,
}

impl<'a> Push<'a> {
    /// Frames a body.
    pub fn read(body: &'a [u8]) -> Result<Self, NotAPush> {
        #[derive(Deserialize)]
        struct Version {
            push: u32,
        }
        if body.iter().filter(|b| **b == b'\n').count() > MAX_LINES {
            return Err(NotAPush::Cut);
        }
        let mut lines: Vec<&[u8]> = body.strip_suffix(b"\n").unwrap_or(body).split(|b| *b == b'\n').collect();
        let header_bytes = lines.remove(0);
        let version: Version = match serde_json::from_slice(header_bytes) {
            Ok(version) => version,
            // A body of one broken line is a cut header; anything else never was one.
            Err(_) if lines.is_empty() => return Err(NotAPush::Cut),
            Err(_) => return Err(NotAPush::BadHeader),
        };
        if version.push != VERSION {
            return Err(NotAPush::UnknownProtocol(version.push));
        }
        let header: Header = serde_json::from_slice(header_bytes).map_err(|_| NotAPush::BadHeader)?;
        if header.first == 0 || header.first > crate::time::MAX_INTEGER || lower_hex::<8>(&header.head).is_none() {
            return Err(NotAPush::BadHeader);
        }
        let seal = lines.pop().and_then(|line| serde_json::from_slice(line).ok()).ok_or(NotAPush::Cut)?;
        Ok(Self { header, header_bytes, lines, seal })
    }

    /// The head after the last line, given the head before the first.
    pub fn head_after(&self, before: &Hash) -> Hash {
        self.lines.iter().fold(*before, |head, line| chain::next(&head, &chain::line_hash(line)))
    }

    /// Whether the lines arrived as they were sent and the install signed them. `after` is [`Push::head_after`].
    pub fn verify(&self, after: &Hash, key: &PublicKey) -> Result<(), BadSeal> {
        if self.seal.head != hex::encode(short(after)) {
            return Err(BadSeal::Damaged);
        }
        verify(self.header_bytes, after, &self.seal.sig, key).then_some(()).ok_or(BadSeal::Signature)
    }
}

/// Whether `sig` seals a push with that header and that head after its last line.
pub fn verify(header_bytes: &[u8], after: &Hash, sig: &str, key: &PublicKey) -> bool {
    key.verifies(Purpose::Push, &[&hex::encode(sha256(&[header_bytes])), &hex::encode(after)], sig)
}

/// A push, made: its body, and the head after its last line.
pub struct Made {
    /// The body to send.
    pub body: Vec<u8>,
    /// Header line, without line feed.
    pub header: Vec<u8>,
    /// The signature in its seal.
    pub sig: String,
    /// Head after the last line.
    pub head: Hash,
}

/// Makes the push of these lines, which follow the head `before`.
pub fn make<L: AsRef<[u8]>>(header: &Header, before: &Hash, lines: &[L], key: &PrivateKey) -> Made {
    let header_bytes = serde_json::to_vec(header).expect("plain values serialise");
    let mut body = header_bytes.clone();
    body.push(b'\n');
    let mut head = *before;
    for line in lines {
        body.extend_from_slice(line.as_ref());
        body.push(b'\n');
        head = chain::next(&head, &chain::line_hash(line.as_ref()));
    }
    let sig = key.sign(Purpose::Push, &[&hex::encode(sha256(&[&header_bytes])), &hex::encode(head)]);
    let seal = Seal { head: hex::encode(short(&head)), sig: sig.clone() };
    body.extend(serde_json::to_vec(&seal).expect("plain values serialise"));
    body.push(b'\n');
    Made { body, header: header_bytes, sig, head }
}

/// The header of a push of lines from `first` on, which follow the head `before`.
pub fn header(install: InstallId, first: u64, before: &Hash, epoch: Option<&str>, cert: Option<Certificate>) -> Header {
    Header { push: VERSION, install, first, head: hex::encode(short(before)), epoch: epoch.map(str::to_owned), cert }
}
