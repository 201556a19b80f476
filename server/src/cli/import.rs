//! `zhucun import`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args as Arguments;

use super::{unwired, with_app};
use crate::{auth::bootstrap, config::Config, sync::drafts::Acting};

/// Import from a file: checks everything first, reports every bad line, changes nothing if one is bad. Twice changes nothing.
#[derive(Debug, Arguments)]
#[command(
    after_help = "Examples:\n  zhucun import places divisions.csv --district zjedz\n  zhucun import fences fences.geojson --district zjedz --datum gcj02"
)]
pub struct Args {
    /// What the file holds.
    #[arg(value_parser = KINDS)]
    kind: String,
    /// The file: CSV, GeoJSON (fences) or YAML (templates), UTF-8 or GB18030.
    file: PathBuf,
    /// The district it belongs to.
    #[arg(long)]
    district: String,
    /// Datum of the coordinates, where the file does not say: wgs84, gcj02 or bd09.
    #[arg(long)]
    datum: Option<String>,
    /// In whose name; the district's first administrator when missing.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
}

/// What can be imported.
const KINDS: [&str; 8] = ["places", "units", "people", "fences", "teams", "stations", "grants", "templates"];

/// Imports it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let _bytes = std::fs::read(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    with_app(config, async |app| {
        let by = match args.by {
            Some(by) => by,
            None => {
                let admin = bootstrap::admin_of(app, &args.district).await?;
                admin.with_context(|| format!("{} has no administrator; see `zhucun init`", args.district))?
            }
        };
        let _acting = Acting { person: by, role: mobile_schema::Role::Admin };
        unwired(&format!("registry::import of {} ({:?})", args.kind, args.datum))
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}
