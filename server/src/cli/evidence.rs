//! `zhucun evidence`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, ensure};
use clap::Args as Arguments;
use jiff::civil::Date;
use zhucun_presence::day::Calendar;

use super::with_app;
use crate::{
    config::Config,
    evidence::take::{self, Selection},
};

/// Write some records, with all that proves them, into a folder that anyone can check without the server (`zhucun verify FOLDER`).
///
/// Whole records are handed out: all lines of each, the photos that belong to them, and what they are judged by (enrolments, rights,
/// templates, decisions). Of other lines in the same pushes nothing but their hash is told.
#[derive(Debug, Arguments)]
pub struct Args {
    /// The folder to write; it must not be there yet.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// A record; may be given several times.
    #[arg(long, num_args = 3, value_names = ["SCOPE", "KIND", "ID"])]
    record: Vec<String>,
    /// All records of a scope; may be given several times.
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// All records in which that person's phones wrote, on the days from --from to --to.
    #[arg(long, value_name = "PERSON", requires_all = ["from", "to"])]
    person: Option<String>,
    /// The first day, by the server's time zone.
    #[arg(long, value_name = "DATE", requires = "person")]
    from: Option<Date>,
    /// The last day.
    #[arg(long, value_name = "DATE", requires = "person")]
    to: Option<Date>,
}

impl Args {
    fn selection(&self, config: &Config) -> anyhow::Result<Selection> {
        let mut told = Vec::new();
        let records: Vec<(String, String, String)> =
            self.record.as_chunks::<3>().0.iter().cloned().map(|[scope, kind, id]| (scope, kind, id)).collect();
        told.extend(records.iter().map(|(scope, kind, id)| format!("record {scope} {kind} {id}")));
        told.extend(self.scope.iter().map(|scope| format!("scope {scope}")));
        let mut person = None;
        if let Some(((name, from), to)) = self.person.clone().zip(self.from).zip(self.to) {
            ensure!(from <= to, "--from is behind --to");
            let calendar = Calendar(config.time_zone.clone());
            told.push(format!("person {name} from {from} to {to}"));
            person = Some((name, calendar.bounds(from).start_ms, calendar.bounds(to).end_ms));
        }
        ensure!(!told.is_empty(), "say what: --record, --scope, or --person with --from and --to");
        Ok(Selection { records, scopes: self.scope.clone(), person, told: told.join("; ") })
    }
}

/// Writes it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let selection = args.selection(&config)?;
    with_app(config, async |app| {
        let taken = take::take(app, &selection, &args.out).await.context("the folder of evidence")?;
        println!("evidence: {} records, {} photos in {}", taken.records, taken.photos, args.out.display());
        if taken.unproved > 0 {
            println!("of {} records the lines in it do not show all; they are named in manifest.json", taken.unproved);
        }
        let kids: Vec<String> = app.keys.public.iter().map(sync_protocol::sign::PublicKey::kid).collect();
        println!("whoever checks it asks for this id of the server's key elsewhere: {}", kids.join(" "));
        Ok(())
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}
