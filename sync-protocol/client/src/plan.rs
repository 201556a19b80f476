//! What to do next: one pure choice over a snapshot of where the phone stands.
//!
//! Three lanes wait apart from each other after a failure: *push*, *pull* (with signing in), *media*. So a pull that fails never keeps
//! a line from going out, nor the other way round. Within what is free, text goes before previews, previews before originals.

use crate::{
    backoff,
    batch::{self, Limits},
    store::photos::{Photo, PhotoState},
};

/// A lane: what waits together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Own lines, and those carried for others.
    Push,
    /// Signing in, and pulling.
    Pull,
    /// Photos.
    Media,
}

/// How a lane fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneState {
    /// Failures in a row.
    pub failures: u32,
    /// Not to be tried before this moment of the monotonic clock, ms.
    pub not_before_ms: u64,
}

impl LaneState {
    /// Whether it may be tried now.
    pub fn is_free(&self, now_ms: u64) -> bool {
        now_ms >= self.not_before_ms
    }

    /// After one more failure.
    pub fn failed(self, now_ms: u64, random: u64, retry_after_ms: Option<u64>) -> Self {
        let delay = backoff::delay_ms(self.failures, random, retry_after_ms);
        Self { failures: self.failures.saturating_add(1), not_before_ms: now_ms.saturating_add(delay.max(1)) }
    }
}

/// The lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lanes {
    /// Own lines.
    pub push: LaneState,
    /// Signing in, and pulling.
    pub pull: LaneState,
    /// Photos.
    pub media: LaneState,
}

impl Lanes {
    /// That lane.
    pub fn of(&mut self, lane: Lane) -> &mut LaneState {
        match lane {
            Lane::Push => &mut self.push,
            Lane::Pull => &mut self.pull,
            Lane::Media => &mut self.media,
        }
    }
}

/// Where the phone stands.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The monotonic clock, ms.
    pub now_ms: u64,
    /// How the lanes fare.
    pub lanes: Lanes,
    /// Whether a token is at hand that has not run out.
    pub signed_in: bool,
    /// The last line acknowledged; the queue begins behind it.
    pub acked: u64,
    /// Sizes in bytes of the first queued lines. Empty where pushing is not asked for, or would be refused.
    pub queued: Vec<usize>,
    /// Whether pushes of other phones wait to be delivered.
    pub carried: bool,
    /// What a push may hold.
    pub limits: Limits,
    /// Whether receipts are to be presented.
    pub present: bool,
    /// Whether operations are to be named that are not shown any more.
    pub unseen: bool,
    /// Whether a pull is wanted.
    pub pull: bool,
    /// Photos on which something can be done now: previews first, then in the order taken.
    pub photos: Vec<Photo>,
    /// Whether originals may go (Wi-Fi, or the person said so).
    pub originals: bool,
}

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Get a token.
    SignIn,
    /// Push own lines, both ends included.
    Push {
        /// First seq.
        from: u64,
        /// Last seq.
        to: u64,
    },
    /// Deliver a push carried for another phone.
    Carry,
    /// Present receipts: the server may have lost what it acknowledged.
    Present,
    /// Pull one page.
    Pull,
    /// Name operations that were shown before a snapshot and not after it.
    NameUnseen,
    /// Ask which of these photos the server lacks.
    AskMissing {
        /// Their hashes.
        hashes: Vec<String>,
    },
    /// Upload the next part of a photo.
    UploadPhoto {
        /// Its hash.
        sha256: String,
        /// Whether it is a preview.
        preview: bool,
    },
    /// Ask for the receipt of a photo.
    AskReceipt {
        /// Its hash.
        sha256: String,
    },
    /// Nothing until then (monotonic clock, ms): every lane with work waits.
    Wait {
        /// Until when.
        until_ms: u64,
    },
    /// Nothing at all.
    Nothing,
}

/// Most hashes in one question.
pub const MAX_HASHES: usize = 1_000;

/// Chooses the next step.
pub fn next_step(state: &Snapshot) -> Step {
    let text = !state.queued.is_empty() || state.carried || state.present;
    let media = media_step(state);
    let wants_token = state.pull || state.unseen || media.is_some();
    let free = |lane: &LaneState| lane.is_free(state.now_ms);

    // Signing in comes first where it can: the time line it writes tells when the lines of this boot were written, so the server
    // judges them right at once. Where it fails, its lane waits and the push goes.
    if wants_token && !state.signed_in && free(&state.lanes.pull) {
        return Step::SignIn;
    }
    if text && free(&state.lanes.push) {
        // What is sent again is understood only by a server that knows it was put back.
        if state.present {
            return Step::Present;
        }
        let n = batch::fitting(&state.queued, state.limits) as u64;
        return if n > 0 { Step::Push { from: state.acked + 1, to: state.acked + n } } else { Step::Carry };
    }
    if state.signed_in && state.pull && free(&state.lanes.pull) {
        return Step::Pull;
    }
    if state.signed_in && state.unseen && free(&state.lanes.pull) {
        return Step::NameUnseen;
    }
    // Here all text is gone or waits after a failure; photos need not wait with it.
    match media {
        Some(step) if state.signed_in && free(&state.lanes.media) => step,
        media => waiting(state, text, media.is_some()),
    }
}

