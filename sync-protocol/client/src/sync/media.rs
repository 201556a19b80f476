//! Photos on their way: asking what lacks, uploading part by part (tus), proving by a receipt.

use super::Run;
use crate::{
    calls,
    error::Error,
    store::{
        Result,
        photos::{self, Photo, PhotoState},
    },
    transport::Transport,
    wire::{MissingAnswer, PhotoReceipt},
};

/// An upload that has begun anew so often in one run is left for the next.
const MAX_RESTARTS: u32 = 3;

impl<T: Transport> Run<'_, T> {
    pub(super) async fn ask_missing(&mut self, hashes: &[String]) -> Result<()> {
        let answer: MissingAnswer = calls::ask(self.transport, calls::missing(&self.token()?, hashes)).await?.json()?;
        self.token_held();
        // Not promised yet: its record waits, or the app never wrote one. The next run asks.
        let unpromised = |sha256: &&String| {
            let waited_for = answer.missing.contains(sha256) || answer.uploads.contains_key(*sha256);
            !waited_for
                && !answer.erased.contains(sha256)
                && answer.complete.as_ref().is_some_and(|complete| !complete.contains(sha256))
        };
        self.photos_done.extend(hashes.iter().filter(unpromised).cloned());
        self.engine.store.write(|tx| {
            for sha256 in hashes.iter().filter(|h| !unpromised(h)) {
                if answer.erased.contains(sha256) {
                    photos::erase(tx, sha256)?;
                } else if answer.missing.contains(sha256) || answer.uploads.contains_key(sha256) {
                    let at = answer.uploads.get(sha256);
                    photos::set_upload(tx, sha256, at.map(|u| u.url.as_str()), at.map(|u| u.offset))?;
                    photos::set_state(tx, sha256, PhotoState::Wanted)?;
                } else if answer.complete.is_some() && photos::receipt(tx, sha256)?.is_some() {
                    // Asked about again after a restore: it is there, and the receipt of before still proves it.
                    photos::set_state(tx, sha256, PhotoState::Complete)?;
                } else {
                    // It has it, or (of a server that does not say) nobody promised it: the receipt tells which.
                    photos::set_state(tx, sha256, PhotoState::Received)?;
                }
            }
            Ok(())
        })
    }

    /// Sends the next part of a photo, or finds out where to go on.
    pub(super) async fn upload_part(&mut self, sha256: &str) -> Result<()> {
        let Some(photo) = self.engine.photo(sha256)? else { return Ok(()) };
        let done = match (&photo.url, photo.offset) {
            (None, _) => self.create_upload(&photo).await,
            (Some(url), None) => self.find_offset(&photo, url).await,
            (Some(url), Some(offset)) => self.send_part(&photo, url, offset).await,
        };
        match done {
            Err(Error::Problem(problem)) if is_about_the_photo(problem.status) => {
                self.upload_refused(&photo, problem.status)
            }
            Err(error) => {
                if photo.url.is_some() {
                    // How much of it got there is not known.
                    self.engine.store.write(|tx| photos::set_upload(tx, sha256, photo.url.as_deref(), None))?;
                }
                Err(error)
            }
            done => done,
        }
    }

    async fn create_upload(&mut self, photo: &Photo) -> Result<()> {
        let request = calls::create_upload(&self.token()?, &photo.sha256, photo.size);
        let read = calls::ask(self.transport, request).await?;
        let url = read.location()?.to_owned();
        self.engine.store.write(|tx| photos::set_upload(tx, &photo.sha256, Some(&url), Some(0)))
    }

    async fn find_offset(&mut self, photo: &Photo, url: &str) -> Result<()> {
        let offset = calls::ask(self.transport, calls::upload_offset(&self.token()?, url)).await?.offset()?;
        self.arrived(photo, url, offset)
    }

    async fn send_part(&mut self, photo: &Photo, url: &str, offset: u64) -> Result<()> {
        if offset >= photo.size {
            return self.arrived(photo, url, offset);
        }
        let Some(part) = self.engine.photo_part(photo, offset, self.budget.part.max(1))? else {
            return self.engine.store.write(|tx| photos::set_state(tx, &photo.sha256, PhotoState::Lost));
        };
        self.report.photo_bytes += part.len() as u64;
        let request = calls::upload_part(&self.token()?, url, offset, part);
        let now_at = calls::ask(self.transport, request).await?.offset()?;
        if now_at <= offset {
            self.restarted(photo);
        }
        self.arrived(photo, url, now_at)
    }

    fn arrived(&mut self, photo: &Photo, url: &str, offset: u64) -> Result<()> {
        if offset > photo.size {
            return Err(Error::BadAnswer("an offset behind the end"));
        }
        self.engine.store.write(|tx| {
            photos::set_upload(tx, &photo.sha256, Some(url), Some(offset))?;
            let all = offset == photo.size;
            photos::set_state(tx, &photo.sha256, if all { PhotoState::Received } else { PhotoState::Wanted })
        })
    }

    /// The upload is gone, stands elsewhere, or its bytes did not have the hash. One photo's trouble must not keep the others.
    fn upload_refused(&mut self, photo: &Photo, status: u16) -> Result<()> {
        self.restarted(photo);
        let whole = self.engine.photo_is_whole(photo)?;
        let url = photo.url.as_deref().filter(|_| status == 409);
        self.engine.store.write(|tx| {
            photos::set_upload(tx, &photo.sha256, url, None)?;
            let state = match (whole, url) {
                (false, _) => PhotoState::Lost,
                (true, Some(_)) => PhotoState::Wanted,
                // It may be there by now, or not be promised: it is asked about anew.
                (true, None) => PhotoState::OnPhone,
            };
            photos::set_state(tx, &photo.sha256, state)
        })
    }

    fn restarted(&mut self, photo: &Photo) {
        let restarts = self.restarts.entry(photo.sha256.clone()).or_default();
        *restarts += 1;
        if *restarts > MAX_RESTARTS {
            self.photos_done.insert(photo.sha256.clone());
        }
    }

    pub(super) async fn ask_receipt(&mut self, sha256: &str) -> Result<()> {
        let read = calls::ask(self.transport, calls::photo_receipt(&self.token()?, sha256)).await?;
        // Not there yet: the server is still at it, or lost the bytes. The next run asks.
        if is_about_the_photo(read.status) || read.status == 202 {
            self.photos_done.insert(sha256.to_owned());
            return self.engine.store.write(|tx| photos::set_state(tx, sha256, PhotoState::OnPhone));
        }
        let receipt: PhotoReceipt = read.json()?;
        match self.engine.take_photo_receipt(sha256, &receipt) {
            Err(Error::BadReceipt(_)) => {
                self.learn_keys().await?;
                self.photos_done.insert(sha256.to_owned());
                self.engine.take_photo_receipt(sha256, &receipt)?;
            }
            done => done?,
        }
        self.report.photos_complete += 1;
        Ok(())
    }
}

/// Whether the answer is about this photo, and not about the server or the token.
fn is_about_the_photo(status: u16) -> bool {
    matches!(status, 400 | 403 | 404 | 409 | 410 | 412 | 413 | 422 | 460)
}
