//! `zhucun ingest`.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args as Arguments;
use serde::Serialize;
use sync_protocol::{
    courier::{self, Label},
    ids::lower_hex,
};

use super::with_app;
use crate::{
    app::{self, App},
    config::Config,
    error::{ErrorCode, Problem},
    media::{Media, lookup, upload},
    sync::push,
};

/// Take pushes and photos from files, as a phone saved them for a colleague or a USB stick to carry.
///
/// Each push is authorised by the signature in it, and each photo by a push that promises it, so anyone may bring them. Twice changes nothing.
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
    let mut taken = Taken::default();
    with_app(config, async |app| {
        for file in &args.files {
            ingest(app, file, &mut taken).await.with_context(|| file.display().to_string())?;
        }
        Ok(())
    })
    .await?;
    if let Some(file) = &args.answers {
        std::fs::write(file, &taken.answers).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(if taken.all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Taken {
    /// The answers, as a courier file.
    answers: Vec<u8>,
    all: bool,
}

impl Default for Taken {
    fn default() -> Self {
        Self { answers: Vec::new(), all: true }
    }
}

impl Taken {
    fn answer(&mut self, label: Label, answer: &impl Serialize) {
        let body = serde_json::to_vec(answer).expect("plain values serialise");
        courier::add(&mut self.answers, &Label { status: Some(200), ..label }, &body);
        self.answers.push(b'\n');
    }

    fn refused(&mut self, what: &str, problem: &impl std::fmt::Display) {
        self.all = false;
        eprintln!("  {what} not taken: {problem}");
    }
}

async fn ingest(app: &App, file: &Path, taken: &mut Taken) -> anyhow::Result<()> {
    let (mut pushes, mut photos) = (0, 0);
    println!("{}:", file.display());
    for part in courier::read(BufReader::new(File::open(file)?)) {
        match part {
            Ok((Label { photo: Some(sha256), .. }, bytes)) => match photo(app, &sha256, bytes).await {
                Ok(receipt) => {
                    photos += 1;
                    taken.answer(Label { photo: Some(sha256), ..Label::default() }, &receipt);
                }
                Err(problem) => taken.refused(&format!("photo {sha256}"), &problem),
            },
            Ok((_, body)) => match push::take(app, &body).await {
                Ok(answer) => {
                    pushes += 1;
                    let receipt = &answer.receipt;
                    println!("  {} lines {} to {}", receipt.install, receipt.from, receipt.to);
                    taken.answer(Label { install: Some(receipt.install), ..Label::default() }, &answer);
                }
                Err(problem) => taken.refused("a push", &problem),
            },
            Err(bad) => taken.refused("the rest of the file", &bad),
        }
    }
    println!("  {pushes} pushes and {photos} photos taken");
    Ok(())
}

async fn photo(app: &App, sha256: &str, bytes: Vec<u8>) -> Result<lookup::PhotoReceipt, Problem> {
    let hash = lower_hex(sha256).ok_or_else(|| Problem::new(ErrorCode::BadRequest, "its label names no SHA-256"))?;
    let media = Media::of(app);
    upload::take_carried(&media, hash, bytes, app::now_ms()).await?;
    lookup::issue(&media, &hash).await
}
