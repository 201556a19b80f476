//! `zhucun merge-villages`.

use std::process::ExitCode;

use super::with_app;
use crate::{config::Config, registry::cli};

pub use crate::registry::cli::merger::MergerArgs as Args;

/// Does it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| cli::merger::merge(app, args).await).await?;
    Ok(ExitCode::SUCCESS)
}
