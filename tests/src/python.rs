//! The client in Python (`sync-protocol/python`), run as a person would run it. Every command is a process of its own, so that what it
//! wrote before is what was durable.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::{office::Office, wait};

/// How the program ends where the install must enrol anew.
const MUST_ENROL_ANEW: i32 = 3;

/// A Python with what the client needs: the one that `make tools` made where the system's does not do, else the system's.
pub fn python() -> PathBuf {
    let made = repository().join("target/python/bin/python3");
    if made.exists() { made } else { "python3".into() }
}

fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("this crate lies in the repository").to_owned()
}

/// Runs the client's Python with these arguments, in its folder; gives (how it ended, what it printed).
async fn run(arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let mut command = Command::new(python());
    command.args(arguments).current_dir(repository().join("sync-protocol/python"));
    command.env("PYTHONDONTWRITEBYTECODE", "1").kill_on_drop(true);
    let ended = tokio::time::timeout(wait::PATIENCE * 3, command.output()).await.context("Python takes too long")?;
    let output = ended.context("there is no Python; `make tools` installs it")?;
    let said = String::from_utf8(output.stdout)?;
    ensure!(output.stderr.is_empty(), "{}\n{said}", String::from_utf8_lossy(&output.stderr));
    Ok((output.status.code(), said))
}

/// Runs every case of the vectors, or of the files in that folder; all must hold. Gives the summary.
pub async fn vectors(folder: Option<&Path>) -> Result<String> {
    let folder = folder.map(|folder| folder.display().to_string());
    let arguments: Vec<&str> = ["run_vectors.py"].into_iter().chain(folder.as_deref()).collect();
    let (code, said) = run(&arguments).await?;
    ensure!(code == Some(0), "{said}");
    Ok(said)
}

/// A phone that runs the client in Python.
pub struct PythonPhone {
    store: String,
    server: String,
}

impl PythonPhone {
    /// One that enrols for that person, its store in that file.
    pub async fn enrol(office: &Office, server: &str, person: &str, store: &Path) -> Result<Self> {
        let phone = Self { store: store.display().to_string(), server: server.to_owned() };
        phone.run(&["enrol", &office.enrolment_code(person).await?]).await?;
        Ok(phone)
    }

    /// A copy, as a backup of the phone makes one: two phones that take themselves for the same.
    pub fn cloned(&self, store: &Path) -> Result<Self> {
        std::fs::copy(&self.store, store)?;
        Ok(Self { store: store.display().to_string(), server: self.server.clone() })
    }

    /// From now on it reaches the server at that address.
    pub fn reaches(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    async fn command(&self, arguments: &[&str]) -> Result<(Option<i32>, Value)> {
        let program = ["-m", "zhucun", &self.store, "--server", &self.server];
        let (code, said) = run(&[&program, arguments].concat()).await?;
        Ok((code, serde_json::from_str(&said).with_context(|| format!("{arguments:?}: {said}"))?))
    }

    /// Runs a command to its good end; gives what it says.
    pub async fn run(&self, arguments: &[&str]) -> Result<Value> {
        let (code, said) = self.command(arguments).await?;
        ensure!(code == Some(0), "{arguments:?} ended with {code:?}: {said}");
        Ok(said)
    }

    /// Runs a command that must end in being told to enrol anew; gives why.
    pub async fn must_enrol_anew(&self, arguments: &[&str]) -> Result<String> {
        let (code, said) = self.command(arguments).await?;
        ensure!(code == Some(MUST_ENROL_ANEW), "{arguments:?} ended with {code:?}: {said}");
        Ok(said["must_enrol_anew"].as_str().unwrap_or_default().to_owned())
    }

    /// Writes fields of a record; gives the dot.
    pub async fn write(&self, (scope, kind, id): (&str, &str, &str), fields: &Value) -> Result<String> {
        let dot = self.run(&["write", scope, kind, id, &fields.to_string()]).await?;
        dot.as_str().map(str::to_owned).context("no dot")
    }

    /// Changes what it pulled of a scope, as a bad disk would.
    pub async fn damage(&self, scope: &str) -> Result<()> {
        let spoil = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
            db.execute(\"UPDATE record SET body = CAST(replace(body, '抽查', '检查') AS BLOB) WHERE scope = ?\", sys.argv[2:]); db.commit()";
        let (code, said) = run(&["-c", spoil, &self.store, scope]).await?;
        ensure!(code == Some(0), "{said}");
        Ok(())
    }

    /// A record as fed; null where there is none.
    pub async fn body(&self, (scope, kind, id): (&str, &str, &str)) -> Result<Value> {
        self.run(&["body", scope, kind, id]).await
    }
}
