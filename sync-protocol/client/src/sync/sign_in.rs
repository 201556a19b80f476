//! Signing in: the server's nonce, signed. No time of the phone is checked, and there is no refresh token to lose.

use sync_protocol::sign::Purpose;

use super::Run;
use crate::{
    calls,
    engine::Session,
    error::Error,
    store::{Result, identity},
    transport::{Problem, Transport},
    wire::{NonceAnswer, NonceAsk, TokenAnswer, TokenAsk},
};

/// The code of an install that is no longer in use.
pub(super) const CLOSED: &str = "install_closed";

impl<T: Transport> Run<'_, T> {
    pub(super) async fn sign_in(&mut self) -> Result<()> {
        match self.get_token().await {
            // A server restored from before this phone enrolled. Its certificate, shown with a push, makes it known again.
            Err(Error::Problem(problem)) if problem.code == "unknown_install" => self.make_known(problem),
            // Ended, lost or forked: there is nothing to read for it any more. What it wrote still goes out.
            Err(Error::Problem(problem)) if problem.code == CLOSED => {
                self.engine.store.write(|tx| identity::set_anew(tx, CLOSED))?;
                Err(problem.into())
            }
            done => done,
        }
    }

    async fn get_token(&mut self) -> Result<()> {
        let engine = self.engine;
        let identity = engine.identity()?;
        let install = identity.install;
        let asked = engine.device.mono_ms();
        let nonce: NonceAnswer = calls::ask(self.transport, calls::nonce(&NonceAsk { install })).await?.json()?;
        engine.store.write(|tx| engine.hear(tx, nonce.now, asked))?;
        let sig = identity.key.sign(Purpose::SignIn, &[&install.to_string(), &nonce.nonce]);
        let ask = TokenAsk { install, nonce: nonce.nonce, sig };
        let asked = engine.device.mono_ms();
        let token: TokenAnswer = calls::ask(self.transport, calls::token(&ask)).await?.json()?;
        engine.store.write(|tx| {
            match &token.closed {
                // What it captured before still goes out, photos included.
                Some(_) => identity::set_anew(tx, CLOSED)?,
                // A restored server closes to a phone until its log brings the enrolment back.
                None => identity::clear_anew(tx, CLOSED)?,
            }
            engine.hear(tx, token.now, asked)
        })?;
        engine.live().session = Some(Session {
            token: token.token,
            until_mono_ms: asked.saturating_add(token.expires_in_s.saturating_mul(1_000)),
            proven: false,
        });
        engine.write_time_line()?;
        self.report.sign_ins += 1;
        Ok(())
    }

    fn make_known(&mut self, problem: Problem) -> Result<()> {
        self.engine.store.write(|tx| {
            identity::set_show_cert(tx, true)?;
            crate::engine::suspect(tx)
        })?;
        if self.engine.pending()?.lines == 0 {
            // Else nobody would write before the person does, and there would be nothing to look at till then.
            self.engine.write_time_line()?;
        }
        Err(problem.into())
    }
}
