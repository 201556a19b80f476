//! `zhucun rebuild`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::{unwired, with_app};
use crate::config::Config;

/// Make all records, standings and projections again from the lines.
///
/// The lines are the truth; everything else can be made again. Stop the server first.
#[derive(Debug, Arguments)]
pub struct Args {
    /// Only compare: change nothing, and fail where something differs.
    #[arg(long)]
    check: bool,
}

/// Makes them.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |_app| unwired(&format!("sync::store::rebuild (check: {})", args.check))).await?;
    Ok(ExitCode::SUCCESS)
}
