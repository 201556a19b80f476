//! `zhucun handover`.

use std::process::ExitCode;

use super::with_app;
use crate::{config::Config, registry::cli};

pub use crate::registry::cli::handover::HandoverArgs as Args;

/// Does it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| cli::handover::hand_over(app, args).await).await?;
    Ok(ExitCode::SUCCESS)
}
