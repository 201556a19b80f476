//! `zhucun verify`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args as Arguments;

use crate::{
    config::{Config, Place},
    verify::{
        database::{self, Options},
        finding::{Finding, Report},
        folder::{self, Anchor},
        photos::Depth,
    },
};

/// The check could not be made.
const COULD_NOT: u8 = 2;

/// Check that everything kept is what came: each line as its phone signed it, every other table as the lines have it, each photo as its hash says.
///
/// It changes nothing, and may run while the server serves: it works on a copy, which takes two to three times the room of the database beside it
/// for as long as it runs. With PATH it checks files that someone was given, and needs neither settings nor database. Ends with 0 where all
/// holds, with 1 where anything does not (each with its row, on standard output), with 2 where it could not be checked.
#[derive(Debug, Arguments)]
pub struct Args {
    /// A folder of evidence (`zhucun evidence`), a folder of the shipped log, or a courier file.
    #[arg(value_name = "PATH", conflicts_with_all = ["photos", "no_rows", "against", "aside"])]
    path: Option<PathBuf>,
    /// With PATH: the server's keys, as `GET /v1/keys` shows them, from elsewhere.
    #[arg(long, value_name = "FILE", requires = "path")]
    keys: Option<PathBuf>,
    /// With PATH: the id of a key of the server, from elsewhere; the keys in the folder count if they have it.
    #[arg(long, value_name = "KID", requires = "path", conflicts_with = "keys")]
    kid: Vec<String>,
    /// How much of the photos is looked at: every byte, or their sizes, or nothing.
    #[arg(long, value_enum, default_value = "all")]
    photos: Depth,
    /// Do not make everything again from the lines to compare it: chains, signatures, lines and photos only.
    #[arg(long)]
    no_rows: bool,
    /// A copy of the shipped log that others keep (a folder, or `s3://bucket/prefix`): every push in it must be here, received when it says.
    #[arg(long, value_name = "PLACE")]
    against: Option<Place>,
    /// The folder for the copy; by default that of the data.
    #[arg(long, value_name = "FOLDER")]
    aside: Option<PathBuf>,
    /// One JSON object a finding, a line each.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Whether it is about files alone: then no settings are read.
    pub fn needs_nothing(&self) -> bool {
        self.path.is_some()
    }
}

/// Checks the database.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let Args { photos, no_rows, against, aside, json, .. } = args;
    let options = Options { photos, rows: !no_rows, against, aside };
    let mut tell = teller(json);
    let mut report = Report::new(&mut tell, progress, notes(json));
    let done = database::check(&config, &options, &mut report).await;
    Ok(ended(done, &report, json))
}

/// Checks files.
pub fn run_on_files(args: &Args) -> ExitCode {
    let anchor = Anchor { keys: args.keys.clone(), kids: args.kid.clone() };
    let mut tell = teller(args.json);
    let mut report = Report::new(&mut tell, progress, notes(args.json));
    let done = folder::check(args.path.as_deref().unwrap_or(Path::new(".")), &anchor, &mut report);
    ended(done, &report, args.json)
}

fn progress(text: &str) {
    eprintln!("{text} …");
}

/// Where programs read, findings stand alone.
fn notes(json: bool) -> fn(&str) {
    if json { |note| eprintln!("note: {note}") } else { |note| println!("note: {note}") }
}

fn teller(json: bool) -> impl FnMut(&Finding) {
    move |finding| {
        let told = if json { finding.json() } else { finding.to_string() };
        // Who stops reading has seen enough.
        let _ = writeln!(std::io::stdout(), "{told}");
    }
}

fn ended(done: anyhow::Result<()>, report: &Report<'_>, json: bool) -> ExitCode {
    if let Err(error) = done {
        eprintln!("zhucun: it could not be checked: {error:#}");
        return ExitCode::from(COULD_NOT);
    }
    let summary = report.summary();
    if json {
        eprintln!("{summary}")
    } else {
        println!("{summary}")
    }
    if report.findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
