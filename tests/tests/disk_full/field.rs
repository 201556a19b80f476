//! Members whose phones push without a pause, whatever the server answers; and one of them who reads.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;
use tokio::{sync::watch, task::JoinHandle};
use zhucun_tests::{
    answer::Answer,
    office::{Office, text},
    raw::RawPhone,
    server::Server,
    wait::{self, Seen},
};

/// Lines of a push.
const LINES: u64 = 3;
/// So many pushes show that pushing goes on.
const GOES_ON: u64 = 20;
/// How soon a phone that was put off comes again: far sooner than it was told to.
const AGAIN: Duration = Duration::from_millis(20);

/// A member with a phone made by hand.
pub struct Member {
    /// The phone.
    pub phone: RawPhone,
    /// Where they record.
    pub presence: String,
}

/// Enrols phones of so many members of the demo district.
pub async fn members(office: &Office, server: &Server, count: usize) -> Result<Vec<Member>> {
    let stations = office.get("/v1/stations", &[]).await?;
    let mut members = Vec::new();
    for (station, seed) in stations.as_array().into_iter().flatten().zip(1..).take(count) {
        let phone = RawPhone::enrol(office, &server.url(), &text(station, "person")?, seed).await?;
        members.push(Member { phone, presence: format!("{}/presence", text(station, "village")?) });
    }
    Ok(members)
}

impl Member {
    fn next_lines(&self) -> Vec<Vec<u8>> {
        let line = |seq: u64| {
            let fields = json!({"person": self.phone.person, "text": "入户走访。".repeat(40)});
            self.phone.line(&self.presence, "work_log", &self.log_id(seq), &fields)
        };
        (self.phone.tip.0 + 1..).take(LINES as usize).map(line).collect()
    }

    fn log_id(&self, seq: u64) -> String {
        format!("{}-{seq}", self.phone.install)
    }

    /// All that this phone holds a receipt for is there: lines and records.
    pub async fn has_all_acknowledged(&self, office: &Office) -> Result<()> {
        let made = self.phone.made::<Vec<u8>>(&[]);
        // Behind the last acknowledged line: the server takes it only if it has that line under that head.
        self.phone.send(made.body, None).await?.success()?;
        let records = office.records(&self.presence, Some("work_log")).await?;
        let there = |seq: u64| records.iter().any(|record| record["id"] == self.log_id(seq).as_str());
        let lost: Vec<u64> = (1..=self.phone.tip.0).filter(|seq| !there(*seq)).collect();
        ensure!(lost.is_empty(), "{}: acknowledged and not there: {lost:?}", self.phone.person);
        Ok(())
    }

    /// The phone pulls, and the office looks at its lists: none of that writes.
    pub async fn reads_go_on(&self, office: &Office) -> Result<()> {
        for (path, query) in
            [("/v1/standings", &[("state", "quarantined")][..]), ("/v1/conflicts", &[]), ("/v1/status", &[])]
        {
            office.get(path, query).await?;
        }
        let token = self.phone.token().await?;
        let pull = self.phone.request(Method::POST, "/v1/sync/pull", &token).json(&json!({"limit": 50}));
        let page = Answer::to(pull).await?;
        ensure!(page.status == 200, "{}", page.text);
        let end = page.text.lines().last().context("a page has lines")?;
        ensure!(end.starts_with("{\"page\"") || end.starts_with("{\"checkpoint\""), "{end}");
        for probe in ["/health/live", "/health/ready"] {
            Answer::to(office.request(Method::GET, probe)).await?.success()?;
        }
        Ok(())
    }
}

/// Asks until it is put off because the disk is full: in what its log has of room SQLite still finds place for a little.
pub async fn put_off(what: &str, mut ask: impl AsyncFnMut() -> Result<Answer>) -> Result<()> {
    wait::until(&format!("{what} to be put off"), async || {
        let answer = ask().await?;
        match (answer.status, answer.code()) {
            (503, "storage_full") => {
                answer.refused(503, "storage_full");
                Ok(Seen::Yes(()))
            }
            (200..300, _) | (503, "busy") => Ok(Seen::NotYet(answer.text)),
            _ => anyhow::bail!("{what} was answered {}: {}", answer.status, answer.text),
        }
    })
    .await
}

