//! Receipts presented later. Some facts turn on when the office could know of them ("reported beforehand"); when a server lost the note it made
//! then (a restore), the phone's signed receipt proves it as well, and the earliest counts (`PROTOCOL.md`, section 12).

use sync_protocol::sign::Receipt;

use super::{
    drafts::{Acting, Draft},
    store::write,
};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
};

/// Most receipts in one request.
pub const MOST: usize = 1_000;

/// Notes what valid receipts prove that was not known to be so early; gives how many operations that were.
pub async fn present(app: &App, receipts: &[Receipt]) -> Result<usize, Problem> {
    if receipts.len() > MOST {
        return Err(Problem::new(ErrorCode::BadRequest, format!("at most {MOST} receipts at a time")));
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for receipt in receipts {
        if !receipt.is_valid(&app.keys.public) {
            return Err(Problem::new(ErrorCode::BadSignature, "a receipt is not one of this server"));
        }
        for (dot, scope) in write::notices_heard_later(&app.db.read, receipt).await? {
            drafts.push(Draft::received(dot, &scope, receipt.at));
        }
    }
    let noted = drafts.len();
    app.committer.write(&Acting::server(), drafts).await?;
    Ok(noted)
}
