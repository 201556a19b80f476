//! Running an import: reads what is known, plans, writes.

use super::{
    fault::LineFault,
    kind::Kind,
    plan::{Context, Options, Report, plan},
};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
    registry::store,
    sync::drafts::Acting,
};

/// Imports a file, all of it or nothing. The caller has checked that the person may.
pub async fn run(app: &App, acting: &Acting, kind: Kind, bytes: Vec<u8>, options: Options) -> Result<Report, Problem> {
    let known = store::known(&app.db.read, kind.needs()).await?;
    let context = Context { options, time_zone: app.config.time_zone.clone(), role: acting.role };
    // A file of some megabytes takes long enough to parse that other requests must not wait behind it.
    let planned = tokio::task::spawn_blocking(move || plan(kind, &bytes, &context, &known)).await;
    let planned = planned.map_err(Problem::internal)?.map_err(refused)?;
    if !planned.drafts.is_empty() {
        app.committer.write(acting, planned.drafts).await?;
    }
    Ok(planned.report)
}

/// The problem that tells a client what is wrong with a file.
pub fn refused(faults: Vec<LineFault>) -> Problem {
    let lines = match faults.len() {
        1 => "1 fault".to_owned(),
        n => format!("{n} faults"),
    };
    Problem::new(ErrorCode::ImportRefused, lines).with("faults", faults)
}
