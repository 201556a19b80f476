//! The server's keys and epoch: what it signs with, and which of its lives this is.

use sync_protocol::sign::{PrivateKey, PublicKey};

/// Loaded once at start.
#[derive(Clone)]
pub struct ServerKeys {
    /// Signs certificates and receipts.
    pub signing: PrivateKey,
    /// All keys whose signatures hold, the current first.
    pub public: Vec<PublicKey>,
    /// Signs people's and phones' tokens.
    pub token: PrivateKey,
    /// Which life of the server.
    pub epoch: String,
}
