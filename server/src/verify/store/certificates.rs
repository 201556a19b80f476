//! The server's keys, and by which certificate each install is known.

use std::collections::{BTreeSet, HashMap};

use futures::TryStreamExt as _;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryFilter, StreamTrait, sea_query::Expr};
use sync_protocol::{
    InstallId, Line,
    sign::{Certificate, InstallRole, PrivateKey, PublicKey},
};

use crate::{
    storage::entities::{install, line, server_key},
    verify::finding::{Code, Finding, Report},
};

/// The word `enrolment`, as SQLite writes bytes: lines without it are none.
const ENROLMENT: &str = "instr(bytes, x'656e726f6c6d656e74') > 0";

/// Who vouches for whom.
pub struct Vouched {
    /// The server's public keys.
    pub servers: Vec<PublicKey>,
    /// The certificates with which installs were enrolled, as lines have them: one each, unless something is wrong.
    enrolled: HashMap<InstallId, Vec<Certificate>>,
}

impl Vouched {
    /// Reads them, and checks the server's keys.
    pub async fn read<C: ConnectionTrait + StreamTrait>(db: &C, report: &mut Report<'_>) -> Result<Self, DbErr> {
        let servers = servers(db, report).await?;
        let mut enrolled: HashMap<InstallId, Vec<Certificate>> = HashMap::new();
        let mut lines = line::Entity::find().filter(Expr::cust(ENROLMENT)).stream(db).await?;
        while let Some(row) = lines.try_next().await? {
            let certificate = enrolment(&row).filter(|certificate| certificate.is_valid(&servers));
            let Some(certificate) = certificate else { continue };
            let known = enrolled.entry(certificate.install).or_default();
            if !known.contains(&certificate) {
                known.push(certificate);
            }
        }
        Ok(Self { servers, enrolled })
    }

    /// Checks what the install's row says of who it is. Gives the key that its pushes must be signed with: that of its enrolment, where the
    /// row does not hold.
    pub fn key_of(&self, id: InstallId, row: &install::Model, report: &mut Report<'_>) -> Option<PublicKey> {
        let about = || ("install", vec![("id", id.to_string().into())]);
        let enrolled = self.enrolled.get(&id).map_or(&[][..], Vec::as_slice);
        let kept: Option<Certificate> = serde_json::from_str(&row.certificate).ok();
        let valid = kept.filter(|c| c.install == id && c.is_valid(&self.servers));
        let told = |c: &Certificate| format!("that of {} from {}, key {}", c.person, c.at, c.key);
        let by_enrolment = || enrolled.first().map_or_else(|| "one that a key of the server signed".to_owned(), told);
        if enrolled.len() > 1 {
            let all: Vec<String> = enrolled.iter().map(told).collect();
            report.find(Finding::new(Code::CertificateInvalid, about(), "one enrolment for ever", all.join("; ")));
        }
        match &valid {
            None => {
                let found = "one that no key of the server signed for this install";
                report.find(Finding::new(Code::CertificateInvalid, about(), by_enrolment(), found));
            }
            Some(valid) if !enrolled.is_empty() && !enrolled.contains(valid) => {
                report.find(Finding::new(Code::CertificateInvalid, about(), by_enrolment(), told(valid)));
            }
            Some(_) => {}
        }
        let holds = valid.filter(|valid| enrolled.is_empty() || enrolled.contains(valid));
        let certificate = holds.as_ref().or(enrolled.first());
        if let Some(certificate) = certificate {
            let server = certificate.role == InstallRole::Server;
            if (&row.person, row.server) != (&certificate.person, server) {
                let says = |person: &str, server: bool| format!("person {person}, server {server}");
                let (expected, found) = (says(&certificate.person, server), says(&row.person, row.server));
                report.find(Finding::new(Code::InstallAltered, about(), expected, found));
            }
        }
        certificate.and_then(|certificate| PublicKey::parse(&certificate.key))
    }
}

fn enrolment(row: &line::Model) -> Option<Certificate> {
    let Line::Op(op) = row.read()? else { return None };
    let value = (op.kind == "enrolment").then(|| op.field("certificate"))??;
    serde_json::from_str(value.get()).ok()
}

async fn servers(db: &impl ConnectionTrait, report: &mut Report<'_>) -> Result<Vec<PublicKey>, DbErr> {
    let (mut servers, mut damaged) = (Vec::new(), BTreeSet::new());
    for row in server_key::Entity::find().all(db).await? {
        let public = row.secret.as_slice().try_into().ok().and_then(PrivateKey::from_bytes).map(|key| key.public());
        match public.filter(|key| key.kid() == row.kid) {
            Some(key) => servers.extend((row.purpose == "signing").then_some(key)),
            None => {
                let about = ("server_key", vec![("kid", row.kid.clone().into())]);
                let expected = "the secret of the key that this is the id of";
                report.find(Finding::new(Code::KeyAltered, about, expected, "another secret"));
                damaged.insert(row.kid);
            }
        }
    }
    if !damaged.is_empty() {
        // The server's own installs show the public key, and its id names it beyond doubt.
        let certificates = install::Entity::find().all(db).await?;
        let shown = certificates.iter().filter_map(|row| serde_json::from_str::<Certificate>(&row.certificate).ok());
        let keys = shown.filter_map(|c| PublicKey::parse(&c.key)).filter(|key| damaged.remove(&key.kid()));
        servers.extend(keys.collect::<Vec<_>>());
    }
    Ok(servers)
}
