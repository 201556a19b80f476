//! A server that ships its log, six phones in two villages, and what happens between a backup and the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sync_protocol::Hash;
use zhucun::{
    backup::{manifest::Summary, store::look},
    storage::Db,
};
use zhucun_tests::{
    agreement, camera,
    office::{Office, text},
    phones::Phone,
    server::{Database, Server, binary},
};

/// Phones that are there before the backup.
pub const PHONES: usize = 6;
/// Operations between the backup and the end, photo records among them.
pub const OPERATIONS: usize = 500;
/// Photos among them.
pub const PHOTOS: usize = 20;
/// Decisions of the office among what follows.
pub const DECISIONS: usize = 50;

/// The world.
pub struct World {
    /// The server.
    pub server: Server,
    /// Who decides.
    pub office: Office,
    /// The phones: the first three of one village's team, the others of another's.
    pub phones: Vec<Phone>,
    /// The members, with their villages' presence scopes, in the order of the phones; one more than there are phones.
    pub members: Vec<(String, String)>,
    database: Database,
}

/// What came after the backup.
pub struct Span {
    /// The dots of the office's decisions.
    pub decisions: BTreeSet<String>,
    /// Ids of the records that stand only because the office accepted them.
    pub accepted: BTreeSet<String>,
    /// Ids of what the phone wrote that was enrolled in the span.
    pub enrolled: BTreeSet<String>,
}

/// A server of that kind that ships its log, with the demo district; running.
pub async fn shipping(database: Database) -> Result<Server> {
    let mut server = Server::new(&binary(), database)?;
    for (setting, folder) in [("ZHUCUN_SHIP", "ship"), ("ZHUCUN_BACKUPS", "backups")] {
        let folder = server.scratch().join(folder).display().to_string();
        server.set(setting, &folder);
    }
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    Ok(server)
}

impl World {
    /// Phones have written, photographed and synced.
    pub async fn begin(database: Database) -> Result<Self> {
        let server = shipping(database).await?;
        let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
        let members = members(&office).await?;
        let mut world = Self { server, office, phones: Vec::new(), members, database };
        for n in 0..PHONES {
            world.enrol(n).await?;
        }
        for n in 0..PHONES {
            world.log(n, 5, world.own(n))?;
            world.photograph(n, 1)?;
        }
        world.sync_all().await?;
        Ok(world)
    }

    /// Enrols the phone of that member.
    pub async fn enrol(&mut self, n: usize) -> Result<()> {
        let person = self.members[n].0.clone();
        let name = format!("phone {n}");
        let who = (person.as_str(), name.as_str());
        let phone = Phone::enrol(&self.office, &self.server.url(), who, n as u64 + 1, self.server.scratch()).await?;
        self.phones.push(phone);
        Ok(())
    }

    /// The scope of that member's own village.
    pub fn own(&self, n: usize) -> &str {
        &self.members[n].1
    }

    /// The scope of the other village, where that member has no right.
    pub fn foreign(&self, n: usize) -> &str {
        self.own((n + 3) % PHONES)
    }

    /// Writes work logs; gives their ids.
    pub fn log(&self, n: usize, count: usize, scope: &str) -> Result<Vec<String>> {
        let phone = &self.phones[n];
        let one = |i| phone.record(scope, "work_log", json!({"person": phone.person, "text": format!("日志 {i}")}));
        (0..count).map(one).collect()
    }

    /// Takes pictures of work logs.
    pub fn photograph(&self, n: usize, count: usize) -> Result<()> {
        let phone = &self.phones[n];
        for i in 0..count {
            let about = self.log(n, 1, self.own(n))?.remove(0);
            let seed = (n * 100 + i) as u64 + phone.engine.chain()?.seq;
            phone.photograph(self.own(n), ("work_log", &about), camera::take(seed))?;
        }
        Ok(())
    }

    /// All phones sync, twice: what one brings the others see.
    pub async fn sync_all(&self) -> Result<()> {
        for phone in self.phones.iter().chain(&self.phones) {
            phone.sync().await?;
        }
        Ok(())
    }

    /// `zhucun backup`, while it serves; gives the backup's folder.
    pub async fn backup(&self) -> Result<PathBuf> {
        let told = self.server.succeeds(&["backup", "--keep", "3"]).await?;
        let path = told.split_whitespace().nth(1).with_context(|| format!("no path in {told}"))?;
        Ok(path.into())
    }

    /// Where its log lies.
    pub fn ship(&self) -> PathBuf {
        self.server.scratch().join("ship")
    }

