//! `zhucun rebuild`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::with_app;
use crate::{app, config::Config, jobs, sync::store::rebuild};

/// Make all records, standings and projections again from the lines.
///
/// The lines are the truth; everything else can be made again. What comes out as it was keeps its place in the feed.
#[derive(Debug, Arguments)]
pub struct Args {
    /// Only compare: change nothing, and fail where a record differs.
    #[arg(long)]
    check: bool,
}

/// Makes them.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut same = true;
    with_app(config, async |app| {
        let tx = app.db.begin().await?;
        let rebuilt = rebuild::rebuild(&tx, &app.committer.context(), app::now_ms()).await?;
        same = rebuilt.moved == 0;
        if args.check {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
            let handlers = app::job_handlers(app);
            while jobs::once(&app.db, &handlers).await? > 0 {}
        }
        println!("rebuild: {} records, {} of them not as they were", rebuilt.records, rebuilt.moved);
        Ok(())
    })
    .await?;
    Ok(if same || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
