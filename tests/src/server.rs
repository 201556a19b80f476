//! The real server: started on a free port with a folder of its own, stopped, killed, started again on what it left.

mod binary;
mod lifeline;
mod log;

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use zhucun::{backup::store::look, storage::Db};

pub use binary::{binary, named};
use lifeline::Lifeline;

use crate::{
    postgres::{Cluster, free_port},
    wait::{self, Seen},
};

/// Where a server keeps its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in its folder.
    Sqlite,
    /// A new database of the tests' own PostgreSQL.
    Postgres,
}

impl Database {
    /// The name, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Database::Sqlite => "SQLite",
            Database::Postgres => "PostgreSQL",
        }
    }
}

/// A server and all it keeps. Dropped, it is killed and its folder goes.
pub struct Server {
    binary: PathBuf,
    port: u16,
    home: TempDir,
    data: PathBuf,
    environment: Vec<(String, String)>,
    // In this order: the lifeline lets go before the process is gone.
    lifeline: Option<Lifeline>,
    child: Option<Child>,
}

impl Server {
    /// A server with nothing in it yet; not running.
    pub fn new(binary: &Path, database: Database) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("zhucun-test-").tempdir()?;
        let (port, data) = (free_port()?, home.path().join("data"));
        let (binary, environment) = (binary.to_owned(), Vec::new());
        let mut server = Self { binary, port, home, data: data.clone(), environment, lifeline: None, child: None };
        server.keep_in(&data);
        server.set("ZHUCUN_LISTEN", &format!("127.0.0.1:{port}"));
        if database == Database::Postgres {
            let url = Cluster::shared().database()?;
            server.set("ZHUCUN_DATABASE_URL", &url);
        }
        Ok(server)
    }

    /// A server of the demo district, running.
    pub async fn demo(binary: &Path, database: Database) -> Result<Self> {
        let mut server = Self::new(binary, database)?;
        server.succeeds(&["demo"]).await?;
        server.start().await?;
        Ok(server)
    }

    /// Another server on the same database and the same photos; not running. It must end before this one is dropped.
    pub fn beside(&self) -> Result<Self> {
        let mut other = Self::new(&self.binary, Database::Sqlite)?;
        let shared = self.environment.iter().filter(|(name, _)| !["ZHUCUN_DATA", "ZHUCUN_LISTEN"].contains(&&**name));
        other.environment.extend(shared.cloned());
        other.set("ZHUCUN_DATABASE_URL", &self.database_url());
        other.set("ZHUCUN_MEDIA", &self.data().join("media").display().to_string());
        Ok(other)
    }

    /// From now on it keeps its data in that folder, which does not go with it.
    pub fn keep_in(&mut self, data: &Path) {
        data.clone_into(&mut self.data);
        self.set("ZHUCUN_DATA", &data.display().to_string());
    }

    /// Where its database is.
    pub fn database_url(&self) -> String {
        let given = self.environment.iter().rev().find(|(name, _)| name == "ZHUCUN_DATABASE_URL");
        given.map_or_else(|| format!("sqlite:{}", self.data().join("zhucun.db").display()), |(_, url)| url.clone())
    }

    /// The number of its process, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// One more setting, by its name in the environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// A folder for the test's own files, which goes with the server.
    pub fn scratch(&self) -> &Path {
        self.home.path()
    }

    /// Starts it, and waits until it is ready.
    pub async fn start(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "it runs already");
        let log = OpenOptions::new().create(true).append(true).open(self.log_file())?;
        let child = self.command(&["serve"]).stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.with_context(|| format!("{} cannot be started", self.binary.display()))?;
        let process = child.id();
        self.child = Some(child);
        self.lifeline = Some(Lifeline::of(process, self.home.path())?);
        let ready = format!("{}/health/ready", self.url());
        wait::until("the server to be ready", async || {
            if let Some(child) = &mut self.child {
                let ended = child.try_wait()?;
                ensure!(ended.is_none(), "the server ended: {}\n{}", ended.unwrap_or_default(), self.log());
            }
            Ok(match reqwest::get(&ready).await {
                Ok(answer) => Seen::when(answer.status().is_success(), answer.status().as_str()),
                Err(error) => Seen::NotYet(error.to_string()),
            })
        })
        .await
        .with_context(|| self.log())
    }

    /// Stops it as a service manager does, and waits for its end, which must be a good one.
    pub async fn stop(&mut self) -> Result<()> {
        self.lifeline = None;
        let mut child = self.child.take().context("it does not run")?;
        signal(&child, "-TERM")?;
        let ended = wait::until("the server to end", async || {
            Ok(child.try_wait()?.map_or_else(|| Seen::NotYet("it runs".to_owned()), Seen::Yes))
        })
        .await?;
        ensure!(ended.success(), "the server ended with {ended}\n{}", self.log());
        Ok(())
    }

    /// `kill -9`: what a power cut is to a process.
    pub fn kill(&mut self) -> Result<()> {
        self.lifeline = None;
        let mut child = self.child.take().context("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        // Nothing of the tester's own settings gets in.
        let own = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ZHUCUN_"));
        own.for_each(|(name, _)| {
            command.env_remove(name);
        });
        command
            .envs(self.environment.iter().cloned())
            .args(arguments)
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }

    /// Starts the program with the same settings beside it, for who wants to end it in the middle.
    pub fn spawn(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("it cannot be started")
    }

    /// Runs the program with the same settings, such as `zhucun verify`, to its end.
    pub async fn run(&self, arguments: &[&str]) -> Result<Output> {
        let command = self.command(arguments);
        let mut command = tokio::process::Command::from(command);
        let run = command.kill_on_drop(true).output();
        let name = arguments.first().copied().unwrap_or_default();
        tokio::time::timeout(wait::PATIENCE, run)
            .await
            .with_context(|| format!("zhucun {name} takes too long"))?
            .context("it cannot be started")
    }

    /// Likewise, and it must succeed. Gives what it printed.
    pub async fn succeeds(&self, arguments: &[&str]) -> Result<String> {
        let output = self.run(arguments).await?;
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        ensure!(output.status.success(), "zhucun {}: {}\n{}\n{}", arguments.join(" "), output.status, said[0], said[1]);
        Ok(said[0].clone())
    }

    /// Files of uploads that nobody finished.
    pub fn unfinished_uploads(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.data().join("media/uploads")).into_iter().flatten();
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn log_file(&self) -> PathBuf {
        self.home.path().join("server.log")
    }

    /// All it has logged, of every start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Lines of the log that tell of a fault of the server's own.
    pub fn faults_logged(&self) -> Vec<String> {
        log::faults(&self.log())
    }

    /// Panics if the log tells of a fault of the server's own.
    pub fn assert_clean_log(&self) {
        let faults = self.faults_logged();
        assert!(faults.is_empty(), "the server logged faults of its own:\n{}", faults.join("\n"));
    }

    /// Waits until all that it has committed is in the shipped log.
    pub async fn shipped(&self) -> Result<()> {
        let db = Db::open(&self.database_url(), 2).await?;
        wait::until("the log to be shipped", async || {
            let seen = look::summary(&db.read).await?;
            let mark = seen.log.map_or(0, |log| log.mark);
            Ok(Seen::when(mark >= seen.newest_push, format!("{mark} of {}", seen.newest_push)))
        })
        .await?;
        Ok(db.close().await?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.lifeline = None;
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; then there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            eprintln!("--- the end of the server's log ---");
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}

fn signal(child: &Child, name: &str) -> Result<()> {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status()?;
    ensure!(sent.success(), "kill {name} failed");
    Ok(())
}
