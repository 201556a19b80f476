//! Pushes that travel as files, for this phone and by this phone for others; and lines that travel in a new install because their own
//! can no longer sign. The file's form is in [`courier`].

use std::path::Path;

use sync_protocol::push::Push;

use super::{Engine, push::drop_left_scopes};
use crate::{
    batch::{self, Limits},
    error::Error,
    store::{Result, chain, couriers, photos},
    transport::courier,
    wire::PushAnswer,
    write,
};

/// What [`Engine::carry_over`] took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CarriedOver {
    /// Lines queued as `carried`.
    pub lines: u64,
    /// Photos queued.
    pub photos: u64,
    /// Seqs of lines too long to stand inside another line. They stay in the old store.
    pub too_long: Vec<u64>,
}

impl Engine {
    /// All queued lines as a courier file. They stay queued until a receipt comes back, by whatever way.
    pub fn export_push(&self) -> Result<Vec<u8>> {
        let (mut next, sizes) = self.store.read(|tx| {
            let marks = chain::marks(tx)?;
            Ok((marks.acked + 1, chain::queued_sizes(tx, marks.acked, usize::MAX)?))
        })?;
        let (mut sizes, mut file) = (&sizes[..], Vec::new());
        while !sizes.is_empty() {
            let n = batch::fitting(sizes, Limits::MOST);
            // Whoever delivers it cannot add the certificate later.
            let push = self.prepare_push(next, next + n as u64 - 1, true)?;
            courier::append(&mut file, &push.body);
            next += n as u64;
            sizes = &sizes[n..];
        }
        Ok(file)
    }

    /// Writes [`Engine::export_push`] to a file, whole or not at all.
    pub fn export_push_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let part = path.as_ref().with_extension("part");
        std::fs::write(&part, self.export_push()?)?;
        Ok(std::fs::rename(part, path)?)
    }

    /// Takes a courier file of other phones, to deliver it with the next sync. Gives how many pushes it holds. What cannot be read of it
    /// is an error, what came before that is taken.
    pub fn carry(&self, file: &[u8]) -> Result<usize> {
        let mut taken = 0;
        for part in courier::parts(file) {
            let (_, body) = part?;
            let push = Push::read(body).map_err(|_| Error::BadCourier("it holds something else than a push".into()))?;
            self.store.write(|tx| couriers::add(tx, &push.header.install.to_string(), body))?;
            taken += 1;
        }
        Ok(taken)
    }

    /// The server's answers to what was carried, as an answer file for those phones. They are kept until [`Engine::answers_handed_over`].
    pub fn carried_answers(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        for answer in self.store.read(|tx| couriers::answers(tx))? {
            let install = answer.install.parse().map_err(|_| Error::DamagedStore("an install"))?;
            courier::append_answer(&mut file, install, answer.status, &answer.body);
        }
        Ok(file)
    }

    /// Forgets the answers: those phones have them.
    pub fn answers_handed_over(&self) -> Result<()> {
        self.store.write(|tx| couriers::forget_answered(tx))
    }

    /// Takes an answer file brought back: gives how many lines it newly acknowledges. Answers for others are passed over, and so are those
    /// that are no success: the lines then simply go again.
    pub fn import_answers(&self, file: &[u8]) -> Result<u64> {
        let install = self.install()?;
        let mut acknowledged = 0;
        for part in courier::parts(file) {
            let (label, body) = part?;
            if label.install.is_none_or(|i| i == install) && label.status.is_none_or(|s| s == 200) {
                let answer: PushAnswer =
                    serde_json::from_slice(body).map_err(|_| Error::BadCourier("an answer cannot be read".into()))?;
                if answer.receipt.install == install {
                    acknowledged += self.acknowledge(&answer, None, self.device.mono_ms())?;
                }
            }
        }
        Ok(acknowledged)
    }

    /// Takes over what an install that must enrol anew could not deliver: each of its queued lines becomes the payload of a `carried`
    /// operation of this one, and photos under way are queued here. Repeated after a crash, it takes what it had not.
    pub fn carry_over(&self, old: &Engine) -> Result<CarriedOver> {
        let identity = self.identity()?;
        let (marks, lines, photos) = old.store.read(|tx| {
            let marks = chain::marks(tx)?;
            Ok((marks, chain::stretch(tx, marks.acked + 1, marks.seq)?, photos::under_way(tx)?))
        })?;
        let mut over = CarriedOver::default();
        for (seq, bytes) in (marks.acked + 1..).zip(&lines) {
            let write = write::carried(&identity.person, identity.install, (marks.install, seq, bytes));
            let known = self
                .store
                .read(|tx| Ok(!chain::own_lines(tx, &write.scope, &write.kind, Some(&write.id), 0)?.is_empty()))?;
            match if known { Ok(None) } else { self.write(&write).map(Some) } {
                Ok(Some(_)) => over.lines += 1,
                Ok(None) => {}
                // Quoting lengthens a line, and the longest do not fit any more.
                Err(Error::Unreadable("too_long") | Error::Refused(_)) => over.too_long.push(seq),
                Err(error) => return Err(error),
            }
        }
        for photo in photos {
            let bytes = match photo.path {
                Some(_) => None,
                None => old.store.read(|tx| photos::bytes(tx, &photo.sha256, 0, photo.size as usize))?,
            };
            self.store.write(|tx| photos::add(tx, &photo, bytes.as_deref()))?;
            over.photos += 1;
        }
        self.store.write(|tx| drop_left_scopes(tx))?;
        Ok(over)
    }
}
