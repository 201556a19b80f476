//! `zhucun import-country`.

use std::process::ExitCode;

use super::with_app;
use crate::{config::Config, registry::cli::country};

pub use crate::registry::cli::country::CountryArgs as Args;

/// Imports it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| country::import(app, args).await).await?;
    Ok(ExitCode::SUCCESS)
}
