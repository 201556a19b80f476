//! `zhucun template`.

use std::process::ExitCode;

use crate::registry::cli;

pub use crate::registry::cli::TemplateArgs as Args;

/// Writes it; of a server it needs nothing.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    cli::template(args)?;
    Ok(ExitCode::SUCCESS)
}
