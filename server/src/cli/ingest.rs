//! `zhucun ingest`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args as Arguments;

use super::with_app;
use crate::{config::Config, sync::push};

/// Take pushes from files, as a phone saved them for a colleague or a USB stick to carry.
///
/// Each is authorised by the signature in it, so anyone may bring it. Twice changes nothing.
#[derive(Debug, Arguments)]
pub struct Args {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the server's receipts, one a line, into this file for the way back.
    #[arg(long, value_name = "FILE")]
    receipts: Option<PathBuf>,
}

/// Takes them.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut all_taken = true;
    let mut receipts = String::new();
    with_app(config, async |app| {
        for file in &args.files {
            let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
            let done = push::ingest(app, &bytes).await.with_context(|| file.display().to_string())?;
            println!("{}: {} pushes taken", file.display(), done.receipts.len());
            for receipt in &done.receipts {
                println!("  {} lines {} to {}", receipt.install, receipt.from, receipt.to);
                receipts.push_str(&serde_json::to_string(receipt)?);
                receipts.push('\n');
            }
            for problem in &done.problems {
                all_taken = false;
                eprintln!("  not taken: {problem}");
            }
        }
        Ok(())
    })
    .await?;
    if let Some(file) = &args.receipts {
        std::fs::write(file, receipts).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(if all_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
