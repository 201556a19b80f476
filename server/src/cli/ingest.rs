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
    /// Write the server's answers into this file, for the way back to the phones.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

/// Takes them.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut all_taken = true;
    let mut answers = Vec::new();
    with_app(config, async |app| {
        for file in &args.files {
            let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
            let done = push::ingest(app, &bytes).await;
            println!("{}: {} pushes taken", file.display(), done.answers.len());
            for receipt in done.answers.iter().map(|answer| &answer.receipt) {
                println!("  {} lines {} to {}", receipt.install, receipt.from, receipt.to);
            }
            answers.extend(done.answer_file());
            for problem in &done.problems {
                all_taken = false;
                eprintln!("  not taken: {problem}");
            }
        }
        Ok(())
    })
    .await?;
    if let Some(file) = &args.answers {
        std::fs::write(file, answers).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(if all_taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
