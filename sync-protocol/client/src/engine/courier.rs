//! What travels as files, for this phone and by this phone for others: pushes, photos, and answers on their way back. And lines that travel
//! in a new install because their own can no longer sign. The form of the files is in [`sync_protocol::courier`].

use std::{
    fs::File,
    io::{BufRead, BufWriter},
    path::Path,
};

use sync_protocol::{
    courier::{self, Label},
    ids::sha256,
    push::Push,
};

use super::{Engine, push::drop_left_scopes};
use crate::{
    batch::{self, Limits},
    error::Error,
    store::{
        Result, chain, couriers,
        photos::{self, Photo, PhotoState},
    },
    wire::{PhotoReceipt, PushAnswer},
    write,
};

/// Which photos travel in a courier file, besides the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WithPhotos {
    /// None.
    Not,
    /// The small pictures.
    Previews,
    /// All that have a way to go.
    All,
}

/// What a courier file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Courier {
    /// Pushes.
    pub pushes: usize,
    /// Photos and previews.
    pub photos: usize,
}

/// What an answer file newly proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proved {
    /// Lines that a receipt covers now.
    pub lines: u64,
    /// Photos that a receipt covers now.
    pub photos: u64,
}

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
        let mut file = Vec::new();
        self.export_lines(&mut file)?;
        Ok(file)
    }

    /// Writes a courier file, whole or not at all: all queued lines, then photos that the server is not known to have, previews first.
    /// Photos whose bytes are gone or changed stay behind.
    pub fn export_to(&self, path: impl AsRef<Path>, photos: WithPhotos) -> Result<Courier> {
        let part = path.as_ref().with_extension("part");
        let mut file = BufWriter::new(File::create(&part)?);
        let mut held = Courier { pushes: self.export_lines(&mut file)?, photos: 0 };
        for photo in self.store.read(|tx| photos::under_way(tx))? {
            let wanted = photos == WithPhotos::All || (photos == WithPhotos::Previews && photo.preview);
            if wanted && self.photo_is_whole(&photo)? {
                self.export_photo(&mut file, &photo)?;
                held.photos += 1;
            }
        }
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(part, path)?;
        Ok(held)
    }

    fn export_lines(&self, file: &mut impl std::io::Write) -> Result<usize> {
        let (mut next, sizes) = self.store.read(|tx| {
            let marks = chain::marks(tx)?;
            Ok((marks.acked + 1, chain::queued_sizes(tx, marks.acked, usize::MAX)?))
        })?;
        let (mut sizes, mut pushes) = (&sizes[..], 0);
        while !sizes.is_empty() {
            let n = batch::fitting(sizes, Limits::MOST);
            // Whoever delivers it cannot add the certificate later.
            let push = self.prepare_push(next, next + n as u64 - 1, true)?;
            file.write_all(&courier::line(&Label { bytes: push.body.len(), ..Label::default() }))?;
            file.write_all(&push.body)?;
            next += n as u64;
            sizes = &sizes[n..];
            pushes += 1;
        }
        Ok(pushes)
    }

    fn export_photo(&self, file: &mut impl std::io::Write, photo: &Photo) -> Result<()> {
        const PART: usize = 1 << 20;
        let (sha256, bytes) = (Some(photo.sha256.clone()), photo.size as usize);
        file.write_all(&courier::line(&Label { bytes, photo: sha256, preview: photo.preview, ..Label::default() }))?;
        let mut at = 0;
        while at < photo.size {
            let part = self.photo_part(photo, at, PART)?.ok_or(Error::DamagedStore("a photo that ends early"))?;
            file.write_all(&part)?;
            at += part.len() as u64;
        }
        Ok(())
    }

    /// Takes a courier file of other phones, to deliver it with the next syncs. What cannot be read of it is an error, what came before
    /// that is taken.
    pub fn carry(&self, file: impl BufRead) -> Result<Courier> {
        let mut taken = Courier::default();
        for part in courier::read(file) {
            let (label, body) = part?;
            match label.photo {
                Some(hash) => {
                    if hex::encode(sha256(&[&body])) != hash {
                        return Err(Error::BadCourier("a photo is not the one its label names"));
                    }
                    let photo = Photo::new(hash, label.preview, body.len() as u64);
                    self.store.write(|tx| photos::carry(tx, &photo, &body))?;
                    taken.photos += 1;
                }
                None => {
                    let push =
                        Push::read(&body).map_err(|_| Error::BadCourier("it holds something else than a push"))?;
                    self.store.write(|tx| couriers::add(tx, &push.header.install.to_string(), &body))?;
                    taken.pushes += 1;
                }
            }
        }
        Ok(taken)
    }

    /// The server's answers to what was carried, as an answer file for those phones. They are kept until [`Engine::answers_handed_over`].
    pub fn carried_answers(&self) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        let (answers, receipts) = self.store.read(|tx| Ok((couriers::answers(tx)?, photos::carried_receipts(tx)?)))?;
        for answer in answers {
            let install = answer.install.parse().map_err(|_| Error::DamagedStore("an install"))?;
            let label = Label { install: Some(install), status: Some(answer.status), ..Label::default() };
            courier::add(&mut file, &label, &answer.body);
        }
        for (photo, receipt) in receipts {
            let label = Label { photo: Some(photo), status: Some(200), ..Label::default() };
            courier::add(&mut file, &label, receipt.as_bytes());
        }
        Ok(file)
    }

    /// Forgets the answers, and the photos they are of: those phones have them.
    pub fn answers_handed_over(&self) -> Result<()> {
        self.store.write(|tx| {
            couriers::forget_answered(tx)?;
            photos::forget_delivered(tx)
        })
    }

    /// Takes an answer file brought back: gives what it newly proves. Answers for others are passed over, and so are those that are no
    /// success: the lines then simply go again.
    pub fn import_answers(&self, file: impl BufRead) -> Result<Proved> {
        let install = self.install()?;
        let mut proved = Proved::default();
        for part in courier::read(file) {
            let (label, body) = part?;
            let no_answer = |_| Error::BadCourier("an answer cannot be read");
            if let Some(photo) = &label.photo {
                let waits = |p: Photo| !matches!(p.state, PhotoState::Complete);
                if self.photo(photo)?.is_some_and(waits) {
                    let receipt: PhotoReceipt = serde_json::from_slice(&body).map_err(no_answer)?;
                    self.take_photo_receipt(photo, &receipt)?;
                    proved.photos += 1;
                }
            } else if label.install.is_none_or(|i| i == install) && label.status.is_none_or(|s| s == 200) {
                let answer: PushAnswer = serde_json::from_slice(&body).map_err(no_answer)?;
                if answer.receipt.install == install {
                    proved.lines += self.acknowledge(&answer, None, self.device.mono_ms())?;
                }
            }
        }
        Ok(proved)
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
