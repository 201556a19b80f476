//! Why a file is not shown. It stays as evidence all the same.

/// Why there is no picture of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It has no bytes.
    Empty,
    /// It is none of the kinds that are opened, whatever its name says.
    NotAPicture,
    /// HEIC: it is kept as it is, and shown by the preview that its phone made.
    HeicByPreview,
    /// It has more bytes than [`MAX_BYTES`](crate::bounds::MAX_BYTES).
    TooManyBytes,
    /// It has more pixels than [`MAX_PIXELS`](crate::bounds::MAX_PIXELS).
    TooManyPixels,
    /// Decoding it would take more memory than [`MAX_MEMORY`](crate::bounds::MAX_MEMORY).
    TooMuchMemory,
    /// It is made of more scans than [`MAX_SCANS`](crate::bounds::MAX_SCANS): each costs time whatever it holds.
    TooManyScans,
    /// A form that no camera makes, such as a JPEG of 12 or 16 bits a sample, lossless or with arithmetic coding.
    Unsupported,
    /// It ends before its end.
    Truncated,
    /// Its bytes are not what they should be.
    Damaged,
    /// Whoever opened it died of it, each time.
    GivenUp,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 11] = [
        Reason::Empty,
        Reason::NotAPicture,
        Reason::HeicByPreview,
        Reason::TooManyBytes,
        Reason::TooManyPixels,
        Reason::TooMuchMemory,
        Reason::TooManyScans,
        Reason::Unsupported,
        Reason::Truncated,
        Reason::Damaged,
        Reason::GivenUp,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Empty => "empty",
            Reason::NotAPicture => "not_a_picture",
            Reason::HeicByPreview => "heic_by_preview",
            Reason::TooManyBytes => "too_many_bytes",
            Reason::TooManyPixels => "too_many_pixels",
            Reason::TooMuchMemory => "too_much_memory",
            Reason::TooManyScans => "too_many_scans",
            Reason::Unsupported => "unsupported",
            Reason::Truncated => "truncated",
            Reason::Damaged => "damaged",
            Reason::GivenUp => "given_up",
        }
    }
}
