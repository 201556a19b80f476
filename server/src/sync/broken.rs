//! What a broken push is made of (`sync_protocol::broken`): never in a release build.

use std::collections::HashMap;

use sync_protocol::{InstallId, broken};
use tokio::sync::oneshot;

use super::{committer::Committed, intake::Verified};
use crate::{
    app::{App, now_ms},
    error::Problem,
};

/// "drop on revoke": what comes from a phone that the office closed is not taken.
pub(super) async fn is_closed(app: &App, install: InstallId) -> Result<bool, Problem> {
    let principal = crate::auth::store::principal(&app.db, "nobody", Some(install), now_ms()).await?;
    Ok(principal.closed.is_some_and(|why| why != "it is not known"))
}

type Answer = oneshot::Sender<Result<Committed, Problem>>;

/// "ack before commit": whoever pushed is answered now. What comes of the commit, nobody hears.
pub(super) fn ack_before_commit(pushes: &[Verified], answers: Vec<Answer>) -> Vec<Answer> {
    if broken::is("ack before commit") { ack(pushes, answers) } else { answers }
}

/// "burst acknowledges all": a shared commit that failed is answered as if it had not, and nothing of it is tried again.
pub(super) fn ack_of_the_burst(pushes: &[Verified], answers: Vec<Answer>) -> Vec<Answer> {
    if broken::is("burst acknowledges all") { ack(pushes, answers) } else { answers }
}

fn ack(pushes: &[Verified], answers: Vec<Answer>) -> Vec<Answer> {
    for (push, answer) in pushes.iter().zip(answers) {
        let (standings, high, at_ms) = (HashMap::new(), push.last(), now_ms());
        // Nobody may wait for it any more.
        let _ = answer.send(Ok(Committed { standings, high, forked: false, at_ms }));
    }
    pushes.iter().map(|_| oneshot::channel().0).collect()
}
