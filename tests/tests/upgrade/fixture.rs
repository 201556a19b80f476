//! A server of the demo district that can be upgraded, and what its database says.

use anyhow::Result;
use sync_protocol::{
    InstallId,
    sign::PublicKey,
    world::{self, Placed},
};
use zhucun::storage::Db;
use zhucun_tests::{
    office::Office,
    phones::Phone,
    server::{Database, Server, binary},
    state,
    wait::{self, Seen},
};

/// A village.
pub const INSPECTION: &str = "440811070203/inspection";
pub const HOUSEHOLDS: &str = "440811070203/household";

/// A server, and who decides.
pub struct District {
    pub server: Server,
    pub office: Office,
}

impl District {
    /// Running on that database, as a build that knows these kinds (`household@1,…`) up to that version only.
    pub async fn of(database: Database, knows_only: &str) -> Self {
        let mut server = Server::new(&binary(), database).expect("a folder");
        server.set("TESTING_KNOWS_ONLY", knows_only);
        server.succeeds(&["demo"]).await.expect("the demo is loaded");
        server.start().await.expect("the server starts");
        let office = sign_in(&server).await;
        Self { server, office }
    }

    /// The same database, served by this build.
    pub async fn upgrade(&mut self) {
        self.server.stop().await.expect("a good end");
        self.server.set("TESTING_KNOWS_ONLY", "");
        self.server.start().await.expect("the newer server starts");
        self.sign_in_anew().await;
    }

    /// After another server took this one's place.
    pub async fn sign_in_anew(&mut self) {
        self.office = sign_in(&self.server).await;
    }

    /// A phone of an inspector.
    pub async fn phone(&self, inspector: &str, seed: u64) -> Phone {
        let (person, folder) = (format!("zjedz.p.{inspector}"), self.server.scratch());
        let phone = Phone::enrol(&self.office, &self.server.url(), (&person, inspector), seed, folder).await;
        phone.expect("the phone enrols")
    }

    /// Waits until just so many operations are held.
    pub async fn held(&self, count: usize) {
        let held = async || -> Result<Seen<()>> {
            let held = self.office.standings("held").await?.len();
            Ok(Seen::when(held == count, format!("{held} are held")))
        };
        wait::until("what is held to be released", held).await.expect("it is");
    }

    /// What is stored of that install.
    pub async fn lines(&self, install: InstallId) -> Vec<Placed> {
        let db = Db::open(&self.server.database_url(), 2).await.expect("the database opens");
        let lines = state::lines(&db.read).await.expect("lines are read");
        db.close().await.expect("it closes");
        let mut lines: Vec<Placed> = lines.into_iter().filter(|line| line.install == install).collect();
        lines.sort_by_key(|line| line.seq);
        lines
    }

    /// What holds at the end: state is what all lines come to, a rebuild comes to the same, and every line is the one that came.
    pub async fn end(mut self) {
        self.office.settled().await.expect("no job is left");
        let keys = self.office.get("/v1/keys", &[]).await.expect("keys");
        let keys = keys["keys"].as_array().into_iter().flatten();
        let keys: Vec<PublicKey> = keys.filter_map(|key| PublicKey::parse(key["key"].as_str()?)).collect();
        self.server.stop().await.expect("a good end");
        let db = Db::open(&self.server.database_url(), 2).await.expect("the database opens");
        let (lines, stored) = (state::lines(&db.read).await.unwrap(), state::state(&db.read).await.unwrap());
        db.close().await.expect("it closes");
        assert_eq!(state::unlike(&stored, &world::fold(&lines, &keys)), "");
        let compared = self.server.succeeds(&["rebuild", "--check"]).await.expect("a rebuild");
        assert!(compared.contains(" 0 of them not as they were"), "{compared}");
        let verified = self.server.succeeds(&["verify"]).await.expect("zhucun verify is clean");
        assert!(verified.contains("clean"), "{verified}");
        self.server.assert_clean_log();
    }
}

async fn sign_in(server: &Server) -> Office {
    Office::sign_in(&server.url(), "office", "zhucun-demo").await.expect("the office signs in")
}

/// The codes that a phone has heard of its own lines, sorted.
pub fn codes(phone: &Phone) -> Vec<String> {
    let mut codes: Vec<String> = phone.engine.standings().expect("standings").into_iter().map(|s| s.code).collect();
    codes.sort();
    codes
}
