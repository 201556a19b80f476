//! `zhucun import`.

use std::process::ExitCode;

use super::with_app;
use crate::{config::Config, registry::cli};

pub use crate::registry::cli::ImportArgs as Args;

/// Imports it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| cli::import(app, args).await).await?;
    Ok(ExitCode::SUCCESS)
}
