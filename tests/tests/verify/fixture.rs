//! A server with a short history in it, stopped; its database can be changed by anyone who gets at it.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use sea_orm::{ConnectionTrait as _, Database as SeaOrm, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use sync_protocol::InstallId;
use zhucun_tests::{
    camera,
    office::{Office, text},
    phones::Phone,
    postgres::Cluster,
    raw::RawPhone,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

/// The history.
pub struct History {
    /// The server; stopped.
    pub server: Server,
    /// Phones that pushed by hand, each some times three lines.
    pub raw: Vec<InstallId>,
    /// SHA-256 of a photo that is complete, and of its preview.
    pub photo: (String, String),
    /// Where the shipped log lies.
    pub log: PathBuf,
    /// Its database as it was at first.
    origin: String,
}

/// How many pushes each of the phones makes.
const PUSHES: [usize; 5] = [10, 2, 1, 1, 1];

/// Some pushes, a photo, decisions, a verdict.
pub async fn history(database: Database) -> Result<History> {
    let mut server = Server::new(&binary(), database)?;
    let log = server.scratch().join("ship");
    server.set("ZHUCUN_SHIP", &log.display().to_string());
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let stations = office.get("/v1/stations", &[]).await?;
    let stations = stations.as_array().context("stations")?;
    let station = stations.first().context("a station")?;
    let (member, village) = (text(station, "person")?, text(station, "village")?);
    let scope = format!("{village}/presence");

    let phone = Phone::enrol(&office, &server.url(), (&member, "member"), 1, server.scratch()).await?;
    let about = phone.record(&scope, "work_log", json!({"person": member, "text": "入户走访"}))?;
    let photo = phone.photograph(&scope, ("work_log", &about), camera::take(1))?;
    phone.sync().await?;
    let preview = complete(&office, &scope, &photo).await?;

    let mut raw = Vec::new();
    for (n, pushes) in PUSHES.into_iter().enumerate() {
        let mut phone = RawPhone::enrol(&office, &server.url(), &member, n as u64 + 2).await?;
        for push in 0..pushes {
            let line = |n: u64| {
                let id = phone.own_id(&format!("log-{push}-{n}"));
                phone.line(&scope, "work_log", &id, &json!({"person": member, "text": format!("第 {push} 次 {n}")}))
            };
            phone.push(&[line(0), line(1), line(2)]).await?;
        }
        if n == 1 {
            raw_odds(&office, &mut phone, &member, &village, stations).await?;
        }
        raw.push(phone.install);
    }
    office.settled().await?;
    server.stop().await?;
    let origin = server.database_url();
    Ok(History { server, raw, photo: (photo, preview), log, origin })
}

/// What the office decided on, what waits for it, what is carried, what nobody can read; and what a verdict is made of.
async fn raw_odds(
    office: &Office,
    phone: &mut RawPhone,
    member: &str,
    village: &str,
    stations: &[Value],
) -> Result<()> {
    let foreign = stations.iter().find(|s| s["village"] != village).context("another village")?;
    let foreign = format!("{}/presence", text(foreign, "village")?);
    let line = |id: &str, scope: &str, kind| phone.line(scope, kind, &phone.own_id(id), &json!({"person": member}));
    let home = format!("{village}/presence");
    let (taken, waits, check_in) =
        (line("taken", &foreign, "work_log"), line("waits", &foreign, "work_log"), line("here", &home, "check_in"));
    phone.push(&[taken, check_in]).await?;
    for one in office.standings("quarantined").await? {
        office.decide(&text(&one, "dot")?, "accept", "属实").await?;
    }
    carried(office, phone, member, &home).await?;
    phone.push(&[waits, b"{\"broken\"".to_vec()]).await?;
    Ok(())
}

/// What the phone carries for an earlier one: a line that counts, one that waits, and one that was erased when it counted.
async fn carried(office: &Office, phone: &mut RawPhone, member: &str, home: &str) -> Result<()> {
    let (own, old) = (format!("{member}/own"), "ab".repeat(16));
    let line = |n: u64| {
        let fields = json!({"person": member, "text": format!("旧手机所写 {n}")});
        let line = phone.line(home, "work_log", &format!("carried-{n}"), &fields);
        let fields = json!({"install": old, "seq": n, "line": String::from_utf8_lossy(&line)});
        phone.line(&own, "carried", &phone.own_id(&format!("carried-{n}")), &fields)
    };
    phone.push(&[line(1), line(2), line(3)]).await?;
    let waiting = office.standings("quarantined").await?;
    for one in waiting.iter().filter(|one| one["carried"]["seq"] != 2) {
        office.decide(&text(one, "dot")?, "accept", "旧手机损坏").await?;
    }
    let record = json!({"scope": home, "kind": "work_log", "id": "carried-3"});
    let mut asked = json!({"record": record, "basis": "consent_withdrawn", "reason": "本人要求删除"});
    asked["confirm"] = office.post("/v1/erasures", asked.clone()).await?["confirm"].clone();
    let done = office.post("/v1/erasures", asked).await?;
    ensure!(done["count"] == 1 && done["kinds"]["work_log"]["records"] == 1, "{done}");
    Ok(())
}

/// Waits until the photo is complete, and its preview; gives that.
async fn complete(office: &Office, scope: &str, sha256: &str) -> Result<String> {
    wait::until("the photo to be complete", async || {
        let photos = office.get("/v1/media", &[("scope", scope)]).await?;
        let all = photos["photos"].as_array().cloned().unwrap_or_default();
        let here = all.iter().find(|p| p["sha256"] == sha256 && p["state"] == "complete" && p["has_preview"] == true);
        Ok(match here {
            Some(photo) => Seen::Yes(text(photo, "preview_sha256")?),
            None => Seen::NotYet(photos.to_string()),
        })
    })
    .await
}

impl History {
    /// Runs `zhucun verify --json` with these arguments; gives its exit code and findings.
    pub async fn verify(&self, arguments: &[&str]) -> Result<(Option<i32>, Vec<Value>)> {
        let all: Vec<&str> = ["verify", "--json"].into_iter().chain(arguments.iter().copied()).collect();
        let output = self.server.run(&all).await?;
        let told = String::from_utf8(output.stdout)?;
        let findings = told.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        let findings = findings.with_context(|| format!("{told}\n{}", String::from_utf8_lossy(&output.stderr)))?;
        Ok((output.status.code(), findings))
    }

    /// From now on its database is a copy of what it was at first.
    pub async fn afresh(&mut self) -> Result<()> {
        let url = match self.origin.strip_prefix("sqlite:") {
            Some(file) => {
                let copy = self.server.scratch().join("tampered.db");
                std::fs::copy(file, &copy)?;
                format!("sqlite:{}", copy.display())
            }
            None => {
                let let_go = "PostgreSQL to let go of the connections";
                wait::until(let_go, async || {
                    let copied = Cluster::shared().copy_of(&self.origin);
                    Ok(copied.map_or_else(|error| Seen::NotYet(error.to_string()), Seen::Yes))
                })
                .await?
            }
        };
        self.server.set("ZHUCUN_DATABASE_URL", &url);
        Ok(())
    }

    /// A connection to the database, as an insider has it.
    pub async fn open(&self) -> Result<DatabaseConnection> {
        Ok(SeaOrm::connect(self.server.database_url()).await?)
    }

    /// The file of a photo.
    pub fn blob(&self, sha256: &str) -> PathBuf {
        self.server.data().join("media").join(&sha256[..3]).join(sha256)
    }
}

/// Runs a statement in which bytes are written `x'…'`; it must change so many rows.
pub async fn run(db: &DatabaseConnection, rows: u64, sql: &str) {
    let written = written(db, sql);
    let done = db.execute_raw(Statement::from_string(db.get_database_backend(), written)).await.expect(sql);
    assert_eq!(done.rows_affected(), rows, "{sql}");
}

/// The one value, as text, that a question gives; bytes as hex.
pub async fn ask(db: &DatabaseConnection, sql: &str) -> String {
    let written = written(db, sql);
    let row =
        db.query_one_raw(Statement::from_string(db.get_database_backend(), written)).await.expect(sql).expect(sql);
    let number = row.try_get_by_index::<i64>(0).map(|n| n.to_string());
    number
        .or_else(|_| row.try_get_by_index(0))
        .or_else(|_| row.try_get_by_index::<Vec<u8>>(0).map(hex::encode))
        .expect(sql)
}

/// PostgreSQL writes bytes another way.
fn written(db: &DatabaseConnection, sql: &str) -> String {
    if db.get_database_backend() == DbBackend::Postgres { sql.replace("x'", "'\\x") } else { sql.to_owned() }
}
