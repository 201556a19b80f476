//! Three servers on one PostgreSQL, with the demo district, and an office at the first of them.

use anyhow::Result;
use sea_orm::{ConnectionTrait as _, Database as Connect, DatabaseConnection};
use sync_protocol::sign::PublicKey;
use zhucun_tests::{
    load::people::{self, Inspector},
    office::Office,
    postgres::Cluster,
    raw::RawPhone,
    server::{Database, Server, binary},
};

use crate::bench::Bench;

/// Three of them.
pub struct Replicas {
    /// The servers. The first keeps the photos.
    pub servers: Vec<Server>,
    /// The office, at the first.
    pub office: Office,
}

impl Replicas {
    /// Started together, on a database in which the demo district was loaded.
    pub async fn start(settings: &[(&str, &str)]) -> Result<Self> {
        let mut first = Server::new(&binary(), Database::Postgres)?;
        settings.iter().for_each(|(name, value)| first.set(name, value));
        first.succeeds(&["demo"]).await?;
        let (mut second, mut third) = (first.beside()?, first.beside()?);
        let (one, two, three) = tokio::join!(first.start(), second.start(), third.start());
        one.and(two).and(three)?;
        let office = Office::sign_in(&first.url(), "office", "zhucun-demo").await?;
        Ok(Self { servers: vec![third, second, first].into_iter().rev().collect(), office })
    }

    /// Address of one of them; they are counted round.
    pub fn url(&self, n: usize) -> String {
        self.servers[n % self.servers.len()].url()
    }

    /// So many members lent to the inspection team: they read and write the inspection lanes of all villages.
    pub async fn inspectors(&self, count: usize) -> Result<Vec<Inspector>> {
        people::inspectors(&self.office, count, 1_767_225_600_000).await
    }

    /// A phone made by hand of that person, at one of the servers.
    pub async fn phone(&self, who: &Inspector, seed: u64, n: usize) -> Result<RawPhone> {
        RawPhone::enrol(&self.office, &self.url(n), &who.person, seed).await
    }

    /// A connection of the test's own.
    pub async fn database(&self) -> Result<DatabaseConnection> {
        Ok(Connect::connect(self.servers[0].database_url()).await?)
    }

    /// Runs a statement on a connection of the test's own; gives how many rows it touched or gave.
    pub async fn execute(&self, sql: &str) -> Result<u64> {
        let database = self.database().await?;
        let done = database.execute_unprepared(sql).await?.rows_affected();
        database.close().await?;
        Ok(done)
    }

    /// What holds at the end: no job is left, no lock was waited for in a circle, the state is the one that all lines come to at once, every
    /// line is the one that came, and no log tells of a fault.
    pub async fn end(mut self, servers: Vec<PublicKey>) -> Result<()> {
        self.office.settled().await?;
        let bench = Bench::of(&self.servers[0].database_url(), servers).await;
        bench.assert_equal_to_fold().await;
        let compared = self.servers[0].succeeds(&["rebuild", "--check"]).await?;
        assert!(compared.contains(" 0 of them"), "{compared}");
        let verified = self.servers[1].succeeds(&["verify"]).await?;
        assert!(verified.contains("clean"), "{verified}");
        let crossed = Cluster::shared().logged("deadlock detected")?;
        assert!(crossed.is_empty(), "{}", crossed.join("\n\n"));
        for server in &mut self.servers {
            server.stop().await?;
            server.assert_clean_log();
        }
        Ok(())
    }
}
