//! A bad network, from a seed: for simulations and tests.
//!
//! [`Faulty`] wraps any transport and, by the dice, loses requests, loses answers, delivers twice, cuts answers and uploads in the middle,
//! or is offline. The same seed and the same requests give the same faults.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::transport::{Answer, Method, Request, Transport, TransportError};

/// How likely each fault is, from 0 to 1. They are tried in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// The request is lost: the server never sees it.
    pub lost: f64,
    /// The server acts on the request; its answer is lost.
    pub unanswered: f64,
    /// The server gets the request twice.
    pub twice: f64,
    /// The answer is cut in the middle.
    pub cut_answer: f64,
    /// A part of a photo is cut in the middle: the server keeps what arrived, its answer is lost.
    pub cut_upload: f64,
}

impl Faults {
    /// A network without fault.
    pub const NONE: Faults = Faults { lost: 0.0, unanswered: 0.0, twice: 0.0, cut_answer: 0.0, cut_upload: 0.0 };
    /// A village at the edge of 2G: about every second request has some trouble.
    pub const ROUGH: Faults = Faults { lost: 0.15, unanswered: 0.15, twice: 0.1, cut_answer: 0.15, cut_upload: 0.3 };
}

/// A transport with faults.
pub struct Faulty<T> {
    inner: T,
    state: Mutex<State>,
}

struct State {
    dice: StdRng,
    faults: Faults,
    offline: bool,
    suffered: u64,
}

enum Fate {
    Pass,
    Lost(&'static str),
    Unanswered,
    Twice,
    CutAnswer(usize),
    CutUpload(usize),
}

impl<T> Faulty<T> {
    /// That transport, with these faults, from this seed.
    pub fn new(inner: T, seed: u64, faults: Faults) -> Self {
        let state = State { dice: StdRng::seed_from_u64(seed), faults, offline: false, suffered: 0 };
        Self { inner, state: Mutex::new(state) }
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.with(|s| s.faults = faults);
    }

    /// Offline, or back.
    pub fn set_offline(&self, offline: bool) {
        self.with(|s| s.offline = offline);
    }

    /// How many requests met with a fault.
    pub fn suffered(&self) -> u64 {
        self.with(|s| s.suffered)
    }

    /// The transport without faults.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn fate(&mut self, request: &Request) -> Fate {
        let fate = self.throw(request);
        self.suffered += u64::from(!matches!(fate, Fate::Pass));
        fate
    }

    fn throw(&mut self, request: &Request) -> Fate {
        if self.offline {
            return Fate::Lost("offline");
        }
        let faults = self.faults;
        if self.dice.random_bool(faults.lost) {
            return Fate::Lost("the request was lost");
        }
        if self.dice.random_bool(faults.unanswered) {
            return Fate::Unanswered;
        }
        if self.dice.random_bool(faults.twice) {
            return Fate::Twice;
        }
        if self.dice.random_bool(faults.cut_answer) {
            // Short answers are to be cut as well as long ones, so all magnitudes are equally likely.
            let magnitude = self.dice.random_range(0..16);
            return Fate::CutAnswer(self.dice.random_range(0..1 << magnitude));
        }
        if request.method == Method::Patch && self.dice.random_bool(faults.cut_upload) {
            return Fate::CutUpload(self.dice.random_range(0..=request.body.len()));
        }
        Fate::Pass
    }
}

impl<T: Transport> Transport for Faulty<T> {
    type Answer = FaultyAnswer<T::Answer>;

    async fn send(&self, mut request: Request) -> Result<Self::Answer, TransportError> {
        let cut = |what: &str| Err(TransportError::Cut(what.to_owned()));
        let fate = self.with(|s| s.fate(&request));
        let left = match fate {
            Fate::Lost("offline") => return Err(TransportError::Unreachable("offline".to_owned())),
            Fate::Lost(what) => return cut(what),
            Fate::Unanswered => {
                self.inner.send(request).await?;
                return cut("the answer was lost");
            }
            Fate::CutUpload(at) => {
                request.body.truncate(at);
                self.inner.send(request).await?;
                return cut("the upload was cut");
            }
            Fate::Twice => {
                self.inner.send(request.clone()).await?;
                None
            }
            Fate::CutAnswer(left) => Some(left),
            Fate::Pass => None,
        };
        Ok(FaultyAnswer { inner: self.inner.send(request).await?, left })
    }
}

/// An answer that may be cut.
pub struct FaultyAnswer<A> {
    inner: A,
    left: Option<usize>,
}

impl<A: Answer> Answer for FaultyAnswer<A> {
    fn status(&self) -> u16 {
        self.inner.status()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.inner.header(name)
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let chunk = self.inner.chunk().await?;
        let (Some(mut bytes), Some(left)) = (chunk.clone(), self.left) else { return Ok(chunk) };
        if left == 0 {
            return Err(TransportError::Cut("the answer was cut".to_owned()));
        }
        self.left = Some(left.saturating_sub(bytes.len()));
        bytes.truncate(left);
        Ok(Some(bytes))
    }
}
