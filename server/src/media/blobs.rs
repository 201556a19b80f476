//! Where photo bytes are kept.

/// A store of bytes named by their SHA-256.
pub trait BlobStore: Send + Sync {}
