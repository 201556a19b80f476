//! `zhucun backup`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args as Arguments;

use super::with_app;
use crate::{
    backup::{folder, take},
    config::Config,
};

/// Take a backup: the database as one file, and the photos. The server may go on working.
///
/// Without --to it goes into the setting "backups". Best on another disk; it holds the server's keys and must be as private as the data.
#[derive(Debug, Arguments)]
#[command(after_help = "Example, each night:\n  zhucun backup --keep 30 && zhucun drill")]
pub struct Args {
    /// The folder of backups.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Afterwards keep only this many backups, the newest. Photos stay.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

/// Takes it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let into = args.to.unwrap_or_else(|| config.backups.clone());
    with_app(config, async |app| {
        let (path, manifest) = take::take(app, &into).await?;
        println!(
            "backup: {} ({} pushes, {} lines, {} photos)",
            path.display(),
            manifest.summary.pushes,
            manifest.summary.lines,
            manifest.photos
        );
        if manifest.photos_missing > 0 {
            eprintln!("{} photos that should be complete are not in the store", manifest.photos_missing);
        }
        if let Some(keep) = args.keep {
            for old in folder::keep(&into, keep.into())? {
                println!("removed: {}", old.display());
            }
        }
        Ok(())
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}
