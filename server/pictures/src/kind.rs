//! What a file is, as its beginning shows. Names and types that clients give are never trusted.

/// How many bytes [`Kind::of`] looks at.
pub const LOOKS_AT: usize = 16;

/// The kinds of files that are pictures here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG, also animated.
    Png,
    /// WebP, also animated.
    Webp,
    /// HEIC, which is not decoded here.
    Heic,
}

impl Kind {
    /// By the first [`LOOKS_AT`] bytes. Whether the rest keeps that promise is a matter for who decodes it.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Kind::Webp),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if is_heic(brand) => Some(Kind::Heic),
            _ => None,
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Webp => "image/webp",
            Kind::Heic => "image/heic",
        }
    }
}

fn is_heic(brand: &[u8]) -> bool {
    brand.first_chunk().is_some_and(|b: &[u8; 4]| [b"heic", b"heix", b"heim", b"heis", b"mif1"].contains(&b))
}