fn media_step(state: &Snapshot) -> Option<Step> {
    let mut photos = state.photos.iter().filter(|p| p.preview || state.originals);
    let unasked = photos.clone().filter(|p| p.state == PhotoState::OnPhone);
    let hashes: Vec<String> = unasked.take(MAX_HASHES).map(|p| p.sha256.clone()).collect();
    if !hashes.is_empty() {
        return Some(Step::AskMissing { hashes });
    }
    photos.find_map(|p| match p.state {
        PhotoState::Wanted => Some(Step::UploadPhoto { sha256: p.sha256.clone(), preview: p.preview }),
        PhotoState::Received => Some(Step::AskReceipt { sha256: p.sha256.clone() }),
        _ => None,
    })
}

fn waiting(state: &Snapshot, text: bool, media: bool) -> Step {
    let mut until = Vec::new();
    if text {
        until.push(state.lanes.push.not_before_ms);
    }
    if state.pull || state.unseen || (media && !state.signed_in) {
        until.push(state.lanes.pull.not_before_ms);
    }
    if media && state.signed_in {
        until.push(state.lanes.media.not_before_ms);
    }
    until.into_iter().min().map_or(Step::Nothing, |until_ms| Step::Wait { until_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(sha256: &str, preview: bool, state: PhotoState) -> Photo {
        Photo { sha256: sha256.into(), preview, size: 9, path: None, state, url: None, offset: None }
    }

    fn all() -> Snapshot {
        Snapshot {
            now_ms: 100,
            signed_in: true,
            acked: 4,
            queued: vec![10, 10],
            pull: true,
            photos: vec![photo("p", true, PhotoState::Wanted), photo("o", false, PhotoState::Wanted)],
            originals: true,
            ..Snapshot::default()
        }
    }

    const LATER: LaneState = LaneState { failures: 1, not_before_ms: 500 };

    #[test]
    fn text_then_previews_then_originals() {
        let mut state = all();
        assert_eq!(next_step(&state), Step::Push { from: 5, to: 6 });
        state.queued.clear();
        assert_eq!(next_step(&state), Step::Pull);
        state.pull = false;
        assert_eq!(next_step(&state), Step::UploadPhoto { sha256: "p".into(), preview: true });
        state.photos[0].state = PhotoState::Received;
        assert_eq!(next_step(&state), Step::AskReceipt { sha256: "p".into() });
        state.photos.remove(0);
        assert_eq!(next_step(&state), Step::UploadPhoto { sha256: "o".into(), preview: false });
        state.originals = false;
        assert_eq!(next_step(&state), Step::Nothing);
    }

    #[test]
    fn no_lane_waits_for_another() {
        let mut state = all();
        state.lanes.pull = LATER;
        assert_eq!(next_step(&state), Step::Push { from: 5, to: 6 });
        state.signed_in = false;
        assert_eq!(next_step(&state), Step::Push { from: 5, to: 6 }, "a push needs no token");
        let mut state = all();
        state.lanes.push = LATER;
        assert_eq!(next_step(&state), Step::Pull);
        state.lanes.pull = LATER;
        assert!(matches!(next_step(&state), Step::UploadPhoto { .. }));
        state.lanes.media = LaneState { failures: 1, not_before_ms: 300 };
        assert_eq!(next_step(&state), Step::Wait { until_ms: 300 });
    }

    #[test]
    fn signing_in_comes_first_and_only_where_it_is_of_use() {
        let mut state = all();
        state.signed_in = false;
        assert_eq!(next_step(&state), Step::SignIn);
        state.pull = false;
        state.photos.clear();
        assert_eq!(next_step(&state), Step::Push { from: 5, to: 6 });
        state.queued.clear();
        state.carried = true;
        assert_eq!(next_step(&state), Step::Carry);
    }

    #[test]
    fn receipts_go_before_lines_and_names_after_the_pull() {
        let mut state = Snapshot { present: true, unseen: true, ..all() };
        assert_eq!(next_step(&state), Step::Present);
        state.lanes.push = LATER;
        assert_eq!(next_step(&state), Step::Pull);
        state.pull = false;
        assert_eq!(next_step(&state), Step::NameUnseen);
    }

    #[test]
    fn unknown_photos_are_asked_about_together() {
        let mut state = Snapshot { queued: vec![], pull: false, ..all() };
        state.photos = vec![photo("p", true, PhotoState::OnPhone), photo("o", false, PhotoState::OnPhone)];
        assert_eq!(next_step(&state), Step::AskMissing { hashes: vec!["p".into(), "o".into()] });
        state.originals = false;
        assert_eq!(next_step(&state), Step::AskMissing { hashes: vec!["p".into()] });
    }
}