/// Phones that push until they are told to end.
pub struct Pushing {
    end: watch::Sender<bool>,
    counts: Arc<Counts>,
    tasks: Vec<JoinHandle<Result<Member>>>,
}

#[derive(Default)]
struct Counts {
    acknowledged: AtomicU64,
    full: AtomicU64,
    busy: AtomicU64,
    gave_up: OnceLock<String>,
}

impl Pushing {
    /// All at once.
    pub fn begin(members: Vec<Member>) -> Self {
        let (end, counts) = (watch::Sender::new(false), Arc::<Counts>::default());
        let push = |member| {
            let (end, counts) = (end.subscribe(), counts.clone());
            tokio::spawn(async move {
                let pushed = push(member, end, &counts).await;
                pushed.inspect_err(|why| drop(counts.gave_up.set(format!("{why:#}"))))
            })
        };
        Self { tasks: members.into_iter().map(push).collect(), end, counts }
    }

    /// Waits until some more pushes are acknowledged.
    pub async fn goes_on(&self) -> Result<()> {
        self.grows("pushes acknowledged", |counts| &counts.acknowledged, GOES_ON).await
    }

    /// Waits until some are put off because the disk is full.
    pub async fn is_put_off(&self) -> Result<()> {
        self.grows("pushes put off, the disk being full", |counts| &counts.full, 5).await
    }

    /// Waits until some are put off, for whatever passes.
    pub async fn waits(&self) -> Result<()> {
        self.grows(
            "pushes put off",
            |counts| if counts.full.load(Ordering::Relaxed) > 0 { &counts.full } else { &counts.busy },
            1,
        )
        .await
    }

    async fn grows(&self, what: &str, count: impl Fn(&Counts) -> &AtomicU64, by: u64) -> Result<()> {
        let now = || count(&self.counts).load(Ordering::Relaxed);
        let begun = now();
        wait::until(what, async || {
            if let Some(why) = self.counts.gave_up.get() {
                anyhow::bail!("a phone gave up: {why}");
            }
            Ok(Seen::when(now() >= begun + by, format!("{} behind {begun}", now())))
        })
        .await
    }

    /// Ends; gives the members.
    pub async fn end(self) -> Result<Vec<Member>> {
        self.end.send_replace(true);
        let mut members = Vec::new();
        for task in self.tasks {
            members.push(task.await.context("a phone panicked")??);
        }
        Ok(members)
    }
}

async fn push(mut member: Member, end: watch::Receiver<bool>, counts: &Counts) -> Result<Member> {
    while !*end.borrow() {
        // The same lines until they are acknowledged, as phones do.
        let made = member.phone.made(&member.next_lines());
        let answer = member.phone.send(made.body, None).await?;
        if answer.status == 200 {
            member.phone.acknowledged(LINES, &made.head, &answer.success()?)?;
            counts.acknowledged.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let count = match answer.code() {
            "storage_full" => &counts.full,
            "busy" | "timeout" => &counts.busy,
            _ => anyhow::bail!("a push was answered {}: {}", answer.status, answer.text),
        };
        ensure!(answer.status == 503 && answer.header("retry-after").is_some(), "{answer:?}");
        count.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(AGAIN).await;
    }
    Ok(member)
}

/// What holds at the end: everything acknowledged is there, every line is the one that came, what the tables say is what the lines come to,
/// and nothing panicked.
pub async fn end(server: &mut Server, office: &Office, members: &[Member]) -> Result<()> {
    for member in members {
        member.has_all_acknowledged(office).await?;
    }
    office.settled().await?;
    server.stop().await?;
    let verified = server.succeeds(&["verify"]).await?;
    ensure!(verified.contains("clean"), "{verified}");
    let compared = server.succeeds(&["rebuild", "--check"]).await?;
    ensure!(compared.contains(" 0 of them not as they were"), "{compared}");
    ensure!(!server.log().contains("panicked"), "the server panicked");
    Ok(())
}
