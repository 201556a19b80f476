//! `zhucun paper`.

use std::process::ExitCode;

use super::with_app;
use crate::{config::Config, registry::cli};

pub use crate::registry::cli::paper::PaperArgs as Args;

/// Compares.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| cli::paper::compare(app, args).await).await?;
    Ok(ExitCode::SUCCESS)
}
