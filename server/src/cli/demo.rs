//! `zhucun demo`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::with_app;
use crate::{
    app::App,
    auth::{people, store},
    config::Config,
    registry::demo,
};

/// Load the demo district: 35 real villages, invented people, synthetic fences.
///
/// Done again it changes nothing that is there. Prints the demo sign-ins.
#[derive(Debug, Arguments)]
pub struct Args {}

/// Loads it.
pub async fn run(_args: Args, config: Config) -> anyhow::Result<ExitCode> {
    with_app(config, async |app| load(app).await).await?;
    Ok(ExitCode::SUCCESS)
}

/// Loads what of it is missing, and says how to sign in.
pub async fn load(app: &App) -> anyhow::Result<()> {
    let report = demo::load(app, &demo::acting()).await?;
    if report.created > 0 {
        println!("The demo district {} was loaded: {} records.", demo::DISTRICT_NAME, report.created);
    }
    // One hash for all: sixteen passwords that are the same and printed on the screen need not be salted apart.
    let mut hash = None;
    for one in demo::sign_ins() {
        if store::account(&app.db, one.name).await?.is_none() {
            if hash.is_none() {
                hash = Some(app.gate.passwords.hash(demo::PASSWORD.to_owned()).await?);
            }
            people::add_hashed(&app.db, one.name, &one.person, hash.clone().unwrap_or_default()).await?;
        }
    }
    let names: Vec<&str> = demo::sign_ins().iter().map(|s| s.name).collect();
    println!("Demo sign-ins, all with the password {}: {}.", demo::PASSWORD, names.join(", "));
    Ok(())
}
