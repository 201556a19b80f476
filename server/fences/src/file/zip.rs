//! The members of a zip archive, unpacked to no more than [`MAX_UNPACKED`] bytes together.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};

use super::{MAX_UNPACKED, Reason, Unreadable};

/// Most members that are looked at.
const MAX_MEMBERS: usize = 1_000;
/// What belongs to a map layer; the rest of an archive is left alone.
const WANTED: [&str; 4] = [".shp", ".dbf", ".prj", ".kml"];

/// By name in small letters.
pub(super) type Members = BTreeMap<String, Vec<u8>>;

pub(super) fn unpack(bytes: &[u8]) -> Result<Members, Unreadable> {
    let bad = |error: &dyn std::fmt::Display| {
        Unreadable::new(1, Reason::Syntax, format!("The archive cannot be unpacked: {error}."))
    };
    let archive = ZipArchive::from_slice(bytes).map_err(|error| bad(&error))?;
    let mut members = Members::new();
    let (mut entries, mut room) = (archive.entries(), MAX_UNPACKED);
    for seen in 0.. {
        let Some(entry) = entries.next_entry().map_err(|error| bad(&error))? else { break };
        if seen == MAX_MEMBERS {
            return Err(bad(&format!("it has more than {MAX_MEMBERS} members")));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).to_lowercase();
        // macOS puts a shadow of each file beside it.
        if name.starts_with("__macosx/") || !WANTED.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        let method = entry.compression_method();
        let packed = archive.get_entry(entry.wayfinder()).map_err(|error| bad(&error))?;
        let mut content = Vec::new();
        let read = match method {
            CompressionMethod::STORE => read(packed.verifying_reader(packed.data()), room, &mut content),
            CompressionMethod::DEFLATE => {
                read(packed.verifying_reader(DeflateDecoder::new(packed.data())), room, &mut content)
            }
            _ => Err(io::Error::other("it is packed by another method than deflate")),
        };
        read.map_err(|error| bad(&error))?;
        if content.len() > room {
            let message = format!("The archive unpacks to more than {MAX_UNPACKED} bytes.");
            return Err(Unreadable::new(1, Reason::TooLarge, message));
        }
        room -= content.len();
        members.insert(name, content);
    }
    Ok(members)
}

fn read(from: impl Read, room: usize, content: &mut Vec<u8>) -> io::Result<usize> {
    from.take(room as u64 + 1).read_to_end(content)
}
