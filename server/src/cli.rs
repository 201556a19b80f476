//! The command line. Each command is a file; this one names them and finds the settings.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::{
    app::{self, Running},
    config::{self, Effective, Given, LogFormat},
};

mod backup;
mod config_show;
mod demo;
mod drill;
mod enroll;
mod evidence;
mod handover;
mod import;
mod import_country;
mod ingest;
mod init;
mod input;
mod media;
mod merge_villages;
mod paper;
mod rebuild;
mod replay;
mod restore;
mod retention;
mod serve;
mod template;
mod user;
mod verify;

/// Zhucun (驻村): a sync server for field inspection where the network is bad.
#[derive(Debug, Parser)]
#[command(name = "zhucun", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    /// The file of settings. Without it: zhucun.toml in the working folder, else in the data folder, else the defaults.
    #[arg(long, global = true, env = "ZHUCUN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  zhucun serve --demo                          try it: the demo district, on http://127.0.0.1:8080
  zhucun init --district zjedz                 a server of your own: data folder, keys, first administrator
  zhucun import places divisions.csv --district zjedz
  zhucun template people people.xlsx           a blank table to fill in
  zhucun user add wang --person zjedz.p.wang
  zhucun enroll zjedz.p.wang                   a code, and a QR code, for a phone
  zhucun config default > zhucun.toml          every setting, with what it means

`zhucun COMMAND --help` explains each.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Init(init::Args),
    Demo(demo::Args),
    Import(import::Args),
    ImportCountry(import_country::Args),
    Template(template::Args),
    Handover(handover::Args),
    MergeVillages(merge_villages::Args),
    Paper(paper::Args),
    User(user::Args),
    Enroll(enroll::Args),
    Ingest(ingest::Args),
    Rebuild(rebuild::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Replay(replay::Args),
    Drill(drill::Args),
    Media(media::Args),
    Retention(retention::Args),
    Verify(verify::Args),
    Evidence(evidence::Args),
    Config(config_show::Args),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("zhucun: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    if let Command::Config(args) = &cli.command
        && args.needs_nothing()
    {
        print!("{}", config::DEFAULT_FILE);
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Template(args) = &cli.command {
        return template::run(args);
    }
    #[cfg(feature = "testing")]
    crate::testing::play_older();
    if let Command::Verify(args) = &cli.command
        && args.needs_nothing()
    {
        return Ok(verify::run_on_files(args));
    }
    let settings = settings(cli.config)?;
    let serving = matches!(cli.command, Command::Serve(_));
    log(&settings.config, serving);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(args, settings.config).await,
            Command::Init(args) => init::run(args, settings.config).await,
            Command::Demo(args) => demo::run(args, settings.config).await,
            Command::Import(args) => import::run(args, settings.config).await,
            Command::ImportCountry(args) => import_country::run(args, settings.config).await,
            Command::Handover(args) => handover::run(args, settings.config).await,
            Command::MergeVillages(args) => merge_villages::run(args, settings.config).await,
            Command::Paper(args) => paper::run(args, settings.config).await,
            Command::User(args) => user::run(args, settings.config).await,
            Command::Enroll(args) => enroll::run(args, settings.config).await,
            Command::Ingest(args) => ingest::run(args, settings.config).await,
            Command::Rebuild(args) => rebuild::run(args, settings.config).await,
            Command::Backup(args) => backup::run(args, settings.config).await,
            Command::Replay(args) => replay::run(args, settings.config).await,
            Command::Restore(args) => restore::run(args, settings.config).await,
            Command::Drill(args) => drill::run(args, settings.config).await,
            Command::Media(args) => media::run(args, settings.config).await,
            Command::Retention(args) => retention::run(args, settings.config).await,
            Command::Verify(args) => verify::run(args, settings.config).await,
            Command::Evidence(args) => evidence::run(args, settings.config).await,
            // Written above, where nothing of a server is needed.
            Command::Template(args) => template::run(&args),
            Command::Config(_) => {
                print!("{}", settings.show());
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}

/// The settings that hold here.
fn settings(named: Option<PathBuf>) -> anyhow::Result<Effective> {
    let environment: Vec<(String, String)> = std::env::vars().filter(|(name, _)| name.starts_with("ZHUCUN_")).collect();
    let data = environment.iter().find(|(name, _)| name == "ZHUCUN_DATA").map_or("data", |(_, value)| value.as_str());
    let usual = [PathBuf::from("zhucun.toml"), PathBuf::from(data).join("zhucun.toml")];
    let path = named.or_else(|| usual.into_iter().find(|path| path.is_file()));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        anyhow::Ok((path, text))
    };
    Ok(config::load(&Given { file: path.map(read).transpose()?, environment })?)
}

/// A server logs as it is told; a command only what went wrong. Always to standard error: standard output is for answers.
fn log(config: &config::Config, serving: bool) {
    let filter = tracing_subscriber::EnvFilter::new(if serving { config.log.as_str() } else { "warn" });
    let to_stderr = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // One set up already (by a test that calls commands) stays.
    let _ = match config.log_format {
        LogFormat::Text => to_stderr.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => to_stderr.json().try_init(),
    };
}

/// Starts what a command needs, does it, and ends it, whether it went well or not.
async fn with_app<T>(
    config: config::Config,
    work: impl AsyncFnOnce(&app::App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let running: Running = app::start(config).await?;
    let done = work(&running.app).await;
    running.stop().await;
    done
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_and_argument_explains_itself() {
        let mut cli = Cli::command();
        cli.build();
        let mut rest = vec![cli];
        while let Some(command) = rest.pop() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            rest.extend(command.get_subcommands().filter(|c| c.get_name() != "help").cloned());
        }
    }

    #[test]
    fn the_examples_are_right() {
        for line in EXAMPLES.lines().filter_map(|l| l.strip_prefix("  ")) {
            let words = line.split("   ").next().unwrap().split(" > ").next().unwrap().split_whitespace();
            Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{line}: {e}"));
        }
    }
}
