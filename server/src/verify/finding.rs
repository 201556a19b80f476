//! What a check finds: a code, the row or file it is about, what should be there and what is. Pure.

use std::fmt;

use serde_json::{Map, Value, json};

/// What does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// A line's bytes are not those that came.
    LineAltered,
    /// A signed chain names a line that is not there.
    LineMissing,
    /// A line that no signed chain names.
    LineUnsigned,
    /// A line is kept under another record than it writes.
    LineMisfiled,
    /// A push is not as it was signed.
    PushAltered,
    /// Lines of which no push is kept, though the chain goes on behind them.
    PushMissing,
    /// Lines or pushes of an install of which there is no row.
    InstallMissing,
    /// What stands beside an install's certificate is not what certificate and chain say.
    InstallAltered,
    /// No key of the server signed the certificate; or it is not the one with which the install was enrolled.
    CertificateInvalid,
    /// A server key's secret is not that of its id.
    KeyAltered,
    /// A row that the lines do not come to.
    RowAltered,
    /// A row is missing that the lines come to.
    RowMissing,
    /// A row that no line bears out.
    RowStray,
    /// The bytes of a complete photo are not in the store.
    BlobMissing,
    /// They are not as many as they should be.
    BlobCut,
    /// They do not have the hash they are named by.
    BlobAltered,
    /// Bytes in the store that nothing names.
    BlobStray,
    /// The shipped log has a push that the database does not have.
    LogAhead,
    /// The shipped log says that a push was received at another time.
    ReceivedDiffers,
    /// A file of the log, or of a courier, cannot be read, or is not the one that was written.
    LogDamaged,
    /// A file is not the one that was handed out.
    FileAltered,
    /// A file that was handed out is missing.
    FileMissing,
    /// A file that was not handed out with the others.
    FileStray,
    /// The manifest is not signed by a key of the server.
    ManifestUnsigned,
    /// A record is not shown as the lines have it.
    RecordDiffers,
}

impl Code {
    /// The code as told: stable.
    pub fn name(self) -> &'static str {
        use Code::*;
        match self {
            LineAltered => "line_altered",
            LineMissing => "line_missing",
            LineUnsigned => "line_unsigned",
            LineMisfiled => "line_misfiled",
            PushAltered => "push_altered",
            PushMissing => "push_missing",
            InstallMissing => "install_missing",
            InstallAltered => "install_altered",
            CertificateInvalid => "certificate_invalid",
            KeyAltered => "key_altered",
            RowAltered => "row_altered",
            RowMissing => "row_missing",
            RowStray => "row_stray",
            BlobMissing => "blob_missing",
            BlobCut => "blob_cut",
            BlobAltered => "blob_altered",
            BlobStray => "blob_stray",
            LogAhead => "log_ahead",
            ReceivedDiffers => "received_differs",
            LogDamaged => "log_damaged",
            FileAltered => "file_altered",
            FileMissing => "file_missing",
            FileStray => "file_stray",
            ManifestUnsigned => "manifest_unsigned",
            RecordDiffers => "record_differs",
        }
    }
}

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// The table; or `file`.
    pub table: &'static str,
    /// Its primary key, or what names it: columns and values.
    pub key: Vec<(&'static str, Value)>,
    /// What should be there.
    pub expected: String,
    /// What is.
    pub found: String,
}

impl Finding {
    /// One.
    pub fn new(
        code: Code,
        (table, key): (&'static str, Vec<(&'static str, Value)>),
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self { code, table, key, expected: expected.into(), found: found.into() }
    }

    /// As a line of NDJSON.
    pub fn json(&self) -> String {
        let key: Map<String, Value> =
            self.key.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let (table, expected, found) = (self.table, &self.expected, &self.found);
        json!({"code": self.code.name(), "table": table, "key": key, "expected": expected, "found": found}).to_string()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.table)?;
        for (name, value) in &self.key {
            match value {
                Value::String(text) => write!(f, " {name}={text}")?,
                other => write!(f, " {name}={other}")?,
            }
        }
        write!(f, ": expected {}; found {}", self.expected, self.found)
    }
}

/// What a check came to. Findings go out as they are found: there may be as many as there are rows.
pub struct Report<'a> {
    tell: &'a mut dyn FnMut(&Finding),
    progress: fn(&str),
    say: fn(&str),
    /// How many findings there were.
    pub findings: u64,
    /// What was looked at, in figures.
    pub counted: Vec<(&'static str, u64)>,
}

impl<'a> Report<'a> {
    /// One that tells each finding, how far it is, and what is no finding, so.
    pub fn new(tell: &'a mut dyn FnMut(&Finding), progress: fn(&str), say: fn(&str)) -> Self {
        Self { tell, progress, say, findings: 0, counted: Vec::new() }
    }

    /// Tells one.
    pub fn find(&mut self, finding: Finding) {
        self.findings += 1;
        (self.tell)(&finding);
    }

    /// Says how far it is.
    pub fn progress(&self, text: impl AsRef<str>) {
        (self.progress)(text.as_ref());
    }

    /// Says what was looked at.
    pub fn count(&mut self, what: &'static str, n: u64) {
        self.counted.push((what, n));
    }

    /// Says what was not looked at, and why; what is as it should be, and looks odd.
    pub fn note(&self, note: impl AsRef<str>) {
        (self.say)(note.as_ref());
    }

    /// In one line.
    pub fn summary(&self) -> String {
        let counted: Vec<String> = self.counted.iter().map(|(what, n)| format!("{n} {what}")).collect();
        let verdict = match self.findings {
            0 => "clean".to_owned(),
            1 => "1 finding".to_owned(),
            n => format!("{n} findings"),
        };
        format!("verify: {}: {verdict}", counted.join(", "))
    }
}

/// The longest piece of a value that is worth telling.
const MOST: usize = 160;

/// A value in so many words.
pub fn told(value: &str) -> String {
    match value.char_indices().nth(MOST) {
        None => value.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &value[..end], value.len()),
    }
}

/// Two values, each in so many words, from where they begin to differ.
pub fn told_apart(expected: &str, found: &str) -> (String, String) {
    let alike = expected.chars().zip(found.chars()).take_while(|(a, b)| a == b).count();
    if alike <= MOST / 4 || expected.chars().count().max(found.chars().count()) <= MOST {
        return (told(expected), told(found));
    }
    let tail = |text: &str| format!("…{}", told(&text.chars().skip(alike - MOST / 4).collect::<String>()));
    (tail(expected), tail(found))
}
