//! `zhucun demo`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::{unwired, with_app};
use crate::{app::App, config::Config};

/// Load the demo district: 35 real villages, invented people, synthetic fences.
///
/// Only into a server that holds nothing yet. Prints the demo sign-ins.
#[derive(Debug, Arguments)]
pub struct Args {}

/// Loads it.
pub async fn run(_args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| load_if_empty(app).await).await?;
    Ok(ExitCode::SUCCESS)
}

/// Loads it where there is nothing yet.
pub async fn load_if_empty(_app: &App) -> anyhow::Result<()> {
    unwired("registry::demo")
}
