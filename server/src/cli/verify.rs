//! `zhucun verify`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::{unwired, with_app};
use crate::config::Config;

/// Check chains, signatures and photos from the bytes alone; fails where something does not hold.
#[derive(Debug, Arguments)]
pub struct Args {
    /// Check photo bytes against their hashes too. Reads every photo.
    #[arg(long)]
    photos: bool,
}

/// Checks them.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |_app| unwired(&format!("sync::store::audit (photos: {})", args.photos))).await?;
    Ok(ExitCode::SUCCESS)
}
