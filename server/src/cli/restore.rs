//! `zhucun restore`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args as Arguments;

use crate::{
    backup::restore::{self, Account},
    config::{Config, Place},
};

/// Restore a backup into the database of the settings, which must be empty, and work in what was shipped since.
///
/// A new epoch begins: phones send again what this server does not have. Cut short, run it again with the same backup. Without --log the
/// setting "ship" says where the log is; --no-log does without. Fails where the log is not whole, after it has brought back what it could.
#[derive(Debug, Arguments)]
#[command(after_help = "Example:\n  zhucun restore /mnt/backups/backup-20261122T190000.000Z --log /mnt/ship")]
pub struct Args {
    /// The backup's folder.
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// Where the shipped log is: a folder, or s3://BUCKET/PREFIX.
    #[arg(long, value_name = "PLACE", conflicts_with = "no_log")]
    log: Option<Place>,
    /// Do without the shipped log.
    #[arg(long)]
    no_log: bool,
}

/// Restores it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let log = args.log.or_else(|| config.ship.clone()).filter(|_| !args.no_log);
    let account = restore::restore(config, &args.backup, log.as_ref()).await?;
    for line in told(&account) {
        println!("{line}");
    }
    let faults = account.log.iter().flat_map(|log| &log.faults);
    faults.clone().for_each(|fault| eprintln!("{fault}"));
    Ok(if faults.count() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The account, for a person. Pure.
fn told(account: &Account) -> Vec<String> {
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().strftime("%Y-%m-%d %H:%M:%S UTC");
    let mut told = vec![format!("restored: {} pushes as of {}", account.pushes, at(account.taken_ms))];
    told.push(match &account.log {
        Some(log) => format!("log: {} segments, {} pushes brought back, {} lines", log.segments, log.pushes, log.lines),
        None => "log: none; what the office decided since must be decided again (GET /v1/restores)".to_owned(),
    });
    told.push(match account.newest_ms {
        Some(ms) => format!("newest: received {}; phones send what came after", at(ms)),
        None => "newest: nothing was ever received".to_owned(),
    });
    let (here, missing) = account.photos;
    told.push(format!("photos: {here} here, {missing} missing (phones that keep them send them again)"));
    told
}
