//! `zhucun drill`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args as Arguments;

use crate::{
    backup::drill,
    config::{Config, Place},
};

/// Restore the newest backup aside, work the shipped log in, and compare with the server: one line, `ok` or `not ok`.
///
/// For a nightly timer. It needs room for one more database beside the backups, and changes nothing.
#[derive(Debug, Arguments)]
pub struct Args {
    /// The folder of backups; without it the setting "backups".
    #[arg(long, value_name = "FOLDER")]
    backups: Option<PathBuf>,
    /// Where the shipped log is: a folder, or s3://BUCKET/PREFIX; without it the setting "ship".
    #[arg(long, value_name = "PLACE")]
    log: Option<Place>,
    /// Do not look at the server's database: compare with what the backup says, and with what its lines come to.
    #[arg(long)]
    alone: bool,
}

/// Does it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let backups = args.backups.unwrap_or_else(|| config.backups.clone());
    let log = args.log.or_else(|| config.ship.clone());
    let (faults, told) = match drill::drill(&config, &backups, log.as_ref(), args.alone).await {
        Ok(verdict) => (verdict.faults, verdict.told),
        Err(error) => (vec![format!("{error:#}")], String::new()),
    };
    match faults.first() {
        None => println!("ok {told}"),
        Some(first) => {
            let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
            println!("not ok {first}{more}; {told}");
            faults.iter().skip(1).for_each(|fault| eprintln!("{fault}"));
        }
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
