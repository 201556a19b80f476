//! `zhucun config`.

use clap::{Args as Arguments, Subcommand};

/// Show the settings.
#[derive(Debug, Arguments)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
enum What {
    /// Print the commented default file: what settings there are and what they mean. Save it as zhucun.toml.
    Default,
    /// Print the settings that hold here, and where each comes from. A database's password is masked.
    Show,
}

impl Args {
    /// Whether the answer is the same whatever the settings are: then it is given though they are wrong.
    pub fn needs_nothing(&self) -> bool {
        self.what == What::Default
    }
}
