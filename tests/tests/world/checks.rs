//! What is promised, and whether it holds: each check has a name and looks at the server and the phones from outside.

use std::collections::{BTreeMap, BTreeSet};

use sync_protocol::{
    broken,
    world::{self, Placed},
};
use zhucun_tests::state;

use crate::{
    calm::GETS_THERE,
    oracle::{NO_LEAK, Name, lines_and_keys, name},
    run::World,
    trouble::{Result, Trouble, unexpected},
};

/// P1: a line that a receipt was signed for is there, whoever died since.
pub const NO_LOSS: &str = "nothing acknowledged is lost";
/// P2: a line is there once, and no line is there that nobody wrote.
pub const EXACTLY_ONCE: &str = "exactly once";
/// P3, P4, P12: records, standings, digests and forks are what the set of lines comes to, in whatever order they came.
pub const AS_THE_FOLD: &str = "arrival order does not matter";
/// P14: all phones that hold a scope have it byte for byte as the server.
pub const CONVERGENCE: &str = "all phones agree";
/// The digest of a scope is that of its records.
pub const DIGESTS: &str = "digests tell the truth";

type Bodies = BTreeMap<(String, String), String>;

impl World {
    /// What holds at any moment: nothing acknowledged is lost, and the tables are what the lines come to.
    pub fn look(&mut self) -> Result<()> {
        let lines = self.lines()?;
        self.nothing_lost(&lines)?;
        self.as_the_fold()
    }

    /// All that holds at the end. Gives the digests.
    pub fn end(&mut self) -> Result<String> {
        let lines = self.lines()?;
        self.nothing_lost(&lines)?;
        self.exactly_once(&lines)?;
        self.as_the_fold()?;
        self.convergence()?;
        let state = self.asked(async |app| state::state(&app.db.read).await)?;
        Ok(state.digests.iter().map(|(scope, digest)| format!("{scope} {digest}\n")).collect())
    }

    /// Something is looked up in the server's database.
    fn asked<T>(&mut self, what: impl AsyncFnOnce(zhucun::app::App) -> anyhow::Result<T>) -> Result<T> {
        let read = self.net.lock().server(0).run(None, what)?;
        read.ok_or_else(|| unexpected("the server died"))?.map_err(|e| unexpected(format!("{e:#}")))
    }

    pub fn lines(&mut self) -> Result<BTreeMap<Name, Placed>> {
        let lines = self.asked(async |app| state::lines(&app.db.read).await)?;
        let (count, by_name) = (lines.len(), lines.into_iter().map(|l| (name(l.install, l.seq, &l.bytes), l)));
        let by_name: BTreeMap<Name, Placed> = by_name.collect();
        match by_name.len() == count {
            true => Ok(by_name),
            false => Err(Trouble::new(EXACTLY_ONCE, format!("{count} lines have {} names", by_name.len()))),
        }
    }

    fn nothing_lost(&mut self, lines: &BTreeMap<Name, Placed>) -> Result<()> {
        let net = self.net.lock();
        match net.oracle.acknowledged.iter().find(|name| !lines.contains_key(*name)) {
            Some((install, seq, _)) => Err(Trouble::new(NO_LOSS, format!("line {seq} of {install} was acknowledged"))),
            None => Ok(()),
        }
    }

    fn exactly_once(&mut self, lines: &BTreeMap<Name, Placed>) -> Result<()> {
        let written: BTreeMap<Name, Vec<u8>> = self.net.lock().oracle.written.clone();
        let installs: BTreeSet<_> = written.keys().map(|(install, ..)| *install).collect();
        let of_phones = lines.iter().filter(|((install, ..), _)| installs.contains(install));
        for (name, placed) in of_phones {
            if written.get(name) != Some(&placed.bytes) {
                return Err(Trouble::new(EXACTLY_ONCE, format!("nobody wrote line {} of {}", name.1, name.0)));
            }
        }
        for (n, phone) in self.phones.iter().enumerate() {
            let engine = phone.engine()?;
            let (install, seq) = (engine.install().map_err(unexpected)?, engine.chain().map_err(unexpected)?.seq);
            let own = engine.lines(1, seq).map_err(unexpected)?;
            let missing = (1..).zip(&own).find(|(seq, line)| !lines.contains_key(&name(install, *seq, line)));
            if let Some((seq, _)) = missing {
                return Err(Trouble::new(GETS_THERE, format!("line {seq} of phone {n} is not there")));
            }
        }
        Ok(())
    }

    fn as_the_fold(&mut self) -> Result<()> {
        let state = self.asked(async |app| {
            let state = state::state(&app.db.read).await?;
            state::conflicts_agree(&app.db.read, &state).await?;
            Ok(state)
        })?;
        let (lines, keys) = lines_and_keys(self.net.lock().server(0))?;
        let folded = broken::without(|| world::fold(&lines, &keys));
        let unlike = state::unlike(&state, &folded);
        if unlike.is_empty() {
            return Ok(());
        }
        let only_digests = state.records == folded.records && state.standings == folded.standings;
        Err(Trouble::new(if only_digests { DIGESTS } else { AS_THE_FOLD }, unlike))
    }

    fn convergence(&mut self) -> Result<()> {
        let mut by_scope: BTreeMap<String, Bodies> = BTreeMap::new();
        for row in self.asked(async |app| state::records(&app.db.read).await)? {
            by_scope.entry(row.scope).or_default().insert((row.kind, row.id), row.body);
        }
        let now_ms = self.now_ms;
        for (n, phone) in self.phones.iter().enumerate() {
            let engine = phone.engine()?;
            let person = phone.person();
            let mut net = self.net.lock();
            let crate::net::Net { servers, oracle, .. } = &mut *net;
            let rights = oracle.rights(&mut servers[0])?;
            // Who may not look keeps what they have, and is sent nothing.
            if !rights.any(&person, now_ms) || engine.must_enrol_anew().map_err(unexpected)?.is_some() {
                continue;
            }
            let held: BTreeSet<String> = engine.scopes().map_err(unexpected)?.into_iter().map(|s| s.scope).collect();
            if let Some(scope) = held.iter().find(|scope| !rights.may_read(&person, scope, now_ms)) {
                return Err(Trouble::new(NO_LEAK, format!("phone {n} still holds {scope}")));
            }
            let readable = by_scope.iter().filter(|(scope, _)| rights.may_read(&person, scope, now_ms));
            for (scope, bodies) in readable {
                self.holds(n, scope, bodies)?;
            }
        }
        Ok(())
    }

    /// Whether the phone has the scope as the server has it.
    fn holds(&self, n: usize, scope: &str, bodies: &Bodies) -> Result<()> {
        let phone = &self.phones[n];
        let count = phone.engine()?.count(scope).map_err(unexpected)?;
        if count != bodies.len() as u64 {
            return Err(Trouble::new(
                CONVERGENCE,
                format!("phone {n} has {count} records of {scope}, not {}", bodies.len()),
            ));
        }
        for ((kind, id), body) in bodies {
            let own = phone.fed(scope, kind, id)?;
            if own.as_deref() != Some(body) {
                return Err(Trouble::new(CONVERGENCE, format!("phone {n}, {scope} {kind} {id}: {own:?}, not {body}")));
            }
        }
        Ok(())
    }
}
