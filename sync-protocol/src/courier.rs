//! Pushes as files (`PROTOCOL.md`, section 12): where there is no network, a colleague's phone or a USB stick carries them.
//!
//! A **courier file** is one or more push bodies, unpacked, each preceded by a line that says how long it is:
//!
//! ```text
//! {"courier":1,"bytes":4711}
//! …4711 bytes: header line, lines, seal line…
//! {"courier":1,"bytes":812}
//! …812 bytes…
//! ```
//!
//! The pushes of one install stand in the order of their lines, each with the certificate in its header. The file needs no secret and no
//! trust: each push is signed by its install. Whoever holds it delivers each body to `POST /v1/sync/push` as it is, in order
//! (`zhucun ingest FILE` does the same from the server's side). Delivering twice does no harm.
//!
//! An **answer file** has the same form, each answer of the server preceded by
//! `{"courier":1,"bytes":n,"install":"…","status":200}`. Brought back, it acknowledges the lines: the receipts in it are signed.

use serde::{Deserialize, Serialize};

use crate::ids::InstallId;

/// The version of the file's form.
pub const VERSION: u32 = 1;

/// The line before each part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Version of the form.
    pub courier: u32,
    /// How many bytes follow the line feed of this line.
    pub bytes: usize,
    /// In an answer file: whose push was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<InstallId>,
    /// In an answer file: the HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// Appends a push body to a file.
pub fn append(file: &mut Vec<u8>, push: &[u8]) {
    part(file, &Label { courier: VERSION, bytes: push.len(), install: None, status: None }, push);
}

/// Appends a server's answer to an answer file.
pub fn append_answer(file: &mut Vec<u8>, install: InstallId, status: u16, answer: &[u8]) {
    part(file, &Label { courier: VERSION, bytes: answer.len(), install: Some(install), status: Some(status) }, answer);
}

fn part(file: &mut Vec<u8>, label: &Label, body: &[u8]) {
    // A label holds numbers and hex digits: nothing in it can fail to be written.
    file.extend(serde_json::to_vec(label).unwrap_or_default());
    file.push(b'\n');
    file.extend_from_slice(body);
}

/// Why a file, or what is left of it, is none of a courier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// What should be a label is none.
    #[error("a label cannot be read")]
    Label,
    /// A version of the form that this build does not read.
    #[error("its version is not known")]
    Version,
    /// It ends within a part.
    #[error("it ends within a part")]
    Cut,
}

/// The parts of a file. One that was cut gives the parts before the cut, then an error.
pub fn parts(mut file: &[u8]) -> impl Iterator<Item = Result<(Label, &[u8]), BadFile>> {
    std::iter::from_fn(move || {
        // Editors and mail programs leave white space behind.
        file = file.trim_ascii_start();
        if file.is_empty() {
            return None;
        }
        let next = first(file);
        file = next.as_ref().map_or(&[][..], |(_, _, rest)| rest);
        Some(next.map(|(label, body, _)| (label, body)))
    })
}

fn first(file: &[u8]) -> Result<(Label, &[u8], &[u8]), BadFile> {
    let end = file.iter().position(|b| *b == b'\n').ok_or(BadFile::Label)?;
    let label: Label = serde_json::from_slice(&file[..end]).map_err(|_| BadFile::Label)?;
    if label.courier != VERSION {
        return Err(BadFile::Version);
    }
    let (body, rest) = file[end + 1..].split_at_checked(label.bytes).ok_or(BadFile::Cut)?;
    Ok((label, body, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_as_they_were_and_a_cut_is_told() {
        let mut file = Vec::new();
        append(&mut file, b"{\"push\":1}\n\n{}\n");
        append_answer(&mut file, InstallId([3; 16]), 200, b"{}");
        let whole: Vec<_> = parts(&file).map(Result::unwrap).collect();
        assert_eq!(whole[0].1, b"{\"push\":1}\n\n{}\n");
        assert_eq!(
            (whole[1].0.install, whole[1].0.status, whole[1].1),
            (Some(InstallId([3; 16])), Some(200), &b"{}"[..])
        );
        let spaced = [&file[..], b"\r\n \n", &file].concat();
        assert_eq!(parts(&spaced).filter(Result::is_ok).count(), 4, "white space between parts is ignored");
        for cut in 1..file.len() {
            let parts: Vec<_> = parts(&file[..cut]).collect();
            let sound = parts.iter().filter(|p| p.is_ok()).count();
            assert!(sound <= 1 && parts.len() - sound <= 1, "{cut}");
        }
        assert!(parts(b"not a courier file").next().unwrap().is_err());
        assert!(parts(b" \n").next().is_none());
    }
}
