//! What a backup says of itself. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The form of backups that this build writes and reads.
pub const FORM: u32 = 1;

/// The file `manifest.json` of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form: [`FORM`].
    pub backup: u32,
    /// Version of the server that took it.
    pub version: String,
    /// When it was begun, by the server's clock, ms.
    pub taken_ms: i64,
    /// SHA-256 of the file `zhucun.db`, hex.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// What is in it.
    pub summary: Summary,
    /// Photos that its tables call complete, and that lie beside it.
    pub photos: u64,
    /// Photos that its tables call complete and whose bytes were not in the store.
    pub photos_missing: u64,
}

/// What a database holds, told in a few figures. Two that hold the same lines have the same digests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The epoch.
    pub epoch: String,
    /// Pushes.
    pub pushes: u64,
    /// Lines.
    pub lines: u64,
    /// Number of the newest push; 0 where there is none.
    pub newest_push: i64,
    /// When it was received, ms.
    pub newest_ms: Option<i64>,
    /// How far the shipped log was.
    pub log: Option<LogMark>,
    /// Digest of each scope, hex.
    pub digests: BTreeMap<String, String>,
}

/// A place in the shipped log: everything up to it is in the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMark {
    /// The strand.
    pub strand: String,
    /// The number of its newest segment; 0 before the first.
    pub segment: i64,
    /// SHA-256 of that segment's file, hex; empty before the first.
    pub sha256: String,
    /// Pushes up to this number are shipped, or were never committed.
    pub mark: i64,
}

impl Summary {
    /// The scopes in which two databases do not hold the same, in order.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        // A scope that has a row and no record is one that is not there.
        let digest = |of: &Self, scope: &str| of.digests.get(scope).filter(|d| d.bytes().any(|b| b != b'0')).cloned();
        let mut scopes: Vec<&String> = self.digests.keys().chain(other.digests.keys()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes.into_iter().filter(|s| digest(self, s) != digest(other, s)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_differ_by_the_scopes_whose_records_differ() {
        let of = |pairs: &[(&str, &str)]| Summary {
            digests: pairs.iter().map(|(s, d)| ((*s).to_owned(), (*d).to_owned())).collect(),
            ..Summary::default()
        };
        let one = of(&[("a/own", "01"), ("b/own", "02"), ("c/own", "00")]);
        let two = of(&[("a/own", "01"), ("b/own", "03"), ("d/own", "04")]);
        assert_eq!(one.differing(&two), ["b/own", "d/own"]);
        assert_eq!(one.differing(&one.clone()), Vec::<String>::new());
    }
}
