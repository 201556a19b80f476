//! What can go wrong, each with a stable code.

use mobile_schema::Fault;

use crate::transport::{Problem, TransportError};

/// What can go wrong. [`Error::code`] is stable; the sentence may change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed: disk full, file damaged, or of a newer version of this crate.
    #[error("the store failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// The store was written by a newer version of this crate, which says so by this number.
    #[error("the store is of version {0}, newer than this app knows")]
    NewerStore(i64),
    /// A value in the store is not of its form.
    #[error("the store holds {0} that is not of its form")]
    DamagedStore(&'static str),
    /// Nobody is enrolled on this phone yet.
    #[error("this phone is not enrolled")]
    NotEnrolled,
    /// The answer to an enrolment is not for this phone's key, or no server key signed it.
    #[error("the certificate is not valid: {0}")]
    BadCertificate(&'static str),
    /// The fields given are not one JSON object.
    #[error("the fields are not one JSON object")]
    BadFields,
    /// The write would be refused: told to the app before anything is queued.
    #[error("{}", first(.0))]
    Refused(Vec<Fault>),
    /// The line would be unreadable, with that code (`PROTOCOL.md`, section 3).
    #[error("the line would be unreadable: {0}")]
    Unreadable(&'static str),
    /// No version of that checklist is on this phone.
    #[error("no version of the checklist {0} is on this phone")]
    NoTemplate(String),
    /// The write would have to name more operations as seen than a line takes.
    #[error("the write would have to name {0} operations as seen")]
    TooManySeen(usize),
    /// A raw line holds a line feed, which would break the push.
    #[error("a line holds no line feed")]
    LineFeed,
    /// A photo's file cannot be read, or a courier file not written.
    #[error("a file cannot be read or written: {0}")]
    Photo(#[from] std::io::Error),
    /// The photo is empty, or larger than the schema takes.
    #[error("a photo of {0} bytes is not taken")]
    PhotoSize(u64),
    /// A file that was carried is not of the courier's form.
    #[error("not a courier file: {0}")]
    BadCourier(&'static str),
    /// This lane is being synced already.
    #[error("a sync is under way")]
    Busy,
    /// The network failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server answered with a problem.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The server's answer is not of its form.
    #[error("the server's answer is not of its form: {0}")]
    BadAnswer(&'static str),
    /// The server's answer carries a receipt that proves nothing: of other lines, or not signed by a key of the server.
    #[error("the receipt proves nothing: {0}")]
    BadReceipt(&'static str),
}

fn first(faults: &[Fault]) -> String {
    faults.first().map(ToString::to_string).unwrap_or_default()
}

impl Error {
    /// The stable code. A server's problem keeps its own.
    pub fn code(&self) -> &str {
        match self {
            Error::Store(_) => "store",
            Error::NewerStore(_) => "newer_store",
            Error::DamagedStore(_) => "damaged_store",
            Error::NotEnrolled => "not_enrolled",
            Error::BadCertificate(_) => "bad_certificate",
            Error::BadFields => "bad_fields",
            Error::Refused(_) => "refused",
            Error::Unreadable(_) => "unreadable",
            Error::NoTemplate(_) => "no_template",
            Error::TooManySeen(_) => "too_many_seen",
            Error::LineFeed => "line_feed",
            Error::Photo(_) => "photo",
            Error::PhotoSize(_) => "photo_size",
            Error::BadCourier(_) => "bad_courier",
            Error::Busy => "busy",
            Error::Transport(error) => error.code(),
            Error::Problem(problem) => &problem.code,
            Error::BadAnswer(_) => "bad_answer",
            Error::BadReceipt(_) => "bad_receipt",
        }
    }
}

impl From<sync_protocol::courier::Bad> for Error {
    fn from(bad: sync_protocol::courier::Bad) -> Self {
        Self::BadCourier(match bad {
            sync_protocol::courier::Bad::Cut => "it ends within a part",
            sync_protocol::courier::Bad::Form => "what stands where a label should is none",
        })
    }
}
