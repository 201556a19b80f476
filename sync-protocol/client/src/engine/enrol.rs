//! Enrolling: the key pair is made on the phone and never leaves it.

use sync_protocol::{
    InstallId,
    sign::{InstallRole, PrivateKey, PublicKey},
};

use super::Engine;
use crate::{
    calls,
    error::Error,
    store::{Result, chain, identity},
    transport::Transport,
    wire::{EnrolmentAnswer, EnrolmentAsk, public_keys},
};

impl Engine {
    /// The public key to enrol with. It is made once: asked again (the answer was lost), it is the same, and so is the answer.
    pub fn enrol_request(&self) -> Result<String> {
        let key = self.store.write(|tx| match identity::key(tx)? {
            Some(key) => Ok(key),
            None => {
                let key = self.new_key();
                identity::set_key(tx, &key)?;
                Ok(key)
            }
        })?;
        Ok(key.public().text())
    }

    fn new_key(&self) -> PrivateKey {
        loop {
            let mut bytes = [0; 32];
            self.device.random(&mut bytes);
            // All but one in 2^32 are keys.
            if let Some(key) = PrivateKey::from_bytes(&bytes) {
                return key;
            }
        }
    }

    /// Takes the answer to an enrolment, once its certificate has been checked.
    pub fn enrolled(&self, answer: &EnrolmentAnswer) -> Result<InstallId> {
        self.take_enrolment(answer, self.device.mono_ms())
    }

    fn take_enrolment(&self, answer: &EnrolmentAnswer, asked_mono_ms: u64) -> Result<InstallId> {
        let keys = public_keys(&answer.keys);
        self.store.write(|tx| {
            let own = identity::key(tx)?.ok_or(Error::BadCertificate("no key was made"))?;
            check(answer, &own.public(), &keys)?;
            match identity::get(tx)? {
                Some(known) if known.install != answer.install => {
                    return Err(Error::BadCertificate("this store is of another install"));
                }
                _ => identity::enrol(tx, &answer.certificate, &keys, &answer.epoch)?,
            }
            chain::begin(tx, answer.install)?;
            self.hear(tx, answer.now, asked_mono_ms)
        })?;
        self.live().identity = None;
        Ok(answer.install)
    }

    /// Enrols with a one-time code from the office.
    pub async fn enrol(&self, transport: &impl Transport, code: &str) -> Result<InstallId> {
        let ask = EnrolmentAsk { code: code.to_owned(), key: self.enrol_request()? };
        let asked = self.device.mono_ms();
        let answer: EnrolmentAnswer = calls::ask(transport, calls::enrol(&ask)).await?.json()?;
        self.take_enrolment(&answer, asked)
    }

    /// The install, once enrolled.
    pub fn install(&self) -> Result<InstallId> {
        Ok(self.identity()?.install)
    }

    /// Whose phone it is.
    pub fn person(&self) -> Result<String> {
        Ok(self.identity()?.person.clone())
    }
}

fn check(answer: &EnrolmentAnswer, own: &PublicKey, keys: &[PublicKey]) -> Result<()> {
    let certificate = &answer.certificate;
    if certificate.key != own.text() {
        return Err(Error::BadCertificate("it is for another key"));
    }
    if certificate.install != answer.install || certificate.person != answer.person {
        return Err(Error::BadCertificate("it is for another install or person"));
    }
    if certificate.role != InstallRole::Phone {
        return Err(Error::BadCertificate("it is not for a phone"));
    }
    if !certificate.is_valid(keys) {
        return Err(Error::BadCertificate("no key of the server signed it"));
    }
    Ok(())
}
