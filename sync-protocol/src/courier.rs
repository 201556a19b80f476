//! What travels as a file (`PROTOCOL.md`, section 12): pushes, photos, and answers on their way back, each preceded by a line that says what it is
//! and how long. Pure.
//!
//! ```text
//! {"courier":1,"bytes":4711}
//! …4711 bytes: header line, lines, seal line…
//! {"courier":1,"bytes":812}
//! …812 bytes…
//! ```
//!
//! The file needs no secret and no trust: each push is signed by its install, each photo promised by a push, each receipt signed by the server.
//! Delivered twice it does no harm.

use std::io::{BufRead, Read as _};

use serde::{Deserialize, Serialize};

use crate::{InstallId, sign::Certificate};

/// The form of the file.
pub const FORM: u32 = 1;
/// No label is longer: a certificate is its largest part.
const MAX_LABEL_BYTES: u64 = 4_096;

/// The line before a part. Nothing in it is signed, nor trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The form: 1.
    pub courier: u32,
    /// How many bytes follow the line feed behind this line.
    pub bytes: usize,
    /// Of a photo or its receipt: SHA-256 of the photo, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
    /// Of a photo: it is the small picture that goes before the original.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preview: bool,
    /// Of an answer: whose push was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<InstallId>,
    /// Of an answer: the HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// When the server received the push, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// The head that the push follows, 64 hex digits: where the pushes before it are not in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The certificate of an install that the file has not named before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<Certificate>,
}

/// Why a file cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// It ends within a part, or cannot be read further.
    #[error("the file ends within a part")]
    Cut,
    /// What stands where a label should is none, or one of another form.
    #[error("not a courier file, or one that was damaged")]
    Form,
}

/// Adds a part to a file.
pub fn add(file: &mut Vec<u8>, label: &Label, body: &[u8]) {
    file.extend(line(&Label { bytes: body.len(), ..label.clone() }));
    file.extend(body);
}

/// The line of a label, for who writes the part behind it as a stream.
pub fn line(label: &Label) -> Vec<u8> {
    let mut line = serde_json::to_vec(&Label { courier: FORM, ..label.clone() }).expect("plain values serialise");
    line.push(b'\n');
    line
}

/// The parts of a file, in order, one at a time in memory. The last is an error where the file cannot be read to its end.
pub fn read(mut file: impl BufRead) -> impl Iterator<Item = Result<(Label, Vec<u8>), Bad>> {
    let mut ended = false;
    std::iter::from_fn(move || {
        let next = if ended { Ok(None) } else { part(&mut file) };
        ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    })
}

fn part(file: &mut impl BufRead) -> Result<Option<(Label, Vec<u8>)>, Bad> {
    // Editors and mail programs leave white space behind.
    loop {
        let seen = file.fill_buf().map_err(|_| Bad::Cut)?;
        let white = seen.iter().take_while(|b| b.is_ascii_whitespace()).count();
        match (seen.is_empty(), white) {
            (true, _) => return Ok(None),
            (_, 0) => break,
            _ => file.consume(white),
        }
    }
    let mut line = Vec::new();
    file.take(MAX_LABEL_BYTES).read_until(b'\n', &mut line).map_err(|_| Bad::Cut)?;
    let label = serde_json::from_slice(&line).ok().filter(|label: &Label| label.courier == FORM).ok_or(Bad::Form)?;
    if !line.ends_with(b"\n") {
        return Err(Bad::Cut);
    }
    let mut body = Vec::new();
    // Grows with what is there: a label may say anything.
    file.take(label.bytes as u64).read_to_end(&mut body).map_err(|_| Bad::Cut)?;
    if body.len() < label.bytes {
        return Err(Bad::Cut);
    }
    Ok(Some((label, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(file: &[u8]) -> Vec<Result<(Label, Vec<u8>), Bad>> {
        read(file).collect()
    }

    #[test]
    fn what_is_written_is_read_and_a_cut_is_told() {
        let mut file = Vec::new();
        let labels = [
            Label { at: Some(5), ..Label::default() },
            Label { install: Some(InstallId([3; 16])), status: Some(200), ..Label::default() },
        ];
        for (label, body) in labels.iter().zip(["one\n", "{\"push\":1}\n\n{}\n"]) {
            add(&mut file, label, body.as_bytes());
            file.extend(b" \n");
        }
        let found: Vec<_> = parts(&file).into_iter().map(Result::unwrap).collect();
        assert_eq!((found[0].0.at, &*found[0].1), (Some(5), &b"one\n"[..]));
        assert_eq!(
            (found[1].0.install, found[1].0.status, found[1].1.len()),
            (Some(InstallId([3; 16])), Some(200), 15)
        );
        for cut in 1..file.len() - 2 {
            let parts = parts(&file[..cut]);
            assert!(parts.len() <= 2 && parts.iter().filter(|part| part.is_err()).count() <= 1, "{cut}");
            assert!(parts.iter().filter(|part| part.is_ok()).count() <= 1, "{cut}");
        }
    }

    #[test]
    fn what_is_no_courier_file_is_told() {
        let lie = format!("{{\"courier\":1,\"bytes\":{}}}\nfew", u64::MAX);
        for (file, why) in
            [("not a courier file", Bad::Form), ("{\"courier\":2,\"bytes\":0}\n", Bad::Form), (&*lie, Bad::Cut)]
        {
            assert_eq!(parts(file.as_bytes()), [Err(why)]);
        }
        assert_eq!(parts("x".repeat(10_000).as_bytes()), [Err(Bad::Form)]);
        assert_eq!(parts(b" \n"), []);
    }
}
