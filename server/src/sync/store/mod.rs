//! How lines become state, in one transaction: [`append`] puts lines on their chains, [`times`] corrects when they were written,
//! [`facts`] loads what judging takes, [`settle`] makes records of operations, [`apart`] keeps a poison line from holding up others, [`rejudge`] finds what a changed ruling touches,
//! [`rebuild`] makes everything again, [`restores`] keeps what restores lost. [`feed`] reads what a client pulls; [`chain`] follows chains, [`audit`] checks them.

pub mod apart;
pub mod append;
pub mod apply;
pub mod audit;
pub mod chain;
pub mod facts;
pub mod feed;
pub mod rebuild;
pub mod rejudge;
pub mod restores;
pub mod settle;
pub mod standings;
pub mod times;
pub mod write;

use std::{collections::HashMap, sync::Arc};

use sync_protocol::sign::PublicKey;

use crate::storage::projection::Projection;

/// What every settling takes.
pub struct Context {
    /// The server's public keys.
    pub servers: Vec<PublicKey>,
    /// Projections by kind.
    pub projections: Vec<Box<dyn Projection>>,
    /// Templates read before, by what they were read from.
    pub templates: facts::TemplateCache,
}

impl Context {
    /// Of these.
    pub fn new(servers: Vec<PublicKey>, projections: Vec<Box<dyn Projection>>) -> Arc<Self> {
        Arc::new(Self { servers, projections, templates: facts::TemplateCache::default() })
    }

    /// The projections of each kind.
    pub fn by_kind(&self) -> HashMap<&'static str, Vec<&dyn Projection>> {
        let mut by_kind: HashMap<&'static str, Vec<&dyn Projection>> = HashMap::new();
        for projection in &self.projections {
            for kind in projection.kinds() {
                by_kind.entry(kind).or_default().push(&**projection);
            }
        }
        by_kind
    }
}
