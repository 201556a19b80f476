//! `make bench`: the load program. Prints its figures as tables in Markdown, and writes them as JSON.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use zhucun_tests::{
    load::{
        country,
        figures::OfDatabase,
        fill, gallery, idle,
        report::Tables,
        run::{self, Plan},
        steady,
    },
    server::{self, Database, Server},
};

/// Measures how much the server takes in: standard visits a second, durable and with all follow-up work done, on SQLite and PostgreSQL.
#[derive(Parser)]
struct Arguments {
    /// The server's program, a release build; the one beside this program when missing.
    #[arg(long, env = "ZHUCUN_BIN")]
    server: Option<PathBuf>,
    /// Where the figures go as JSON.
    #[arg(long, default_value = "target/bench/report.json")]
    report: PathBuf,
    /// Only this database.
    #[arg(long, value_enum)]
    database: Option<Which>,
    /// Phones.
    #[arg(long, default_value_t = 40)]
    phones: usize,
    /// Visits that each phone sends in one measurement.
    #[arg(long, default_value_t = 40)]
    visits: usize,
    /// Standard visits a push.
    #[arg(long, value_delimiter = ',', default_value = "1,4,20")]
    sizes: Vec<usize>,
    /// Connections on which visits are sent: one a phone.
    #[arg(long, default_value_t = 40)]
    connections: usize,
    /// Connections on which small operations are sent.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    note_connections: Vec<usize>,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    repeats: usize,
    /// Measures only this: so many connections that listen for events, and how soon all of them are poked.
    #[arg(long, value_name = "CONNECTIONS")]
    idle: Option<usize>,
    /// Measures only this: how fast it stays while it fills with so many records, in pushes of 20 visits.
    #[arg(long, value_name = "RECORDS")]
    fill: Option<usize>,
    /// Measures only this: how long a manager waits for each kind of question among so many photos.
    #[arg(long, value_name = "PHOTOS")]
    gallery: Option<usize>,
    /// Measures only this: how fast a day's verdicts of the members of so many villages are derived, and again after something changed
    #[arg(long, value_name = "VILLAGES")]
    country: Option<usize>,
    /// Measures only this: how long a push of one visit takes at half of the most that there can be.
    #[arg(long)]
    steady: bool,
    /// Ends with an error if a bar is not reached.
    #[arg(long)]
    enforce: bool,
}

/// Most memory of a server with so many connections that listen as are measured by default, bytes.
const BAR_IDLE_BYTES: u64 = 200_000_000;

async fn idle(arguments: &Arguments, binary: &Path, connections: usize) -> Result<bool> {
    let database = arguments.databases()[0];
    let mut server = Server::demo(binary, database).await?;
    let idle = idle::measure(&server, connections).await?;
    println!("{}: {idle}", database.name());
    server.stop().await?;
    Ok(idle.idle <= BAR_IDLE_BYTES || !arguments.enforce)
}

async fn filled(arguments: &Arguments, binary: &Path, records: usize) -> Result<bool> {
    let mut good = true;
    println!("{}", fill::Part::HEAD);
    for database in arguments.databases() {
        let parts = fill::measure(binary, database, records, |part| println!("| {} | {part} |", database.name()));
        if let Some(slowest) = fill::below_bar(&parts.await.with_context(|| database.name())?) {
            println!("below the bar: {}: at its slowest {slowest:.2} of the rate at the beginning", database.name());
            good = false;
        }
    }
    Ok(good || !arguments.enforce)
}

async fn gallery(arguments: &Arguments, binary: &Path, photos: usize) -> Result<bool> {
    let mut told = vec![gallery::Kind::HEAD.to_owned()];
    let mut good = true;
    for database in arguments.databases() {
        for kind in gallery::measure(binary, database, photos).await.with_context(|| database.name())? {
            told.push(format!("| {} | {kind} |", database.name()));
            good &= !kind.is_below_bar();
        }
    }
    println!("\n{}", told.join("\n"));
    Ok(good || !arguments.enforce)
}

async fn steady(arguments: &Arguments, binary: &Path) -> Result<bool> {
    let mut good = true;
    for database in arguments.databases() {
        let steady = steady::measure(binary, database).await.with_context(|| database.name())?;
        println!("{}: {steady}", database.name());
        good &= !steady.is_below_bar();
    }
    Ok(good || !arguments.enforce)
}

async fn country(arguments: &Arguments, binary: &Path, villages: usize) -> Result<bool> {
    let mut good = true;
    for database in arguments.databases() {
        let country = country::measure(binary, database, villages).await.with_context(|| database.name())?;
        println!("{}: {country}", database.name());
        good &= !country.is_below_bar();
    }
    Ok(good || !arguments.enforce)
}

impl Arguments {
    fn databases(&self) -> Vec<Database> {
        match self.database {
            Some(Which::Sqlite) => vec![Database::Sqlite],
            Some(Which::Postgres) => vec![Database::Postgres],
            None => vec![Database::Sqlite, Database::Postgres],
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("no figures: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<bool> {
    let begun = Instant::now();
    let binary = server::named(arguments.server.as_deref())?;
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: the figures say nothing.");
    }
    if let Some(connections) = arguments.idle {
        return idle(arguments, &binary, connections).await;
    }
    if let Some(records) = arguments.fill {
        return filled(arguments, &binary, records).await;
    }
    if let Some(photos) = arguments.gallery {
        return gallery(arguments, &binary, photos).await;
    }
    if let Some(villages) = arguments.country {
        return country(arguments, &binary, villages).await;
    }
    if arguments.steady {
        return steady(arguments, &binary).await;
    }
    let plan = Plan {
        phones: arguments.phones,
        visits_a_phone: arguments.visits,
        sizes: arguments.sizes.clone(),
        connections: arguments.connections,
        note_connections: arguments.note_connections.clone(),
        repeats: arguments.repeats,
    };
    let mut figures: Vec<OfDatabase> = Vec::new();
    for database in arguments.databases() {
        eprintln!("{} …", database.name());
        figures.push(run::measure(&binary, database, &plan).await.with_context(|| database.name())?);
    }
    println!("{}", Tables(&figures));
    if let Some(folder) = arguments.report.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&arguments.report, serde_json::to_string_pretty(&figures)?)?;
    println!("{:.0} s; the same as JSON: {}", begun.elapsed().as_secs_f64(), arguments.report.display());
    let below: Vec<String> = figures.iter().flat_map(OfDatabase::below_bar).collect();
    below.iter().for_each(|sentence| println!("below the bar: {sentence}"));
    Ok(below.is_empty() || !arguments.enforce)
}
