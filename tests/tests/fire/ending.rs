//! What must hold when all is calm again.

use std::{collections::BTreeMap, fmt, time::Instant};

use anyhow::{Context as _, Result, ensure};
use sea_orm::Database as Connect;
use sync_protocol::{InstallId, chain, sign::PublicKey, world};
use zhucun::backup::store::look;
use zhucun_tests::{
    agreement,
    phones::Phone,
    state,
    wait::{self, Seen},
};

use crate::{
    fire::{Blows, Fire},
    phones::FieldPhone,
};

/// What there was.
#[derive(Debug)]
pub struct Account {
    blows: Blows,
    lines: usize,
    photos: usize,
    records: usize,
    drained_s: u64,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Blows { kills, kills_at_start, cuts, phones } = &self.blows;
        let Account { lines, photos, records, drained_s, .. } = self;
        write!(
            f,
            "{kills} kills and {kills_at_start} at start, {cuts} cuts of the database, {phones} phones killed; "
        )?;
        write!(
            f,
            "{lines} lines, {photos} photos, {records} records compared; drained {drained_s} s after the last blow"
        )
    }
}

impl Fire {
    /// Calls the phones home and looks at everything.
    pub async fn end(mut self) -> Result<Account> {
        let begun = Instant::now();
        self.phones.iter_mut().try_for_each(FieldPhone::call_home)?;
        wait::until("the phones to come home", async || {
            let mut out = Vec::new();
            for phone in &mut self.phones {
                if !phone.is_home()? {
                    out.push(phone.person.clone());
                }
            }
            Ok(Seen::when(out.is_empty(), format!("{out:?} still have something to deliver")))
        })
        .await?;
        let drained_s = begun.elapsed().as_secs();
        let server = self.servers.last().context("a server")?.url();
        let phones: Vec<Phone> = self.phones.iter().map(|phone| phone.open(&server)).collect::<Result<_>>()?;
        self.office.settled().await?;
        self.nothing_waits().await?;
        // Twice: what one brings by signing in the others see.
        for phone in phones.iter().chain(&phones) {
            let reports = phone.sync().await?;
            ensure!(reports.iter().all(|report| report.again.is_empty()), "{}: digests differ", phone.person);
        }
        self.no_restore_was_noticed().await?;
        let photos = phones.iter().map(delivered).sum::<Result<u64>>()? as usize;
        let agreement = agreement::compare(&phones.iter().collect::<Vec<_>>(), &self.office).await?;
        ensure!(agreement.differences.is_empty(), "{:?}", agreement.differences);
        ensure!(agreement.shared > 0 && agreement.records > 0, "{agreement:?}");
        self.office.settled().await?;
        let lines = self.lines_are_there_once(&phones).await?;
        for server in &mut self.servers {
            server.stop().await?;
            ensure!(!server.log().contains("panicked"), "a server panicked");
        }
        let server = self.servers.last().context("a server")?;
        ensure!(photos == there(&self.database_url).await?, "photos were delivered and are not there");
        let verified = server.succeeds(&["verify"]).await?;
        ensure!(verified.contains("clean"), "{verified}");
        let compared = server.succeeds(&["rebuild", "--check"]).await?;
        ensure!(compared.contains(" 0 of them not as they were"), "{compared}");
        Ok(Account { blows: self.blows, lines, photos, records: agreement.records, drained_s })
    }

    /// What was held because of the fire stands by now.
    async fn nothing_waits(&self) -> Result<()> {
        wait::until("what was held to be tried again", async || {
            let held = self.office.standings("held").await?;
            Ok(Seen::when(held.is_empty(), format!("{held:?}")))
        })
        .await
    }

    /// Phones would have brought back what a server lost, and the end would look well.
    async fn no_restore_was_noticed(&self) -> Result<()> {
        let told = self.office.get("/v1/restores", &[]).await?;
        let none = told["restores"].as_array().is_some_and(Vec::is_empty);
        ensure!(none, "what was acknowledged was lost, and phones noticed: {told}");
        Ok(())
    }

    /// Every line of every phone is in the database, once; no install forked, the servers' own neither; and the state is what all lines come
    /// to at once.
    async fn lines_are_there_once(&self, phones: &[Phone]) -> Result<usize> {
        let keys = self.office.get("/v1/keys", &[]).await?;
        let keys = keys["keys"].as_array().into_iter().flatten();
        let servers: Vec<PublicKey> = keys.filter_map(|key| PublicKey::parse(key["key"].as_str()?)).collect();
        let database = Connect::connect(&self.database_url).await?;
        let (lines, state) = (state::lines(&database).await?, state::state(&database).await?);
        database.close().await?;
        ensure!(state.forks.is_empty(), "installs forked: {:?}", state.forks);
        let unlike = state::unlike(&state, &world::fold(&lines, &servers));
        ensure!(unlike.is_empty(), "{unlike}");
        let mut by_install: BTreeMap<InstallId, Vec<(u64, &[u8])>> = BTreeMap::new();
        for line in &lines {
            by_install.entry(line.install).or_default().push((line.seq, &line.bytes));
        }
        for phone in phones {
            let (install, own) = (phone.engine.install()?, phone.engine.chain()?);
            let mut there = by_install.remove(&install).unwrap_or_default();
            there.sort_unstable();
            ensure!(there.iter().map(|(seq, _)| *seq).eq(1..=own.seq), "{}: not each line once", phone.person);
            let head = there
                .iter()
                .fold(chain::genesis(install), |head, (_, bytes)| chain::next(&head, &chain::line_hash(bytes)));
            ensure!(head == own.head, "{}: other lines than it wrote", phone.person);
        }
        Ok(lines.len())
    }
}

/// Everything of a phone is delivered; gives how many photos that were.
fn delivered(phone: &Phone) -> Result<u64> {
    let pending = phone.engine.pending()?;
    ensure!(phone.engine.is_drained()? && pending.originals.lost == 0, "{}: {pending:?}", phone.person);
    Ok(pending.originals.complete)
}

/// Complete photos, by the database.
async fn there(database_url: &str) -> Result<usize> {
    let database = Connect::connect(database_url).await?;
    let photos = look::photos(&database).await?;
    database.close().await?;
    Ok(photos.len())
}
