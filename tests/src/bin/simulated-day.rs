//! `make demo`: the simulated day on the real server, then a month of one town with its sheet, told for people to read, and as JSON in
//! `target/demo/report.json`; the sheet as files beside it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, Result};
use clap::Parser;
use serde_json::json;
use zhucun_tests::{
    account::Account,
    day, month,
    server::{self, Database, Server},
};

/// Plays one day in 35 villages: captured offline, reconciled, verified; and a month of one town, signed off and sealed. Exits 0 only if every
/// expectation held.
#[derive(Parser)]
struct Arguments {
    /// The server's program; the one beside this program when missing.
    #[arg(long, env = "ZHUCUN_BIN")]
    server: Option<PathBuf>,
    /// Where the account goes as JSON.
    #[arg(long, default_value = "target/demo/report.json")]
    report: PathBuf,
    /// Plays it on a PostgreSQL of its own instead of SQLite.
    #[arg(long)]
    postgres: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the simulated day could not be played to its end: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<bool> {
    let begun = Instant::now();
    let binary = server::named(arguments.server.as_deref())?;
    let database = if arguments.postgres { Database::Postgres } else { Database::Sqlite };
    println!(
        "驻村 Zhucun: one simulated day on the real server, {} and a folder that goes afterwards.",
        database.name()
    );
    let mut server = Server::demo(&binary, database).await?;
    let account = day::play(&mut server).await?;
    println!("{account}");
    let mut server = Server::demo(&binary, database).await?;
    let files = arguments.report.parent().unwrap_or(Path::new("."));
    let of_month = month::play(&server, files).await?;
    server.stop().await?;
    println!("{of_month}");
    let account = account.and(of_month);
    let seconds = begun.elapsed().as_secs_f64();
    write(&arguments.report, &account, database, seconds)?;
    println!("{seconds:.1} s; the same as JSON: {}", arguments.report.display());
    Ok(account.all_held())
}

fn write(path: &Path, account: &Account, database: Database, seconds: f64) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let report = json!({
        "held": account.all_held(), "database": database.name(), "seconds": seconds,
        "story": account.story, "expectations": account.expectations,
    });
    std::fs::write(path, serde_json::to_string_pretty(&report)?).with_context(|| path.display().to_string())
}
