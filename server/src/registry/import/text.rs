//! From bytes to text: UTF-8 with or without a byte order mark, else GB18030, which Excel in China writes.

use std::borrow::Cow;

use encoding_rs::GB18030;

use super::fault::{Code, Faults};

/// The text, or faults.
pub(super) fn decode<'b>(bytes: &'b [u8], max_bytes: usize, faults: &mut Faults) -> Option<Cow<'b, str>> {
    if bytes.len() > max_bytes {
        let message = format!("The file has {} bytes; at most {max_bytes} are taken at once.", bytes.len());
        faults.push(1, "", Code::TooLarge, message);
        return None;
    }
    // A zip archive, an old XLS or a workbook with a password, and Excel's "Unicode text", which is UTF-16.
    if [&b"PK\x03\x04"[..], b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xfe\xff"].iter().any(|magic| bytes.starts_with(magic))
    {
        faults.push(
            1,
            "",
            Code::Spreadsheet,
            "This is no text file. In Excel, save a table as .xlsx without a password, or as \"CSV UTF-8\".",
        );
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(utf8) => match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => text,
            None => {
                bad_lines(bytes, utf8.valid_up_to(), faults);
                return None;
            }
        },
    };
    if text.trim().is_empty() {
        faults.push(1, "", Code::Empty, "There is nothing in the file.");
        return None;
    }
    Some(text)
}

/// Names the lines that cannot be read. If the text before the first byte that is no UTF-8 has other than ASCII, the file is UTF-8
/// with damage; else it is taken as GB18030. No character of either has a line feed as its second byte, so lines can be split first.
fn bad_lines(bytes: &[u8], valid: usize, faults: &mut Faults) {
    let utf8 = bytes[..valid].iter().any(|b| !b.is_ascii());
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let good = if utf8 {
            std::str::from_utf8(line).is_ok()
        } else {
            GB18030.decode_without_bom_handling_and_without_replacement(line).is_some()
        };
        if !good {
            let encoding = if utf8 { "UTF-8" } else { "GB18030" };
            faults.push(i as u64 + 1, "", Code::Encoding, format!("The line is not {encoding}."));
        }
    }
    if faults.found.is_empty() {
        faults.push(1, "", Code::Encoding, "The file is neither UTF-8 nor GB18030.");
    }
}
