//! `zhucun verify`.

use std::process::ExitCode;

use clap::Args as Arguments;

use super::with_app;
use crate::{config::Config, sync::store::audit};

/// Check from the bytes alone that every line is the one that came, on a chain that its phone signed.
///
/// Fails where something does not hold, and says what.
#[derive(Debug, Arguments)]
pub struct Args {}

/// Checks them.
pub async fn run(_args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut clean = true;
    with_app(config, async |app| {
        // One state of the database throughout: a server may be taking pushes meanwhile.
        let tx = app.db.snapshot().await?;
        let audit = audit::audit(&tx, &app.keys.public).await?;
        tx.commit().await?;
        for erased in &audit.erased {
            println!("{erased}");
        }
        for fault in &audit.faults {
            eprintln!("{fault}");
        }
        clean = audit.faults.is_empty();
        let verdict = if clean { "clean".to_owned() } else { format!("{} faults", audit.faults.len()) };
        println!("verify: {} installs, {} pushes, {} lines: {verdict}", audit.installs, audit.pushes, audit.lines);
        Ok(())
    })
    .await?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
