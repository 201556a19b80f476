//! What every measurement begins with: a server of the demo district, its office, and people with phones.

use std::path::Path;

use anyhow::Result;

use super::{
    people::{self, Inspector},
    phones::{FIRST_VISIT_MS, LoadPhone},
};
use crate::{
    office::Office,
    server::{Database, Server},
};

/// A running server and who sends to it.
pub struct Stage {
    /// The server.
    pub server: Server,
    /// The demo's office, signed in.
    pub office: Office,
    /// Members who inspect.
    pub inspectors: Vec<Inspector>,
}

impl Stage {
    /// Starts a server on an empty database, with so many people.
    pub async fn set(binary: &Path, database: Database, people: usize) -> Result<Self> {
        let mut server = Server::new(binary, database)?;
        server.set("ZHUCUN_LOG", "warn");
        server.succeeds(&["demo"]).await?;
        server.start().await?;
        let office = people::office(&server.url()).await?;
        let inspectors = people::inspectors(&office, people, FIRST_VISIT_MS - 86_400_000).await?;
        Ok(Self { server, office, inspectors })
    }

    /// Enrols a phone for each of them.
    pub async fn phones(&self, first_seed: u64) -> Result<Vec<LoadPhone>> {
        let mut phones = Vec::new();
        for (seed, who) in (first_seed..).zip(&self.inspectors) {
            phones.push(LoadPhone::enrol(&self.office, &self.server.url(), who, seed).await?);
        }
        Ok(phones)
    }
}
