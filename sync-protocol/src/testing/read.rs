//! Lines as the model takes them: read, and no more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{outcome::Name, upcast};
use crate::{
    Dot, InstallId, Line, Op,
    chain::{self, Hashes},
    ids::lower_hex,
    line,
    sign::{Certificate, InstallRole, PublicKey},
    time::TimeEvidence,
    world::Placed,
};

/// A set of lines, read.
#[derive(Default, Clone)]
pub struct Lines {
    /// The operations of each record.
    pub ops: BTreeMap<Name, BTreeMap<Dot, Op>>,
    /// What each line says of time.
    pub clocks: BTreeMap<Dot, TimeEvidence>,
    /// The hashes at each seq of each install.
    pub chains: BTreeMap<InstallId, Hashes>,
    /// The valid certificates in enrolments, whoever wrote those. An install has one for ever.
    certificates: BTreeMap<InstallId, Certificate>,
    /// By the dot of what carries it the name that a line had.
    pub places: BTreeMap<Dot, Dot>,
    /// Lines that cannot be read.
    pub unreadable: Vec<Dot>,
    /// Erased operations that broke the schema.
    pub broke: BTreeSet<Dot>,
}

impl Lines {
    /// Reads them. `servers` are the server's public keys.
    pub fn read<'a>(placed: impl IntoIterator<Item = &'a Placed>, servers: &[PublicKey]) -> Self {
        let mut lines = Self::default();
        for Placed { install, seq, bytes } in placed {
            let hash = chain::line_hash(bytes);
            let dot = Dot::new(*install, *seq, &hash);
            lines.chains.entry(*install).or_default().entry(*seq).or_default().insert(hash);
            match line::as_written(*install, *seq, bytes) {
                Line::Blank(_) => {}
                Line::Unreadable(_) => lines.unreadable.push(dot),
                Line::Time(clock) => _ = lines.clocks.insert(dot, clock),
                Line::Op(mut op) => {
                    upcast::newest(&mut op);
                    lines.certificates.extend(certificate(&op, servers).map(|c| (c.install, c)));
                    lines.clocks.insert(dot, op.time.clone());
                    let name = (op.scope.clone(), op.kind.clone(), op.id.clone());
                    lines.ops.entry(name).or_default().insert(dot, *op);
                }
            }
        }
        lines
    }

    /// The lowest seq of the install with two contents; above all where it did not fork.
    pub fn fork(&self, install: InstallId) -> u64 {
        self.chains.get(&install).and_then(chain::fork_seq).unwrap_or(u64::MAX)
    }

    /// The name of the line, be it carried or not.
    pub fn place(&self, dot: Dot) -> Dot {
        self.places.get(&dot).copied().unwrap_or(dot)
    }

    /// Whether one of the dots names that line.
    pub fn named(&self, dots: &[Dot], line: Dot) -> bool {
        dots.iter().any(|dot| self.place(*dot) == self.place(line))
    }

    /// Whether both are of one install and `early` comes first, as far as no fork makes that doubtful.
    pub fn before(&self, early: Dot, late: Dot) -> bool {
        let (early, late) = (self.place(early), self.place(late));
        early.install == late.install && early.seq < late.seq.min(self.fork(late.install))
    }

    /// Whether the line is on the chain that ends as `lost` says.
    pub fn leads_to(&self, dot: Dot, lost: &Value) -> bool {
        let end = lost["seq"].as_u64().zip(lost["head"].as_str().and_then(lower_hex));
        let path = end.and_then(|(seq, head)| chain::path_to(dot.install, &self.chains[&dot.install], seq, &head));
        path.is_some_and(|path| path.contains(&(dot.seq, dot.hash)))
    }

    /// Whether that is the valid certificate of the install.
    pub fn certifies(&self, install: InstallId, certificate: &Value) -> bool {
        serde_json::from_value(certificate.clone())
            .is_ok_and(|c: Certificate| self.certificates.get(&install) == Some(&c))
    }

    /// The person in the certificate of a server's install.
    pub fn server(&self, install: InstallId) -> Option<&str> {
        self.certificates.get(&install).filter(|c| c.role == InstallRole::Server).map(|c| c.person.as_str())
    }
}

fn certificate(op: &Op, servers: &[PublicKey]) -> Option<Certificate> {
    let value = op.field("certificate").filter(|_| op.kind == "enrolment")?;
    serde_json::from_str(value.get()).ok().filter(|c: &Certificate| c.is_valid(servers))
}
