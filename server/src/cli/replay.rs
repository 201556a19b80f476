//! `zhucun replay`.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args as Arguments;

use super::with_app;
use crate::{
    app,
    backup::replay::Replay,
    config::{Config, Place},
    jobs,
    ship::depot,
};

/// Work the shipped log into a database that was put back by other means than `zhucun restore`: what the office decided comes back too.
///
/// Each push in it is signed, so twice changes nothing, and the server may go on working. Fails where the log is not whole.
#[derive(Debug, Arguments)]
pub struct Args {
    /// Where the shipped log is: a folder, or s3://BUCKET/PREFIX; without it the setting "ship".
    #[arg(long, value_name = "PLACE")]
    log: Option<Place>,
}

/// Works it in.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let log = args.log.or_else(|| config.ship.clone()).context("no log: give --log, or the setting \"ship\"")?;
    let log = depot::existing(&log, &config).await?;
    let mut whole = true;
    with_app(config, async |app| {
        let mut replay = Replay::of_all(app, &*log);
        replay.run().await?;
        let done = replay.end().await?;
        let handlers = app::job_handlers(app);
        while jobs::once(&app.db, &handlers).await? > 0 {}
        println!("replay: {} segments, {} pushes brought back, {} lines", done.segments, done.pushes, done.lines);
        done.faults.iter().for_each(|fault| eprintln!("{fault}"));
        whole = done.faults.is_empty();
        Ok(())
    })
    .await?;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
