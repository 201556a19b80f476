//! Checking that chains and signatures hold: what anyone with the public keys can do later (P11), done on the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use sync_protocol::{
    Hash, InstallId, chain as protocol_chain,
    ids::short,
    push,
    sign::{Certificate, PublicKey},
};

use super::{append::install_id, chain, erase::Erasures};
use crate::storage::entities::{install, line, push as push_row};

/// What was found.
#[derive(Debug, Default)]
pub struct Audit {
    /// Installs looked at.
    pub installs: usize,
    /// Pushes whose chain and signature hold.
    pub pushes: usize,
    /// Lines that a signed chain names.
    pub lines: usize,
    /// Of these those whose bytes were erased, by which operation of whom and why, a sentence each.
    pub erased: Vec<String>,
    /// What does not hold, a sentence each.
    pub faults: Vec<String>,
}

/// Checks everything.
pub async fn audit(db: &impl ConnectionTrait, servers: &[PublicKey]) -> Result<Audit, DbErr> {
    let mut audit = Audit::default();
    let mut pushes: BTreeMap<Vec<u8>, Vec<push_row::Model>> = BTreeMap::new();
    for push in push_row::Entity::find().all(db).await? {
        pushes.entry(push.install.clone()).or_default().push(push);
    }
    let mut lines: HashMap<Vec<u8>, Vec<line::Model>> = HashMap::new();
    let erasures = super::erase::deciding(db).await?;
    for line in line::Entity::find().all(db).await? {
        lines.entry(line.install.clone()).or_default().push(line);
    }
    for row in install::Entity::find().all(db).await? {
        let Some(id) = install_id(&row.id) else { continue };
        audit.installs += 1;
        let mine = pushes.remove(&row.id).unwrap_or_default();
        let named = audit.chain(id, &row, &mine, servers);
        audit.lines_of(id, &lines.remove(&row.id).unwrap_or_default(), &named, &erasures);
    }
    for stray in pushes.keys().chain(lines.keys()) {
        audit.faults.push(format!("install {}: lines or pushes of an install that is not known", hex::encode(stray)));
    }
    Ok(audit)
}

type Named = BTreeSet<(u64, [u8; 8])>;

impl Audit {
    /// Follows the install's pushes from its first head; gives the lines that they name.
    fn chain(
        &mut self,
        id: InstallId,
        row: &install::Model,
        pushes: &[push_row::Model],
        servers: &[PublicKey],
    ) -> Named {
        let mut named = Named::new();
        let certificate: Option<Certificate> = serde_json::from_str(&row.certificate).ok();
        let key = certificate.filter(|c| c.install == id && c.is_valid(servers)).and_then(|c| PublicKey::parse(&c.key));
        let Some(key) = key else {
            self.faults.push(format!("install {id}: its certificate is not one of this server"));
            return named;
        };
        let mut ordered: Vec<&push_row::Model> = pushes.iter().collect();
        ordered.sort_by_key(|p| (p.first, p.id));
        let mut heads: BTreeSet<(u64, Hash)> = [(0, protocol_chain::genesis(id))].into();
        for pushed in ordered {
            let before = <Hash>::try_from(pushed.head_before.as_slice()).unwrap_or_default();
            let mut seq = pushed.first as u64 - 1;
            if !heads.contains(&(seq, before)) {
                self.faults.push(format!("install {id}: the push from seq {} follows no known head", pushed.first));
            }
            let mut head = before;
            for hash in chain::hashes_of(pushed) {
                seq += 1;
                head = protocol_chain::next(&head, &hash);
                heads.insert((seq, head));
                named.insert((seq, short(&hash)));
            }
            let sealed = pushed.head_after == head && push::verify(&pushed.header, &head, &pushed.sig, &key);
            if sealed {
                self.pushes += 1;
            } else {
                self.faults.push(format!("install {id}: the push from seq {} is not what was signed", pushed.first));
            }
        }
        if !heads.contains(&(row.tip_seq as u64, <Hash>::try_from(row.tip_head.as_slice()).unwrap_or_default())) {
            self.faults.push(format!("install {id}: its newest head is on no chain"));
        }
        named
    }

    fn lines_of(&mut self, id: InstallId, lines: &[line::Model], named: &Named, erasures: &Erasures) {
        let mut found = Named::new();
        for line in lines {
            let hash = short(&line.line_hash());
            let erasure = line.dot().and_then(|dot| erasures.get(&dot));
            if line.hash != hash {
                self.faults.push(format!("install {id}: line {} is not the one that came", line.seq));
            } else if !named.contains(&(line.seq as u64, hash)) {
                self.faults.push(format!("install {id}: line {} is on no signed chain", line.seq));
            } else if line.erased.is_some() && erasure.is_none() {
                self.faults.push(format!("install {id}: line {} has no bytes, and nobody erased it", line.seq));
            } else {
                let erasure = erasure.filter(|_| line.erased.is_some());
                self.erased.extend(erasure.map(|by| format!("install {id}: line {} was erased by {by}", line.seq)));
                self.lines += 1;
            }
            found.insert((line.seq as u64, hash));
        }
        for (seq, _) in named.difference(&found) {
            self.faults.push(format!("install {id}: line {seq} is missing"));
        }
    }
}
