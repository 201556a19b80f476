//! What is done to servers, their database and phones.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result, ensure};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sea_orm::{ConnectionTrait as _, Database as Connect, EntityTrait as _};
use zhucun::storage::entities::install;
use zhucun_tests::{
    office::{Office, text},
    postgres::Cluster,
    rough::Rough,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

use crate::phones::FieldPhone;

/// Phones, of members of two villages: those of one village see the same.
const PHONES: usize = 4;
/// So many connections of one server are cut or killed for one that a phone dies.
const PHONE_DIES_OF: u32 = 8;

/// How bad it gets.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    /// How often a server is killed; on PostgreSQL, as often the connections to the database are cut.
    pub kills: usize,
    /// Of the dice.
    pub seed: u64,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Blows {
    /// Servers killed at work.
    pub kills: usize,
    /// Servers killed while they came up.
    pub kills_at_start: usize,
    /// Times all connections to the database were cut.
    pub cuts: usize,
    /// Phones killed.
    pub phones: usize,
}

enum Blow {
    Kill,
    Cut,
}

/// Servers, their database, phones, and the bad networks between them.
pub struct Fire {
    /// The phones. They end before the folder that they lie in.
    pub phones: Vec<FieldPhone>,
    /// The servers; one on SQLite, two on PostgreSQL.
    pub servers: Vec<Server>,
    /// Who looks at it.
    pub office: Office,
    /// The database, by a way that is not cut.
    pub database_url: String,
    /// What was done.
    pub blows: Blows,
    roads: Vec<Rough>,
    database_road: Option<Rough>,
}

impl Fire {
    /// Servers with these settings and phones, at work.
    pub async fn light(database: Database, settings: &[(&str, &str)]) -> Result<Self> {
        let mut first = Server::new(&binary(), database)?;
        settings.iter().for_each(|(name, value)| first.set(name, value));
        first.succeeds(&["demo"]).await?;
        let database_url = first.database_url();
        let (mut database_road, mut servers) = (None, Vec::new());
        if database == Database::Postgres {
            let port = Cluster::shared().port();
            let road = Rough::before(port).await?;
            let through = database_url.replace(&format!(":{port}/"), &format!(":{}/", road.port()));
            first.set("ZHUCUN_DATABASE_URL", &through);
            database_road = Some(road);
            servers.push(first.beside()?);
        }
        // The one that keeps the photos ends last.
        servers.push(first);
        for server in &mut servers {
            server.start().await?;
        }
        let first = &servers[servers.len() - 1];
        let office = Office::sign_in(&first.url(), "office", "zhucun-demo").await?;
        let mut roads = Vec::new();
        for server in &servers {
            roads.push(Rough::before(server.port()).await?);
        }
        let mut phones = Vec::new();
        for (n, (person, scope)) in members(&office).await?.into_iter().enumerate() {
            let url = format!("http://127.0.0.1:{}", roads[n % roads.len()].port());
            let who = (&*person, &*scope);
            let phone = FieldPhone::enrol(&office, &first.url(), who, n as u64 + 1, first.scratch(), &url).await?;
            phones.push(phone);
        }
        phones.iter_mut().try_for_each(FieldPhone::start)?;
        Ok(Self { servers, office, phones, database_url, blows: Blows::default(), roads, database_road })
    }

    /// Strikes until all blows are dealt. After each, what phones held receipts for before it must be there.
    pub async fn rage(&mut self, storm: Storm) -> Result<()> {
        let mut dice = StdRng::seed_from_u64(storm.seed);
        for road in &self.roads {
            road.roughen(dice.random());
        }
        let cuts = if self.database_road.is_some() { storm.kills } else { 0 };
        while self.blows.kills < storm.kills || self.blows.cuts < cuts {
            self.some_work(dice.random_range(1..8)).await?;
            tokio::time::sleep(Duration::from_millis(dice.random_range(0..40))).await;
            let left = (storm.kills - self.blows.kills, cuts - self.blows.cuts);
            let blow = if dice.random_range(0..left.0 + left.1) < left.0 { Blow::Kill } else { Blow::Cut };
            if dice.random_ratio(1, PHONE_DIES_OF) {
                let n = dice.random_range(0..self.phones.len());
                self.phones[n].kill()?;
                self.phones[n].start()?;
                self.blows.phones += 1;
            }
            match blow {
                Blow::Kill => self.kill(&mut dice).await?,
                Blow::Cut => self.cut(&mut dice).await?,
            }
        }
        self.roads.iter().for_each(Rough::calm);
        Ok(())
    }

    /// Waits until some more lines are acknowledged.
    async fn some_work(&mut self, lines: u64) -> Result<()> {
        let sum = |phones: &[FieldPhone]| phones.iter().map(FieldPhone::acknowledged).sum::<u64>();
        let begun = sum(&self.phones);
        wait::until("phones to get on", async || {
            for phone in &mut self.phones {
                ensure!(!phone.is_home()?, "a phone ended that nobody called");
            }
            let now = sum(&self.phones);
            Ok(Seen::when(now >= begun + lines, format!("{now} lines acknowledged, {begun} before")))
        })
        .await
    }

    async fn kill(&mut self, dice: &mut StdRng) -> Result<()> {
        let server = dice.random_range(0..self.servers.len());
        let server = &mut self.servers[server];
        server.kill()?;
        self.blows.kills += 1;
        let held = held(&self.phones);
        // In some cases again, while it comes up.
        while dice.random_ratio(1, 6) {
            let patience = Duration::from_millis(dice.random_range(0..300));
            if let Ok(started) = tokio::time::timeout(patience, server.start()).await {
                started?;
                server.kill()?;
            } else {
                server.kill()?;
            }
            self.blows.kills_at_start += 1;
        }
        server.start().await?;
        self.has_all(&held).await
    }

    async fn cut(&mut self, dice: &mut StdRng) -> Result<()> {
        let held = held(&self.phones);
        self.blows.cuts += 1;
        let road = self.database_road.as_ref().context("a way to the database")?;
        match dice.random_range(0..3) {
            0 => road.cut(),
            1 => road.cut_answers(Duration::from_millis(dice.random_range(1..60))),
            _ => self.end_sessions().await?,
        }
        self.has_all(&held).await
    }

    /// As an administrator of the database does.
    async fn end_sessions(&self) -> Result<()> {
        let others = "datname = current_database() AND pid <> pg_backend_pid()";
        let database = Connect::connect(&self.database_url).await?;
        database
            .execute_unprepared(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
            .await?;
        database.close().await?;
        Ok(())
    }

    /// Whether the database has what phones hold receipts for.
    async fn has_all(&self, held: &Held) -> Result<()> {
        let database = Connect::connect(&self.database_url).await?;
        let rows = install::Entity::find().all(&database).await?;
        database.close().await?;
        let tips: BTreeMap<Vec<u8>, i64> = rows.into_iter().map(|row| (row.id, row.tip_seq)).collect();
        for (install, (person, acknowledged)) in held {
            let there = tips.get(install).map_or(0, |tip| *tip as u64);
            ensure!(there >= *acknowledged, "{person}: line {acknowledged} was acknowledged, and {there} are there");
        }
        Ok(())
    }
}

/// By install, whose it is, and the last line that a receipt covers.
type Held = BTreeMap<Vec<u8>, (String, u64)>;

fn held(phones: &[FieldPhone]) -> Held {
    phones.iter().map(|phone| (phone.install.0.to_vec(), (phone.person.clone(), phone.acknowledged()))).collect()
}

/// Members of two villages, with the scopes in which they record.
async fn members(office: &Office) -> Result<Vec<(String, String)>> {
    let mut villages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for station in office.get("/v1/stations", &[]).await?.as_array().into_iter().flatten() {
        villages.entry(text(station, "village")?).or_default().push(text(station, "person")?);
    }
    let teams = villages.into_iter().filter(|(_, people)| people.len() >= PHONES / 2).take(2);
    let members = teams.flat_map(|(village, people)| {
        let scope = format!("{village}/presence");
        people.into_iter().take(PHONES / 2).map(move |person| (person, scope.clone()))
    });
    let members: Vec<_> = members.collect();
    ensure!(members.len() == PHONES, "the demo district has too few members");
    Ok(members)
}
