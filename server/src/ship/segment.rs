//! The form of a segment. Pure.
//!
//! `zstd -d` gives one line that says what it is, and then a courier file: each push preceded by a line that says its length, and here also
//! its number, when it was received, and the certificate of an install that the segment has not named before.

use std::io::{Read as _, Write as _};

use serde::{Deserialize, Serialize};
use sync_protocol::sign::Certificate;

/// The form that this build writes and reads.
const FORM: u32 = 1;
/// Segments pack some 10 to 1 at this level, in less time than it takes to read what is in them.
const LEVEL: i32 = 3;
/// No segment is longer, unpacked.
const MOST_BYTES: u64 = 1 << 30;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The form: 1.
    pub log: u32,
    /// The strand.
    pub strand: String,
    /// Its number in the strand, from 1.
    pub segment: i64,
    /// The epoch in which it was shipped.
    pub epoch: String,
    /// Pushes up to this number are in segments before.
    pub after: i64,
    /// Pushes up to this number are in this one and those before.
    pub to: i64,
    /// When it was shipped, ms.
    pub at: i64,
    /// SHA-256 of the file of the segment before, hex; empty in the first.
    pub prev: String,
}

/// A push on its way into the log, or out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipped {
    /// Its number in the database that shipped it.
    pub id: i64,
    /// When it was received, ms.
    pub at: i64,
    /// Its install's certificate, the first time in a segment.
    pub cert: Option<Certificate>,
    /// The push, as it would be sent.
    pub body: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Label {
    courier: u32,
    bytes: usize,
    id: i64,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cert: Option<Certificate>,
}

/// Why a file is no segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSegment {
    /// It cannot be unpacked: damaged, or cut.
    #[error("it cannot be unpacked")]
    Packing,
    /// Its first line is none of a segment, or of a form that this build does not read.
    #[error("it does not begin like a segment of the log")]
    Head,
    /// A push is not framed right.
    #[error("it ends within a push")]
    Cut,
}

impl Head {
    /// The first line of a segment.
    pub fn new(strand: &str, segment: i64, epoch: String, (after, to): (i64, i64), at: i64, prev: &str) -> Self {
        let (strand, prev) = (strand.to_owned(), prev.to_owned());
        Self { log: FORM, strand, segment, epoch, after, to, at, prev }
    }
}

/// The file of these pushes.
pub fn encode(head: &Head, pushes: &[Shipped]) -> std::io::Result<Vec<u8>> {
    let mut plain = line(head)?;
    for push in pushes {
        let cert = push.cert.clone();
        plain.extend(line(&Label { courier: 1, bytes: push.body.len(), id: push.id, at: push.at, cert })?);
        plain.extend(&push.body);
        plain.push(b'\n');
    }
    let mut packed = zstd::Encoder::new(Vec::new(), LEVEL)?;
    packed.include_checksum(true)?;
    packed.write_all(&plain)?;
    packed.finish()
}

fn line(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a file.
pub fn decode(file: &[u8]) -> Result<(Head, Vec<Shipped>), NoSegment> {
    let plain = unpack(file).map_err(|_| NoSegment::Packing)?;
    let (first, mut rest) = split_line(&plain).ok_or(NoSegment::Head)?;
    let head: Head = serde_json::from_slice(first).map_err(|_| NoSegment::Head)?;
    if head.log != FORM {
        return Err(NoSegment::Head);
    }
    let mut pushes = Vec::new();
    while !rest.trim_ascii().is_empty() {
        let (label, behind) = split_line(rest).ok_or(NoSegment::Cut)?;
        let label: Label = serde_json::from_slice(label).map_err(|_| NoSegment::Cut)?;
        let body = behind.get(..label.bytes).ok_or(NoSegment::Cut)?.to_vec();
        rest = behind[label.bytes..].strip_prefix(b"\n").ok_or(NoSegment::Cut)?;
        pushes.push(Shipped { id: label.id, at: label.at, cert: label.cert, body });
    }
    Ok((head, pushes))
}

fn unpack(file: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    zstd::Decoder::new(file)?.take(MOST_BYTES).read_to_end(&mut plain)?;
    Ok(plain)
}

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|b| *b == b'\n')?;
    Some((&text[..end], &text[end + 1..]))
}

/// The name of a strand that begins then: strands sort by age.
pub fn strand(now_ms: i64, random: [u8; 4]) -> String {
    format!("{now_ms:013}-{}", hex::encode(random))
}

/// When a strand began, ms; 0 where its name does not say.
pub fn begun_ms(strand: &str) -> i64 {
    strand.split_once('-').and_then(|(ms, _)| ms.parse().ok()).unwrap_or(0)
}

/// The name of a segment's file: those of a strand sort by number, and a gap shows.
pub fn name(strand: &str, segment: i64) -> String {
    format!("{strand}-{segment:08}.zst")
}

/// Strand and number of the segment of that name; none if it is none.
pub fn parse(name: &str) -> Option<(String, i64)> {
    let (strand, segment) = name.strip_suffix(".zst")?.rsplit_once('-')?;
    let segment = segment.parse().ok().filter(|n| *n > 0)?;
    // A file half written bears a longer name.
    let strand = Some(strand).filter(|s| begun_ms(s) > 0 && s.bytes().filter(|b| *b == b'-').count() == 1)?;
    (self::name(strand, segment) == name).then(|| (strand.to_owned(), segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_is_not() {
        let head = Head::new(&strand(5, [1; 4]), 3, "e".into(), (7, 9), 1_000, "ab");
        let push = |id| Shipped { id, at: id * 10, cert: None, body: format!("{{\"push\":1}}\n行\n{id}\n").into() };
        let file = encode(&head, &[push(8), push(9)]).unwrap();
        assert_eq!(decode(&file).unwrap(), (head, vec![push(8), push(9)]));
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x10;
            assert!(decode(&damaged).is_err() || decode(&damaged) == decode(&file), "byte {at} gives something else");
            assert!(decode(&file[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn names_sort_and_are_read_back() {
        let strand = strand(1_780_000_000_000, [0xab; 4]);
        let names = [name(&strand, 9), name(&strand, 10), name("1780000000001-00000000", 1)];
        assert!(names.is_sorted());
        assert_eq!(begun_ms(&strand), 1_780_000_000_000);
        assert_eq!(parse(&names[1]), Some((strand, 10)));
        for none in [
            "x.zst",
            "1780000000000-abababab-0.zst",
            "1780000000000-abababab-00000001",
            ".part-7-1780000000000-abababab-00000001.zst",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
