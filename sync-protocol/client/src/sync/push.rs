//! Pushing own lines, and delivering those of others.

use sync_protocol::push::Push;

use super::Run;
use crate::{
    calls,
    engine::{PreparedPush, UNKNOWN_KEY},
    error::Error,
    store::{Result, couriers, identity},
    transport::Transport,
    verdict::AfterPush,
    wire::{Keys, PushAnswer, public_keys},
};

/// How often a carried push that the server says was cut is sent again: the file itself may be damaged.
const MAX_CARRIED_ATTEMPTS: u32 = 8;

/// How often in one run the way on is taken at once. A fork and a restore together take three.
const MAX_MENDED: u32 = 16;

impl<T: Transport> Run<'_, T> {
    pub(super) async fn push(&mut self, from: u64, to: u64) -> Result<()> {
        let push = self.engine.prepare_push(from, to, false)?;
        self.report.lines_sent += push.lines() as u64;
        match self.send(&push).await {
            Ok(newly) => {
                self.report.pushes += 1;
                self.report.lines_acknowledged += newly;
                let mut live = self.engine.live();
                live.limits = live.limits.grown();
                Ok(())
            }
            Err(error) => self.not_acknowledged(&push, error),
        }
    }

    async fn send(&mut self, push: &PreparedPush) -> Result<u64> {
        let asked = self.engine.device.mono_ms();
        let answer: PushAnswer = calls::ask(self.transport, push.request()).await?.json()?;
        match self.engine.acknowledge(&answer, Some(push), asked) {
            Err(Error::BadReceipt(UNKNOWN_KEY)) => {
                self.learn_keys().await?;
                self.engine.acknowledge(&answer, Some(push), asked)
            }
            done => done,
        }
    }

    /// The server may have a new key since this phone enrolled. Old keys stay: receipts signed by them do.
    pub(super) async fn learn_keys(&mut self) -> Result<()> {
        let keys: Keys = calls::ask(self.transport, calls::keys()).await?.json()?;
        self.engine.store.write(|tx| {
            let mut known = identity::server_keys(tx)?;
            for key in public_keys(&keys.keys) {
                if !known.contains(&key) {
                    known.push(key);
                }
            }
            identity::set_server_keys(tx, &known)
        })
    }

    fn not_acknowledged(&mut self, push: &PreparedPush, error: Error) -> Result<()> {
        match self.engine.push_failed(push, &error)? {
            AfterPush::Rewind(_) | AfterPush::Branch(_) => {
                self.report.rewinds += 1;
                self.at_once(error)
            }
            AfterPush::Halve { wait } => {
                self.report.halvings += 1;
                let mut live = self.engine.live();
                // From what was really sent: a small push that was cut says nothing good of larger ones.
                live.limits.lines = live.limits.lines.min(push.lines());
                live.limits.bytes = live.limits.bytes.min(push.body.len());
                live.limits = live.limits.halved();
                drop(live);
                if wait { Err(error) } else { Ok(()) }
            }
            AfterPush::ShowCertificate | AfterPush::SendPlain => self.at_once(error),
            AfterPush::EnrolAnew | AfterPush::Wait => Err(error),
        }
    }

    /// Goes on without a wait, but not for ever: servers behind one address that do not share their store would send a phone to and fro.
    fn at_once(&mut self, error: Error) -> Result<()> {
        self.mended += 1;
        if self.mended > MAX_MENDED { Err(error) } else { Ok(()) }
    }

    /// Delivers the first of the pushes carried for others. Whatever the server says to it is their answer, unless it says "later".
    pub(super) async fn carry(&mut self) -> Result<()> {
        let engine = self.engine;
        let Some(carried) = engine.store.read(|tx| couriers::first(tx))? else { return Ok(()) };
        if Push::read(&carried.body).is_err() {
            return Err(Error::DamagedStore("a carried push"));
        }
        let read = calls::ask(self.transport, calls::push(&carried.body)).await?;
        if let Err(Error::Problem(problem)) = read.success() {
            // Only "cut" can be the fault of the file; a server that is busy or out of order is waited for.
            let cut = problem.code == "push_cut";
            if matches!(read.status, 429 | 500..=599) && !(cut && carried.attempts >= MAX_CARRIED_ATTEMPTS) {
                if cut {
                    engine.store.write(|tx| couriers::failed(tx, carried.n))?;
                }
                return Err(problem.into());
            }
        }
        engine.store.write(|tx| couriers::answered(tx, carried.n, read.status, &read.body))?;
        self.report.carried += 1;
        Ok(())
    }
}
