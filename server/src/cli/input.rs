//! What commands take from whoever sits there: passwords.

use std::io::Read as _;

use anyhow::Context as _;
use clap::Args;

/// Where a password comes from. Never from the command line, which other users of the machine can read.
#[derive(Debug, Args)]
pub struct PasswordArgs {
    /// Read the password from standard input. Without this one is made and printed.
    #[arg(long)]
    pub password_stdin: bool,
}

/// A password, and whether it was made here and has to be told.
pub struct Password {
    /// The password.
    pub text: String,
    /// Nobody knows it yet.
    pub made: bool,
}

/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789X";

impl PasswordArgs {
    /// The password.
    pub fn read(&self) -> anyhow::Result<Password> {
        if !self.password_stdin {
            return Ok(Password { text: made(crate::app::random_bytes()), made: true });
        }
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading the password")?;
        let text = text.strip_suffix('\n').map(|t| t.strip_suffix('\r').unwrap_or(t)).unwrap_or(&text).to_owned();
        Ok(Password { text, made: false })
    }
}

/// Sixteen characters of five random bits each.
fn made(random: [u8; 16]) -> String {
    random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_are_long_enough_and_differ() {
        let distinct: std::collections::BTreeSet<&u8> = ALPHABET.iter().collect();
        assert_eq!(distinct.len(), 32);
        assert_eq!(made([255; 16]), "X".repeat(16));
        assert!(made([0; 16]).len() >= crate::auth::passwords::MIN_CHARS);
    }
}
