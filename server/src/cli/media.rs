//! `zhucun media`.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Context as _, ensure};
use clap::{Args as Arguments, Subcommand};

use crate::{
    config::{Config, Place},
    media::{
        blobs::{self, BlobStore},
        copy::{self, Aside, Copied},
    },
    s3::{Access, Bucket},
};

/// Work on the stores of photos.
#[derive(Debug, Arguments)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Copy(CopyArgs),
}

/// Copy all complete photos from one store to another, with their renditions, verified by their hashes.
///
/// Servers may go on working. To move: copy; set "media_store" and restart all servers; copy once more for what came meanwhile, and then
/// delete the old ones. Cut short, run it again: what has arrived is not sent twice.
#[derive(Debug, Arguments)]
#[command(after_help = "Example:\n  zhucun media copy --from folder:/srv/zhucun/data/media --to s3://zhucun/photos")]
struct CopyArgs {
    /// Where they are: folder:PATH, or s3://BUCKET/PREFIX (with the settings "s3_…").
    #[arg(long, value_name = "PLACE")]
    from: Place,
    /// Where they are to go, likewise.
    #[arg(long, value_name = "PLACE")]
    to: Place,
    /// Read and compare those that are there already, too.
    #[arg(long)]
    check: bool,
}

/// Does it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let What::Copy(args) = args.what;
    ensure!(args.from != args.to, "--from and --to are one place");
    if let Place::Folder(path) = &args.from {
        ensure!(path.is_dir(), "there is no folder {}", path.display());
    }
    let (from, to) = (usable(&args.from, &config).await?, usable(&args.to, &config).await?);
    let aside = Aside::open(config.media.join("copying"))?;
    let done = copy::copy(&*from, &*to, &aside, args.check, |done| eprintln!("{} …", told(done))).await?;
    println!("{}", told(&done));
    done.faults.iter().for_each(|fault| eprintln!("{fault}"));
    Ok(if done.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn usable(place: &Place, config: &Config) -> anyhow::Result<Arc<dyn BlobStore>> {
    if let Place::S3(at) = place {
        Bucket::open(at.clone(), Access::of(config)).await.check().await?;
    }
    blobs::open(place, config).await.with_context(|| format!("the photos in {place}"))
}

fn told(done: &Copied) -> String {
    let wrong = if done.faults.is_empty() { String::new() } else { format!(", {} not", done.faults.len()) };
    format!("copied: {} files, {} bytes; {} were there{wrong}", done.copied, done.bytes, done.there)
}