    /// What comes after the backup: operations and photos, decisions, an enrolment, a revocation.
    pub async fn span(&mut self) -> Result<Span> {
        self.work()?;
        self.sync_all().await?;
        let (decisions, accepted) = self.decide().await?;
        self.enrol(PHONES).await?;
        let enrolled = self.log(PHONES, 10, self.own(PHONES))?.into_iter().collect();
        // The last of the first phones is handed back: what it wrote before counts.
        let install = self.phones[PHONES - 1].engine.install()?;
        self.sync_all().await?;
        self.office.post(&format!("/v1/installs/{install}/end"), json!({})).await?;
        for phone in self.phones.iter().filter(|p| p.engine.install().ok() != Some(install)) {
            phone.sync().await?;
        }
        self.office.settled().await?;
        Ok(Span { decisions, accepted, enrolled })
    }

    fn work(&self) -> Result<()> {
        let foreign = DECISIONS.div_ceil(PHONES);
        let mut left = DECISIONS;
        for n in 0..PHONES {
            self.log(n, foreign.min(left), self.foreign(n))?;
            left -= foreign.min(left);
        }
        for n in 0..PHOTOS {
            self.photograph(n % PHONES, 1)?;
        }
        // Each photo is of a log of its own.
        let rest = OPERATIONS - DECISIONS - 2 * PHOTOS;
        for n in 0..PHONES {
            self.log(n, rest / PHONES + usize::from(n < rest % PHONES), self.own(n))?;
        }
        Ok(())
    }

    /// Accepts every other of what waits, and refuses the rest.
    async fn decide(&self) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
        let waiting = self.office.standings("quarantined").await?;
        ensure!(waiting.len() == DECISIONS, "{} wait", waiting.len());
        let (mut decisions, mut accepted) = (BTreeSet::new(), BTreeSet::new());
        for (n, one) in waiting.iter().enumerate() {
            let verb = if n % 2 == 0 { "accept" } else { "refuse" };
            let written = self.office.decide(&text(one, "dot")?, verb, "看过了").await?;
            decisions.insert(text(&written, "dot")?);
            if verb == "accept" {
                accepted.insert(text(one, "id").or_else(|_| text(&one["record"], "id"))?);
            }
        }
        Ok((decisions, accepted))
    }

    /// A new server, filled by `zhucun restore` with these arguments; running. What it said comes with it.
    pub async fn restored(&self, arguments: &[&str]) -> Result<(Server, String)> {
        let mut server = Server::new(&binary(), self.database)?;
        let all: Vec<&str> = ["restore"].into_iter().chain(arguments.iter().copied()).collect();
        let told = server.succeeds(&all).await?;
        server.start().await?;
        Ok((server, told))
    }

    /// What the office sees in the two villages.
    pub async fn seen(&self, office: &Office) -> Result<BTreeMap<String, Value>> {
        let scopes = [self.own(0), self.own(3)].map(str::to_owned).into();
        agreement::seen_by_office(office, &scopes).await
    }
}

/// What a server's database holds, in figures.
pub async fn summary(server: &Server) -> Result<Summary> {
    let db = Db::open(&server.database_url(), 2).await?;
    let summary = look::summary(&db.read).await?;
    db.close().await?;
    Ok(summary)
}

/// The photos that a server has complete.
pub async fn photos(server: &Server) -> Result<BTreeSet<Hash>> {
    let db = Db::open(&server.database_url(), 2).await?;
    let photos = look::photos(&db.read).await?;
    db.close().await?;
    Ok(photos.into_iter().map(|(hash, _)| hash).collect())
}

/// Seven members of two villages: three of one, three of the other, and a fourth of the first, if it has one, else of any.
async fn members(office: &Office) -> Result<Vec<(String, String)>> {
    let mut villages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for station in office.get("/v1/stations", &[]).await?.as_array().into_iter().flatten() {
        villages.entry(text(station, "village")?).or_default().push(text(station, "person")?);
    }
    let mut members = Vec::new();
    for (village, mut people) in villages {
        people.sort();
        people.dedup();
        if people.len() >= 3 && members.len() < PHONES {
            members.extend(people.drain(..3).map(|person| (person, format!("{village}/presence"))));
        }
        if members.len() == PHONES && !people.is_empty() {
            members.push((people.remove(0), format!("{village}/presence")));
            return Ok(members);
        }
    }
    anyhow::bail!("the demo district has too few members")
}
