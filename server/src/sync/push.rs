//! Taking a push: frame it, find its place on the chain, verify its seal, commit, and sign a receipt.

use bytes::Bytes;
use sync_protocol::{
    Dot, Hash, Line, Standing, State, broken,
    earlier::{self, Earlier},
    ids::short,
    push::{BadSeal, NotAPush, Push},
    sign::{Certificate, PublicKey, Receipt},
};

use super::{committer::Committed, intake::Verified, store::chain};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
    storage::entities::install,
};

/// The answer to a push.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PushAnswer {
    /// The signed receipt (`PROTOCOL.md`, section 5).
    #[schema(value_type = Object)]
    pub receipt: Receipt,
    /// Seq, standing, code, sentence (Chinese) of each line that is not `applied`.
    pub standings: Vec<(u64, String, String, String)>,
    /// Highest seq the server has of the install.
    pub high: u64,
    /// Whether the install has forked: one seq with two contents, so that the phone was cloned or restored. It must enrol anew.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forked: bool,
    /// The server's time, ms.
    pub now: i64,
}

/// Takes the body of a push.
pub async fn take(app: &App, body: &[u8]) -> Result<PushAnswer, Problem> {
    let push = Push::read(body).map_err(not_a_push)?;
    let verified = verify(app, &push, push.header.cert.as_ref()).await?;
    let (install, range, head) = (verified.install, (verified.first, verified.last()), verified.head_after);
    #[cfg(feature = "broken")]
    if broken::is("drop on revoke") && super::broken::is_closed(app, install).await? {
        return Err(Problem::from(ErrorCode::InstallClosed));
    }
    if broken::is("one bad line stops all") && verified.lines.iter().any(|l| matches!(l.line, Line::Unreadable(_))) {
        return Err(Problem::from(ErrorCode::BadRequest));
    }
    let committed = app.committer.push(verified).await?;
    let receipt = Receipt::issue(&app.keys.signing, install, range, &head, committed.at_ms, &app.keys.epoch());
    Ok(PushAnswer {
        receipt,
        standings: told(&committed),
        high: committed.high,
        forked: committed.forked,
        now: committed.at_ms,
    })
}

/// The lines that a push is packed against, as a dictionary.
pub async fn dictionary(app: &App, earlier: Earlier) -> Result<Bytes, Problem> {
    let lines = chain::stretch(&app.db.read, earlier).await?;
    let bytes = lines.map(|lines| earlier::dictionary(lines.iter().map(Vec::as_slice)));
    let fitting = bytes.filter(|bytes| bytes.len() <= earlier::MAX_BYTES);
    fitting.map(Bytes::from).ok_or_else(|| ErrorCode::UnknownLines.into())
}

fn not_a_push(why: NotAPush) -> Problem {
    let code = match why {
        NotAPush::Cut => ErrorCode::PushCut,
        NotAPush::BadHeader => ErrorCode::BadHeader,
        NotAPush::UnknownProtocol(_) => ErrorCode::UnknownProtocol,
    };
    Problem::new(code, why.to_string())
}

/// Finds its place on the chain and verifies its seal; `brought` is the certificate of an install that may be new here.
pub async fn verify(app: &App, push: &Push<'_>, brought: Option<&Certificate>) -> Result<Verified, Problem> {
    let id = push.header.install;
    let row = chain::find(&app.db.read, id).await?;
    let (certificate, key) = identify(app, push, brought, row.as_ref())?;
    let head_before = place(app, push, row.as_ref()).await?;
    let head_after = push.head_after(&head_before);
    match push.verify(&head_after, &key) {
        Ok(()) => Ok(Verified::of(push, certificate, head_before, head_after)),
        Err(BadSeal::Damaged) => Err(Problem::new(ErrorCode::PushCut, BadSeal::Damaged.to_string())),
        Err(BadSeal::Signature) => Err(Problem::new(ErrorCode::BadSignature, BadSeal::Signature.to_string())),
    }
}

/// The install's certificate, if it is new here, and its public key.
fn identify(
    app: &App,
    push: &Push<'_>,
    brought: Option<&Certificate>,
    row: Option<&install::Model>,
) -> Result<(Option<Certificate>, PublicKey), Problem> {
    let unknown = || Problem::from(ErrorCode::UnknownInstall);
    let stored = row.and_then(|row| serde_json::from_str::<Certificate>(&row.certificate).ok());
    let (certificate, is_new) = match (stored, brought) {
        (Some(stored), _) => (stored, false),
        (None, Some(brought)) if brought.install == push.header.install && brought.is_valid(&app.keys.public) => {
            (brought.clone(), true)
        }
        _ => return Err(unknown()),
    };
    let key = PublicKey::parse(&certificate.key).ok_or_else(unknown)?;
    Ok((is_new.then_some(certificate), key))
}

/// The head before the push's first line.
async fn place(app: &App, push: &Push<'_>, row: Option<&install::Model>) -> Result<Hash, Problem> {
    let (id, before) = (push.header.install, push.header.first - 1);
    let named = |head: &Hash| hex::encode(short(head)) == push.header.head;
    let tip = row.filter(|row| row.tip_seq as u64 == before);
    if let Some(head) = tip.and_then(|row| <Hash>::try_from(row.tip_head.as_slice()).ok()).filter(|head| named(head)) {
        return Ok(head);
    }
    let heads = chain::heads_at(&app.db.read, id, before).await?;
    if let Some(head) = heads.iter().find(|head| named(head)) {
        return Ok(*head);
    }
    if heads.is_empty() {
        let have = row.map_or(0, |row| row.tip_seq);
        return Err(Problem::new(ErrorCode::Gap, format!("lines up to {have} are here")).with("have", have));
    }
    let known: Vec<(u64, String)> = chain::known_heads(&app.db.read, id)
        .await?
        .iter()
        .map(|(seq, head)| (*seq, hex::encode(short(head))))
        .collect();
    Err(Problem::from(ErrorCode::UnknownBranch).with("heads", known))
}

fn told(committed: &Committed) -> Vec<(u64, String, String, String)> {
    let mut told: Vec<(&Dot, &Standing)> =
        committed.standings.iter().filter(|(_, s)| s.state() != State::Applied).collect();
    told.sort_unstable_by_key(|(dot, _)| **dot);
    told.into_iter()
        .map(|(dot, s)| {
            (dot.seq, s.state().name().to_owned(), s.code.name().to_owned(), s.code.sentence().0.to_owned())
        })
        .collect()
}
