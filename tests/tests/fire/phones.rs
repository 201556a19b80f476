//! Phones as processes (`src/bin/field-phone.rs`), and what they were given receipts for.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, Result, ensure};
use sync_protocol::InstallId;
use zhucun_tests::{office::Office, phones::Phone, server::binary};

/// A phone that is enrolled, and its process.
pub struct FieldPhone {
    /// Whose.
    pub person: String,
    /// Its install.
    pub install: InstallId,
    /// Its store.
    pub store: PathBuf,
    scope: String,
    url: String,
    seed: u64,
    starts: u64,
    acknowledged: Arc<AtomicU64>,
    process: Option<(Child, ChildStdin)>,
}

impl FieldPhone {
    /// Enrols at a server that works, and from then on reaches it by another address; not running.
    pub async fn enrol(
        office: &Office,
        server: &str,
        (person, scope): (&str, &str),
        seed: u64,
        folder: &Path,
        url: &str,
    ) -> Result<Self> {
        let folder = folder.join(format!("phone-{seed}"));
        std::fs::create_dir(&folder)?;
        let store = folder.join("phone.db");
        let phone = Phone::open(server, (person, "a phone"), seed, &store)?;
        let install = phone.engine.enrol(phone.network(), &office.enrolment_code(person).await?).await?;
        let (person, scope, url) = (person.to_owned(), scope.to_owned(), url.to_owned());
        let acknowledged = Arc::default();
        Ok(Self { person, install, store, scope, url, seed, starts: 0, acknowledged, process: None })
    }

    /// Starts it, on what it left.
    pub fn start(&mut self) -> Result<()> {
        self.starts += 1;
        let mut child = Command::new(binary().with_file_name("field-phone"))
            .args(["--server", &self.url, "--scope", &self.scope, "--store"])
            .arg(&self.store)
            .args(["--start", &self.starts.to_string(), "--seed", &(self.seed * 1_000 + self.starts).to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("field-phone cannot be started; `make build` builds it")?;
        let (said, orders) = (child.stdout.take().context("its output")?, child.stdin.take().context("its input")?);
        let acknowledged = self.acknowledged.clone();
        // Ends with the process.
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some(seq) = line.strip_prefix("acknowledged ").and_then(|seq| seq.parse().ok()) {
                    acknowledged.fetch_max(seq, Ordering::SeqCst);
                }
            }
        });
        self.process = Some((child, orders));
        Ok(())
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        let (mut child, _) = self.process.take().context("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// The last line that it holds a receipt for.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Tells it to deliver what it has, and end.
    pub fn call_home(&mut self) -> Result<()> {
        let (_, orders) = self.process.as_mut().context("it does not run")?;
        Ok(orders.write_all(b"home\n")?)
    }

    /// Whether it is home; an error if it gave up, or ended without being called.
    pub fn is_home(&mut self) -> Result<bool> {
        let Some((child, _)) = &mut self.process else { return Ok(true) };
        let Some(ended) = child.try_wait()? else { return Ok(false) };
        ensure!(ended.success(), "the phone of {} gave up: {ended}", self.person);
        self.process = None;
        Ok(true)
    }

    /// The same phone within this process, when it is home.
    pub fn open(&self, server: &str) -> Result<Phone> {
        let phone = Phone::open(server, (&self.person, &self.person), self.seed * 1_000, &self.store)?;
        (0..=self.starts).for_each(|_| phone.device.reboot());
        Ok(phone)
    }
}

impl Drop for FieldPhone {
    fn drop(&mut self) {
        if self.process.is_some() {
            // It may have ended by itself; then there is nothing to kill.
            let _ = self.kill();
        }
    }
}
