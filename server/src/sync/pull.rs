//! Answering a pull: one page of what the reader may see and does not have.

use std::collections::BTreeMap;

use sync_protocol::pull::{Checkpoint, Cursor, Extent, PageEnd, PageStart};

use super::store::feed;
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    storage::{scoping::ScopeRange, server_keys},
};

/// What a client asks for.
#[derive(Debug, Default, serde::Deserialize, utoipa::ToSchema)]
pub struct PullRequest {
    /// The cursor of the last checkpoint or page; none at first.
    pub cursor: Option<String>,
    /// Most records in this page.
    pub limit: Option<u64>,
    /// Scopes wanted whole, because the client's digest differs.
    #[serde(default)]
    pub again: Vec<String>,
}

/// Most records of one page, and how many where the client does not say: about 100 kB packed.
const MAX_PAGE: u64 = 10_000;
const PAGE: u64 = 1_000;

/// The page, as NDJSON.
pub async fn page(app: &App, readable: &[ScopeRange], request: &PullRequest) -> Result<Vec<u8>, Problem> {
    let client = match request.cursor.as_deref() {
        Some(text) => Some(Cursor::decode(text).ok_or(ErrorCode::BadCursor)?),
        None => None,
    };
    let limit = request.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    // One state of the database throughout: positions, digests and records belong together.
    let tx = app.db.snapshot().await?;
    let scopes = feed::scopes(&tx, readable).await?;
    let extents: BTreeMap<String, Extent> = scopes.iter().map(|(name, (extent, _))| (name.clone(), *extent)).collect();
    // Of the same state: a restore that another server learnt of a moment ago resets this client as well.
    let epoch = server_keys::epoch(&tx).await?;
    let mut cursor = Cursor::begin(client, &epoch, &extents, &request.again);

    let start = PageStart { pull: sync_protocol::push::VERSION, epoch, now: now_ms() };
    let mut out = json_line(&start);
    let mut left = limit;
    let mut complete = true;
    for stretch in cursor.stretches() {
        if left == 0 {
            complete = false;
            break;
        }
        let items = feed::stretch(&tx, &stretch, left).await?;
        for item in &items {
            out.extend_from_slice(item.body.as_bytes());
            out.push(b'\n');
        }
        let full = items.len() as u64 == left;
        left -= items.len() as u64;
        match items.last() {
            Some(last) if full && last.pos < stretch.until => {
                cursor.sent(&stretch.scope, last.pos);
                complete = false;
                break;
            }
            // Records that moved past `until` meanwhile leave the stretch with nothing up to its end.
            _ => cursor.sent(&stretch.scope, stretch.until),
        }
    }
    let end = if complete { checkpoint(cursor, &scopes) } else { PageEnd::Page { cursor: cursor.encode() } };
    out.extend(json_line(&end));
    tx.commit().await?;
    Ok(out)
}

fn checkpoint(cursor: Cursor, scopes: &BTreeMap<String, (Extent, String)>) -> PageEnd {
    let (cursor, told) = cursor.finish();
    // Only where nothing has moved since: else the client's records and this digest are of different states.
    let digests = scopes
        .iter()
        .filter(|(scope, (extent, _))| cursor.at.get(*scope) == Some(&extent.newest))
        .map(|(scope, (_, digest))| (scope.clone(), digest.clone()))
        .collect();
    let horizons = scopes.iter().map(|(scope, (extent, _))| (scope.clone(), extent.horizon));
    PageEnd::Checkpoint(Checkpoint {
        cursor: cursor.encode(),
        entered: told.entered,
        left: told.left,
        reset: told.reset,
        horizon: horizons.filter(|(_, horizon)| *horizon > 0).collect(),
        digests,
    })
}

fn json_line(value: &impl serde::Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("plain values serialise");
    line.push(b'\n');
    line
}
