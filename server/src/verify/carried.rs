//! Pushes in files, checked by install: nothing but the files is asked.

use std::collections::HashMap;

use serde_json::Value;
use sync_protocol::{
    Hash, InstallId, chain,
    custody::{Custody, Kept},
    ids::{lower_hex, short},
    push::Push,
    sign::{Certificate, InstallRole, PublicKey},
};

use super::finding::{Code, Finding, Report};

/// A push in a file.
pub struct Carried {
    /// Which, for whoever looks for it: a file, and the how-manyeth of it.
    pub place: (String, usize),
    /// The head it follows, where the file says.
    pub before: Option<Hash>,
    /// The certificate that came beside it.
    pub cert: Option<Certificate>,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// The keys that the certificates of servers' own installs show. Whoever made the files chose them.
pub fn shown_by<'a>(certificates: impl Iterator<Item = &'a Certificate>, keys: &mut Vec<PublicKey>) {
    for certificate in certificates.filter(|c| c.role == InstallRole::Server) {
        let key = PublicKey::parse(&certificate.key).filter(|key| certificate.is_valid(&[*key]));
        keys.extend(key.filter(|key| !keys.contains(key)));
    }
}

/// Follows the chains of all installs, push by push, in the order of the files.
pub struct Chains {
    /// The server's keys; where there are none, certificates are not checked.
    servers: Vec<PublicKey>,
    /// None of an install without a certificate that holds.
    installs: HashMap<InstallId, Option<Custody>>,
    pushes: u64,
    lines: u64,
}

impl Chains {
    /// Under these keys.
    pub fn new(servers: Vec<PublicKey>) -> Self {
        Self { servers, installs: HashMap::new(), pushes: 0, lines: 0 }
    }

    /// Checks a push: its install's certificate, its place on the chain, its lines and its signature.
    pub fn take(&mut self, carried: &Carried, report: &mut Report<'_>) {
        let push = match Push::read(&carried.body) {
            Ok(push) => push,
            Err(why) => return report.find(Finding::new(Code::LogDamaged, at(carried), "a push", why.to_string())),
        };
        let id = push.header.install;
        self.pushes += 1;
        self.lines += push.lines.iter().filter(|line| chain::blank(line).is_none()).count() as u64;
        let certificate = carried.cert.as_ref().or(push.header.cert.as_ref()).filter(|cert| cert.install == id);
        let Self { servers, installs, .. } = self;
        let custody = installs.entry(id).or_insert_with(|| custody(id, certificate, servers, report));
        if let Some(custody) = custody {
            follow(custody, carried, &push, report);
        }
    }

    /// Says what was looked at.
    pub fn count(&self, report: &mut Report<'_>) {
        report.count("installs", self.installs.len() as u64);
        report.count("pushes", self.pushes);
        report.count("lines", self.lines);
    }
}

fn custody(
    id: InstallId,
    certificate: Option<&Certificate>,
    servers: &[PublicKey],
    report: &mut Report<'_>,
) -> Option<Custody> {
    let holds = certificate.filter(|cert| servers.is_empty() || cert.is_valid(servers));
    let key = holds.and_then(|cert| PublicKey::parse(&cert.key));
    if key.is_none() {
        let about = ("install", vec![("id", id.to_string().into())]);
        let found = if certificate.is_some() { "one that none of them signed" } else { "none" };
        let expected = "a certificate by a trusted key of the server";
        report.find(Finding::new(Code::CertificateInvalid, about, expected, found));
    }
    key.map(|key| Custody::new(id, key))
}

fn follow(custody: &mut Custody, carried: &Carried, push: &Push<'_>, report: &mut Report<'_>) {
    let (first, named) = (push.header.first, push.header.head.as_str());
    let told = carried.before.filter(|head| hex::encode(short(head)) == named);
    let Some(before) = told.or_else(|| custody.head_named(first - 1, named)) else {
        let expected = format!("the head before line {first}, which begins {named}, or the pushes before it");
        return report.find(Finding::new(Code::PushMissing, about(carried, push), expected, "neither"));
    };
    let hashes: Vec<Hash> = push.lines.iter().map(|line| chain::line_hash(line)).collect();
    let after = push.head_after(&before);
    let (header, sig) = (push.header_bytes, push.seal.sig.as_str());
    let looked = custody.look(Kept { first, header, hashes: &hashes, before, after, sig });
    if hex::encode(short(&after)) != push.seal.head {
        let expected = format!("lines that add up to a head that begins {}", push.seal.head);
        let found = format!("a head {}", hex::encode(after));
        report.find(Finding::new(Code::PushAltered, about(carried, push), expected, found));
    } else if looked.fault.is_some() {
        let expected = "header, chain and signature as its install signed them";
        let found = "a header or a signature that was changed";
        report.find(Finding::new(Code::PushAltered, about(carried, push), expected, found));
    }
}

fn at(carried: &Carried) -> (&'static str, Vec<(&'static str, Value)>) {
    ("file", vec![("name", carried.place.0.clone().into()), ("push", carried.place.1.into())])
}

fn about(carried: &Carried, push: &Push<'_>) -> (&'static str, Vec<(&'static str, Value)>) {
    let (_, mut key) = at(carried);
    let last = push.header.first + push.lines.len() as u64 - 1;
    key.extend([
        ("install", push.header.install.to_string().into()),
        ("first", push.header.first.into()),
        ("last", last.into()),
    ]);
    ("push", key)
}

/// The head that a label names.
pub fn head(text: Option<&str>) -> Option<Hash> {
    text.and_then(lower_hex)
}
