//! Restores that nobody told this server of.
//!
//! A database put back by a copied file or `pg_restore` knows nothing of it: its epoch is the one it had. Phones show it. A receipt is
//! signed after its lines were durable, so one over lines that are not here proves that the server went back, and a new epoch begins: all
//! phones take their scopes anew and send what is missing. What nobody can send again, the decisions of the office, shows as operations that
//! phones had seen and this server does not have; they are kept by name for the office (`PROTOCOL.md`, section 17).

use std::collections::BTreeSet;

use sync_protocol::{Dot, sign::Receipt};

use super::store::restores::{
    self as store, Named,
    list::{self, Restores},
};
use crate::{
    app::{App, now_ms, random_bytes},
    auth::Principal,
    error::{ErrorCode, Problem},
};

/// Most operations that a phone names in one request.
pub const MOST_NAMED: usize = 1_000;

/// What a valid receipt over lines that are not here shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// What a restore that is known lost: the receipt is of an epoch that has ended.
    KnownRestore,
    /// A restore that is not known: the receipt is of this very epoch, or of one that this database never heard of.
    NewRestore,
}

/// What it shows, given the epoch and those that ended. Pure.
pub fn shows(receipt_epoch: &str, epoch: &str, ended: &BTreeSet<String>) -> Shows {
    if receipt_epoch != epoch && ended.contains(receipt_epoch) { Shows::KnownRestore } else { Shows::NewRestore }
}

/// Learns from valid receipts whether this server was put back to an earlier state.
pub async fn learn(app: &App, receipts: &[Receipt]) -> Result<(), Problem> {
    let mut begun = false;
    for receipt in newest_of_each(receipts) {
        if store::has(&app.db.read, receipt).await? {
            continue;
        }
        let fresh = hex::encode(random_bytes::<8>());
        begun |= store::lost(&app.db, receipt, &fresh, now_ms()).await?;
    }
    if begun {
        app.keys.refresh_epoch(&app.db).await?;
        tracing::warn!(
            epoch = app.keys.epoch(),
            "a phone proved by a receipt that this server was put back to an earlier state: a new epoch begins (GET /v1/restores)"
        );
    }
    Ok(())
}

/// The receipt with the highest line of each install: its head covers all before.
fn newest_of_each(receipts: &[Receipt]) -> impl Iterator<Item = &Receipt> {
    let newer = |a: &Receipt, b: &Receipt| b.install == a.install && (b.to, b.at) > (a.to, a.at);
    receipts.iter().filter(move |a| !receipts.iter().any(|b| newer(a, b)))
}

/// Notes which operations a phone had seen and this server does not have; gives how many of them are new here.
pub async fn name(app: &App, who: &Principal, named: Vec<Named>) -> Result<usize, Problem> {
    if named.len() > MOST_NAMED {
        return Err(Problem::new(ErrorCode::BadRequest, format!("at most {MOST_NAMED} operations at a time")));
    }
    // What they may not read they have not seen.
    let readable: Vec<(Dot, Named)> =
        named.into_iter().filter(|n| n.is_short() && who.may_read(&n.scope)).map(|n| (n.dot, n)).collect();
    Ok(store::note(&app.db, who.install, readable, now_ms()).await?)
}

/// What the office is told: restores, what came back of what they lost, and what phones had seen that is still not here.
pub async fn list(app: &App, office: &Principal) -> Result<Restores, Problem> {
    Ok(list::list(&app.db.read, &office.scopes(), &office.run_scopes()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_protocol::{InstallId, sign::PrivateKey};

    #[test]
    fn only_a_receipt_of_no_ended_epoch_proves_a_new_restore() {
        let ended: BTreeSet<String> = ["e1".to_owned()].into();
        assert_eq!(shows("e2", "e2", &ended), Shows::NewRestore);
        assert_eq!(shows("e1", "e2", &ended), Shows::KnownRestore);
        assert_eq!(shows("e9", "e2", &ended), Shows::NewRestore, "of an epoch begun after the backup was taken");
        assert_eq!(shows("e1", "e1", &ended), Shows::NewRestore, "put back twice");
    }

    #[test]
    fn of_each_install_the_newest_receipt_speaks() {
        let key = PrivateKey::from_bytes(&[1; 32]).unwrap();
        let of = |install, to, at| Receipt::issue(&key, InstallId([install; 16]), (1, to), &[0; 32], at, "e");
        let all = [of(1, 3, 9), of(1, 5, 10), of(1, 5, 11), of(2, 2, 1)];
        let newest: Vec<(u64, i64)> = newest_of_each(&all).map(|r| (r.to, r.at)).collect();
        assert_eq!(newest, [(5, 11), (2, 1)]);
    }
}
