//! Pushes in a file (`PROTOCOL.md`, section 12): each preceded by a line that says how long it is, and what may help whoever reads it.

use serde::{Deserialize, Serialize};

use crate::sign::Certificate;

/// The line before a push. Nothing in it is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The form: 1.
    pub courier: u32,
    /// How many bytes the push has.
    pub bytes: usize,
    /// When the server received it, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// The head it follows, 64 hex digits: where the pushes before it are not in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The certificate of an install that the file has not named before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<Certificate>,
}

/// The file ends within a push, or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a courier file, or one that was cut")]
pub struct Cut;

/// Adds a push to a file.
pub fn add(file: &mut Vec<u8>, label: &Label, body: &[u8]) {
    let label = Label { courier: 1, bytes: body.len(), ..label.clone() };
    file.extend(serde_json::to_vec(&label).expect("plain values serialise"));
    file.push(b'\n');
    file.extend(body);
}

/// The pushes of a file, in order; the last is an error where the file ends within one.
pub fn read(file: &[u8]) -> impl Iterator<Item = Result<(Label, &[u8]), Cut>> {
    let mut rest = file;
    std::iter::from_fn(move || {
        // Editors and mail programs leave white space behind.
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        let one = split(rest).ok_or(Cut);
        rest = one.as_ref().map_or(&[][..], |(_, _, rest)| rest);
        Some(one.map(|(label, body, _)| (label, body)))
    })
}

fn split(file: &[u8]) -> Option<(Label, &[u8], &[u8])> {
    let end = file.iter().position(|b| *b == b'\n').unwrap_or(file.len());
    let label: Label = serde_json::from_slice(&file[..end]).ok().filter(|label: &Label| label.courier == 1)?;
    let behind = file.get(end + 1..).unwrap_or_default();
    let body = behind.get(..label.bytes)?;
    Some((label, body, &behind[body.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_cut_is_told() {
        let mut file = Vec::new();
        let labels = [Label { at: Some(5), ..Label::default() }, Label::default()];
        for (label, body) in labels.iter().zip(["one\n", "two\n{}\n"]) {
            add(&mut file, label, body.as_bytes());
        }
        file.extend(b" \n");
        let found: Vec<_> = read(&file).map(|one| one.map(|(label, body)| (label.at, body.to_vec()))).collect();
        assert_eq!(found, [Ok((Some(5), b"one\n".to_vec())), Ok((None, b"two\n{}\n".to_vec()))]);
        let cut: Vec<_> = read(&file[..file.len() - 5]).map(|one| one.is_ok()).collect();
        assert_eq!(cut, [true, false]);
        assert_eq!(read(b"nothing").next(), Some(Err(Cut)));
    }
}
