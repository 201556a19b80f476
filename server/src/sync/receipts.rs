//! Receipts presented later. Some facts turn on when the office could know of them ("reported beforehand"); when a server lost the note it made
//! then (a restore), the phone's signed receipt proves it as well, and the earliest counts (`PROTOCOL.md`, section 12). And a receipt over lines
//! that are not here proves a restore (section 17).

use std::collections::{BTreeMap, BTreeSet};

use sync_protocol::{InstallId, broken, sign::Receipt};

use super::{
    drafts::{Acting, Draft},
    restores,
    store::{restores as store, write},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
};

/// Most receipts in one request.
pub const MOST: usize = 1_000;

/// What receipts proved.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Proved {
    /// Operations now known to have been received earlier than was known.
    pub noted: usize,
    /// For each install of these receipts the highest seq that is here: what is above must be sent (again). 0 where it is not known.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub have: BTreeMap<InstallId, u64>,
    /// Which life of the server. A new one began if a receipt proved that lines it had acknowledged are not here.
    pub epoch: String,
    /// The server's time, ms.
    pub now: i64,
}

/// Takes receipts, which must all be of this server.
pub async fn present(app: &App, receipts: &[Receipt]) -> Result<Proved, Problem> {
    if receipts.len() > MOST {
        return Err(Problem::new(ErrorCode::BadRequest, format!("at most {MOST} receipts at a time")));
    }
    if !receipts.iter().all(|receipt| receipt.is_valid(&app.keys.public)) {
        return Err(Problem::new(ErrorCode::BadSignature, "a receipt is not one of this server"));
    }
    if broken::is("restore unnoticed") {
        let have = receipts.iter().map(|receipt| (receipt.install, receipt.to)).collect();
        return Ok(Proved { noted: 0, have, epoch: app.keys.epoch(), now: now_ms() });
    }
    restores::learn(app, receipts).await?;
    let noted = note_earlier(app, receipts).await?;
    let installs: BTreeSet<InstallId> = receipts.iter().map(|receipt| receipt.install).collect();
    let have = store::have(&app.db.read, &installs).await?.into_iter().collect();
    Ok(Proved { noted, have, epoch: app.keys.epoch(), now: now_ms() })
}

/// Notes what they prove that was not known to be so early; gives how many operations that were.
async fn note_earlier(app: &App, receipts: &[Receipt]) -> Result<usize, Problem> {
    let mut earliest: BTreeMap<_, (String, i64)> = BTreeMap::new();
    for receipt in receipts {
        for (dot, scope) in write::notices_heard_later(&app.db.read, receipt).await? {
            let at = earliest.get(&dot).map_or(receipt.at, |(_, at)| receipt.at.min(*at));
            earliest.insert(dot, (scope, at));
        }
    }
    let drafts: Vec<Draft> = earliest.iter().map(|(dot, (scope, at))| Draft::received(*dot, scope, *at)).collect();
    let noted = drafts.len();
    app.committer.write(&Acting::server(), drafts).await?;
    Ok(noted)
}
