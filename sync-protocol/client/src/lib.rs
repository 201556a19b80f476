//! The phone's engine.
//!
//! A phone in a village writes for hours without a network, with a clock that may say 2036, and is switched off at any moment. What its
//! person wrote must be on the screen at once, on the disk before the call returns, and on the server, once and provably, whenever a
//! network turns up. That is what this crate does; apps embed it, and the simulated phones of the tests are it.
//!
//! [`Engine`] holds one SQLite file. Writing appends a **line** to the install's hash chain in one durable transaction; from then on
//! nothing but the line's bytes count, and they never change. Three marks in the chain are all the state there is of the outbox: what is
//! *written*, what a signed receipt *acknowledges*, what the server has *shown back*. A screen shows the records as fed, with the lines
//! behind the last mark laid over them ([`view`]).
//!
//! [`Engine::sync`] takes a snapshot, lets [`plan::next_step`] choose, does that one step, and again. Push, pull and media are lanes that
//! wait apart after a failure ([`backoff`]), so that none keeps another; within what is free, text goes before previews, previews
//! before originals. Requests are made in [`calls`] and carried by a [`transport::Transport`]: HTTP, a server in the same process,
//! either of them through a bad network ([`fault`]), or no network at all ([`sync_protocol::courier`]).
//!
//! ```
//! use std::sync::Arc;
//!
//! use serde_json::json;
//! use zhucun_client::{
//!     Engine, Write,
//!     device::ScriptedDevice,
//!     sync_protocol::{
//!         InstallId,
//!         push::Push,
//!         sign::{Certificate, InstallRole, PrivateKey, PublicKey},
//!     },
//!     view::Origin,
//!     wire::{EnrolmentAnswer, ServerKey},
//! };
//!
//! // A phone whose wall clock says 2036. An app gives its own `Device`, and a path instead of memory.
//! let device = Arc::new(ScriptedDevice::new(7, 2_082_758_400_000));
//! let engine = Engine::in_memory(device)?;
//!
//! // The key pair is made here; the server answers with a certificate. (`engine.enrol(&transport, code)` does all three steps.)
//! let key = engine.enrol_request()?;
//! # let (server, install, person) = (PrivateKey::from_bytes(&[1; 32]).unwrap(), InstallId([2; 16]), "zjedz.p.m-0012");
//! # let public = PublicKey::parse(&key).unwrap();
//! # let certificate = Certificate::issue(&server, install, person, &public, InstallRole::Phone, 1_780_000_000_000);
//! # let keys = vec![ServerKey(server.public().text())];
//! # let (person, epoch, now) = (person.to_owned(), "e".to_owned(), 1_780_000_000_000);
//! # let answer = EnrolmentAnswer { install, person, certificate, keys, epoch, now };
//! engine.enrolled(&answer)?;
//!
//! // Writing is local. What the server would refuse is told at once.
//! let scope = "440811070201/presence";
//! let id = engine.new_id()?;
//! engine.write(&Write::new(scope, "visit", &id, json!({"person": "zjedz.p.m-0012", "note": "到村部"})))?;
//! let refused = engine.write(&Write::new(scope, "visit", &id, json!({"note": 5})));
//! assert_eq!(refused.unwrap_err().code(), "refused");
//!
//! // It is on the screen, flagged as not yet sent.
//! let view = engine.view(scope, "visit", &id)?.unwrap();
//! assert_eq!(view.get::<String>("note").as_deref(), Some("到村部"));
//! assert_eq!(view.fields["note"].origin, Origin::Unsent);
//! assert_eq!(engine.pending()?.lines, 1);
//!
//! // `engine.sync(&Http::new("https://…")?, &Budget::THRIFTY).await?` sends and fetches. Without a network, a push is a file:
//! let file = engine.export_push()?;
//! let (_, body) = sync_protocol::courier::read(&file[..]).next().unwrap()?;
//! assert_eq!(Push::read(&body)?.lines.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What an app must do
//!
//! - Give a [`device::Device`] with true boot ids and a monotonic clock that counts sleep.
//! - Call [`Engine::sync`] when a network comes, and again after [`Report::wait_ms`]. It blocks its thread for as long as SQLite writes
//!   (milliseconds); [`Budget::PUSH`] and [`Budget::PULL`] may run at the same time.
//! - To learn at once of what others wrote, keep an [`Engine::listen`] open and loop on [`Engine::sync_when_poked`].
//! - Fill checklists by [`Engine::begin_filling`]: a visit goes on in the version of the checklist that it was begun in.
//! - Write a `photo` record for each photo attached: the server takes no bytes that nobody promised.
//! - Call [`Engine::prune`] now and then, with at least the interval of the server's backups: what it keeps refills a restored server.
//! - When [`Report::must_enrol_anew`] says so, enrol a new store and [`Engine::carry_over`] from the old one.

pub mod backoff;
pub mod batch;
pub mod calls;
pub mod clock;
pub mod device;
mod engine;
mod error;
pub mod fault;
pub mod listen;
pub mod new_ids;
pub mod plan;
mod store;
mod sync;
pub mod transport;
pub mod verdict;
pub mod view;
pub mod wire;
mod write;

pub use engine::{
    Attached, CarriedOver, Chain, Courier, Engine, Filling, Pending, PhotoCounts, PhotoSource, PreparedPush, Proved,
    Pruned, WithPhotos,
};
pub use error::Error;
pub use store::{
    photos::{Photo, PhotoState},
    records::ScopeState,
    standings::HeardStanding,
};
pub use sync::{Budget, Report};
pub use sync_protocol;
pub use write::Write;
