//! `zhucun ingest`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args as Arguments;

use super::{unwired, with_app};
use crate::config::Config;

/// Take pushes from files, as a phone saved them for a colleague or a USB stick to carry.
///
/// Each is authorised by the signature in it, so anyone may bring it. Twice changes nothing.
#[derive(Debug, Arguments)]
pub struct Args {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the server's answers (receipts), for the way back, into this folder.
    #[arg(long, value_name = "FOLDER")]
    answers: Option<PathBuf>,
}

/// Takes them.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |_app| {
        let files =
            args.files.iter().map(|file| std::fs::read(file).with_context(|| format!("reading {}", file.display())));
        let _pushes = files.collect::<anyhow::Result<Vec<Vec<u8>>>>()?;
        unwired(&format!("sync::push::take (answers: {:?})", args.answers))
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}
