//! Lines out of a stream, packed or not. Pure.

use std::io::Write as _;

use crate::{error::Error, store::Result};

/// Longer than any body of a record: a record holds lines of at most 256 KiB, with all values kept beside.
const MAX_LINE_BYTES: usize = 64 << 20;

/// Splits a stream into lines.
pub(super) struct Splitter {
    unpacked: Unpacked,
}

enum Unpacked {
    Plain(Vec<u8>),
    Zstd(Box<zstd::stream::write::Decoder<'static, Vec<u8>>>),
}

impl Splitter {
    /// Of a stream with that `Content-Encoding`.
    pub(super) fn new(encoding: Option<&str>) -> Result<Self> {
        let unpacked = match encoding {
            None | Some("identity") => Unpacked::Plain(Vec::new()),
            Some("zstd") => {
                let decoder =
                    zstd::stream::write::Decoder::new(Vec::new()).map_err(|_| Error::BadAnswer("its packing"))?;
                Unpacked::Zstd(Box::new(decoder))
            }
            Some(_) => return Err(Error::BadAnswer("packed in a way that was not asked for")),
        };
        Ok(Self { unpacked })
    }

    /// Takes the next part of the stream; gives the lines it completes.
    pub(super) fn feed(&mut self, part: &[u8]) -> Result<Vec<Vec<u8>>> {
        let buffer = match &mut self.unpacked {
            Unpacked::Plain(buffer) => {
                buffer.extend_from_slice(part);
                buffer
            }
            Unpacked::Zstd(decoder) => {
                let written = decoder.write_all(part).and_then(|()| decoder.flush());
                written.map_err(|_| Error::BadAnswer("its packing"))?;
                decoder.get_mut()
            }
        };
        let Some(last) = buffer.iter().rposition(|b| *b == b'\n') else {
            return if buffer.len() > MAX_LINE_BYTES {
                Err(Error::BadAnswer("a line without end"))
            } else {
                Ok(Vec::new())
            };
        };
        let rest = buffer.split_off(last + 1);
        let whole = std::mem::replace(buffer, rest);
        Ok(whole[..last].split(|b| *b == b'\n').map(<[u8]>::to_vec).collect())
    }

    /// What stands behind the last line feed.
    pub(super) fn rest(self) -> Vec<u8> {
        match self.unpacked {
            Unpacked::Plain(buffer) => buffer,
            Unpacked::Zstd(decoder) => decoder.into_inner(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(encoding: Option<&str>, stream: &[u8], step: usize) -> (Vec<String>, Vec<u8>) {
        let mut splitter = Splitter::new(encoding).unwrap();
        let mut lines = Vec::new();
        for part in stream.chunks(step) {
            lines.extend(splitter.feed(part).unwrap().into_iter().map(|l| String::from_utf8(l).unwrap()));
        }
        (lines, splitter.rest())
    }

    #[test]
    fn lines_come_whole_however_the_stream_is_cut_up() {
        let text = "{\"a\":1}\n{\"村\":2}\n\nrest";
        let packed = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
        for step in 1..30 {
            for (encoding, stream) in [(None, text.as_bytes()), (Some("zstd"), &packed[..])] {
                let (lines, rest) = lines(encoding, stream, step);
                assert_eq!(lines, ["{\"a\":1}", "{\"村\":2}", ""], "{step} {encoding:?}");
                assert_eq!(rest, b"rest");
            }
        }
        assert!(Splitter::new(Some("br")).is_err());
    }

    #[test]
    fn a_packed_stream_that_is_cut_gives_the_lines_before() {
        let text = "{\"a\":1}\n".repeat(50_000);
        let packed = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
        let (lines, _) = lines(Some("zstd"), &packed[..packed.len() / 2], 7);
        assert!(lines.iter().all(|line| line == "{\"a\":1}"));
    }
}
