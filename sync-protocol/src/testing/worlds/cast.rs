//! Who is in a world: people, their installs and keys. All fixed, so that a world is a function of its steps.

use std::sync::OnceLock;

use crate::{
    ids::{InstallId, sha256},
    sign::{Certificate, InstallRole, PrivateKey},
};

/// When worlds begin, ms: 2026-06-01T00:00:00Z.
pub const START: i64 = 1_780_272_000_000;
/// A village.
pub const VILLAGE: &str = "440811070201";
/// Its town.
pub const TOWN: &str = "440811070";
/// A village in another town.
pub const OTHER: &str = "440811173202";
/// The district.
pub const DISTRICT: &str = "zjedz";

/// An install of the cast.
pub struct Install {
    /// Its id.
    pub id: InstallId,
    /// Its key.
    pub key: PrivateKey,
    /// Whose it is.
    pub person: &'static str,
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether an enrolment operation is written at the start.
    pub enrolled: bool,
}

/// The cast.
pub struct Cast {
    /// The server's key, which signs certificates.
    pub server: PrivateKey,
    /// The server process as an install.
    pub server_install: Install,
    /// The phones.
    pub installs: Vec<Install>,
}

/// A phone's person, and whether its enrolment is known.
const PHONES: [(&str, bool); 8] = [
    ("zjedz.p.member", true),
    ("zjedz.p.lead", true),
    ("zjedz.p.inspector-a", true),
    ("zjedz.p.inspector-b", true),
    ("zjedz.p.inspector-b", true),
    ("zjedz.p.office", true),
    ("zjedz.p.town", true),
    ("zjedz.p.stranger", false),
];

/// Role, person, place and days (from, to) from the start.
pub(super) const GRANTS: [(&str, &str, &str, i64, i64); 8] = [
    ("inspector", "zjedz.p.inspector-a", DISTRICT, -30, 400),
    ("inspector", "zjedz.p.inspector-b", TOWN, -30, 2),
    ("inspector", "zjedz.p.inspector-b", DISTRICT, 1, 400),
    ("office", "zjedz.p.office", DISTRICT, -30, 1),
    ("admin", "zjedz.p.office", DISTRICT, 1, 400),
    ("town", "zjedz.p.town", DISTRICT, -30, 400),
    ("manager", "zjedz.p.lead", DISTRICT, -30, 400),
    ("inspector", "zjedz.p.office", DISTRICT, -30, 400),
];

impl Cast {
    /// The cast. Made once: signatures take time.
    pub fn get() -> &'static Cast {
        static CAST: OnceLock<Cast> = OnceLock::new();
        CAST.get_or_init(|| {
            let server = key("server");
            let install = |name: &str, person, role, enrolled| {
                let id = InstallId(sha256(&[name.as_bytes()])[..16].try_into().expect("16 of 32 bytes"));
                let key = key(name);
                let certificate = Certificate::issue(&server, id, person, &key.public(), role, START);
                Install { id, key, person, certificate, enrolled }
            };
            let phone = |(i, (person, enrolled)): (usize, (&'static str, bool))| {
                install(&format!("phone {i}"), person, InstallRole::Phone, enrolled)
            };
            Cast {
                server_install: install("process", "zhucun", InstallRole::Server, true),
                installs: PHONES.into_iter().enumerate().map(phone).collect(),
                server,
            }
        })
    }
}

/// The key made from a name.
pub fn key(name: &str) -> PrivateKey {
    PrivateKey::from_bytes(&sha256(&[b"test key ", name.as_bytes()])).expect("a key but for one in 2^128 names")
}
