//! Packing a push against lines that the server has (`PROTOCOL.md`, section 12): what a phone writes looks much like what it wrote before. Pure.

use std::fmt;

use crate::InstallId;

/// The content encoding: zstd, with those lines as its dictionary.
pub const ENCODING: &str = "zstd-lines";
/// The header that names the lines.
pub const HEADER: &str = "zhucun-lines";
/// Most lines of a dictionary.
pub const MAX_LINES: u64 = 64;
/// Most bytes of a dictionary.
pub const MAX_BYTES: usize = 64 * 1024;

/// A stretch of an install's lines, as the header names it: `install:from-to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earlier {
    /// Whose.
    pub install: InstallId,
    /// First seq, from 1.
    pub from: u64,
    /// Last seq.
    pub to: u64,
}

impl Earlier {
    /// Reads the header; none if it is not of its form, or names more lines than a dictionary has.
    pub fn parse(header: &str) -> Option<Self> {
        let (install, range) = header.split_once(':')?;
        let (from, to) = range.split_once('-')?;
        let seq = |text: &str| text.parse().ok().filter(|n: &u64| n.to_string() == text);
        let earlier = Self { install: install.parse().ok()?, from: seq(from)?, to: seq(to)? };
        (earlier.from >= 1 && earlier.to >= earlier.from && earlier.to - earlier.from < MAX_LINES).then_some(earlier)
    }
}

impl fmt::Display for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}-{}", self.install, self.from, self.to)
    }
}

/// The dictionary: each line with a line feed behind it.
pub fn dictionary<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut all = Vec::new();
    for line in lines {
        all.extend_from_slice(line);
        all.push(b'\n');
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_as_it_is_written_and_nothing_else_is() {
        let earlier = Earlier { install: InstallId([0xab; 16]), from: 3, to: 66 };
        assert_eq!(Earlier::parse(&earlier.to_string()), Some(earlier));
        let install = earlier.install;
        for bad in [
            "",
            "3-4",
            &format!("{install}:0-4"),
            &format!("{install}:4-3"),
            &format!("{install}:3-67"),
            &format!("{install}:03-4"),
            "x:1-2",
        ] {
            assert_eq!(Earlier::parse(bad), None, "{bad}");
        }
    }
}
