//! How lines become state, in one transaction: [`append`] puts lines on their chains, [`times`] corrects when they were written,
//! [`facts`] loads what judging takes ([`book`] remembers it), [`settle`] makes records of operations, [`unreadable`] tells of lines that are none, [`apart`] keeps a poison line from holding up others, [`carried`] puts what one install carries for another where it belongs, [`rejudge`] finds what a changed ruling touches,
//! [`rebuild`] makes everything again, [`aged`] finds what an older build settled, [`restores`] keeps what restores lost. [`feed`] reads what a client pulls; [`chain`] follows chains.
//! [`erase`] takes bytes away; [`tombstones`] says since when records show nothing, and lets feeds forget them.

pub mod aged;
pub mod apart;
pub mod append;
pub mod apply;
pub mod book;
pub mod carried;
pub mod chain;
pub mod erase;
pub mod facts;
pub mod feed;
pub mod rebuild;
pub mod rejudge;
pub mod restores;
pub mod settle;
pub mod standings;
pub mod times;
pub mod tombstones;
pub mod unreadable;
pub mod write;

use std::{collections::HashSet, sync::Arc};

use sync_protocol::sign::PublicKey;

use crate::storage::projection::Projection;

/// What every settling takes.
pub struct Context {
    /// The server's public keys.
    pub servers: Vec<PublicKey>,
    /// Projections by kind.
    pub projections: Vec<Box<dyn Projection>>,
    /// The kinds that are projected.
    pub projected: HashSet<&'static str>,
    /// Rulings read before.
    pub book: book::Book,
}

impl Context {
    /// Of these.
    pub fn new(servers: Vec<PublicKey>, projections: Vec<Box<dyn Projection>>) -> Arc<Self> {
        let projected = projections.iter().flat_map(|p| p.kinds().iter().copied()).collect();
        Arc::new(Self { servers, projections, projected, book: book::Book::default() })
    }
}
