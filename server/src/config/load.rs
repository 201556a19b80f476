//! Putting settings together: defaults, then the file, then the environment.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::{Config, ConfigError, DEFAULT_FILE, read};

/// Environment variables that begin like settings and are none: where the file is, and what tests are told.
const NO_SETTINGS: [&str; 2] = ["ZHUCUN_CONFIG", "ZHUCUN_TEST_"];

/// What the operator says.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The file and its text.
    pub file: Option<(PathBuf, String)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The defaults.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// A setting as it was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// The value, numbers as text.
    pub text: String,
    /// By whom.
    pub origin: Origin,
}

/// The settings that hold.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The settings.
    pub config: Config,
    /// Each setting as it was written, by name.
    pub written: BTreeMap<String, Written>,
}

/// Puts the settings together, or says which is wrong and what would be right. Pure.
pub fn load(given: &Given) -> Result<Effective, ConfigError> {
    let mut written = table(DEFAULT_FILE, &Origin::Default)?;
    if let Some((path, text)) = &given.file {
        let origin = Origin::File(path.clone());
        for (name, value) in table(text, &origin)? {
            set(&mut written, &name, value)?;
        }
    }
    for (variable, text) in &given.environment {
        let Some(name) = variable.strip_prefix("ZHUCUN_") else { continue };
        if NO_SETTINGS.iter().any(|no| variable.starts_with(no)) {
            continue;
        }
        let origin = Origin::Environment(variable.clone());
        set(&mut written, &name.to_ascii_lowercase(), Written { text: text.clone(), origin })?;
    }
    let mut filled = written;
    for stands_for in ["listen", "data"] {
        let value = filled[stands_for].text.clone();
        for each in filled.values_mut() {
            each.text = each.text.replace(&format!("{{{stands_for}}}"), &value);
        }
    }
    Ok(Effective { config: read::config(&filled)?, written: filled })
}

fn set(all: &mut BTreeMap<String, Written>, name: &str, value: Written) -> Result<(), ConfigError> {
    match all.get_mut(name) {
        Some(old) => *old = value,
        None => {
            let known = all.keys().cloned().collect();
            return Err(ConfigError::Unknown { name: name.to_owned(), origin: value.origin, known });
        }
    }
    Ok(())
}

fn table(text: &str, origin: &Origin) -> Result<BTreeMap<String, Written>, ConfigError> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| ConfigError::NoToml { origin: origin.clone(), why: error.to_string() })?;
    table
        .into_iter()
        .map(|(name, value)| {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                _ => {
                    let right = "a text or a whole number";
                    return Err(ConfigError::wrong(&name, origin, "a value of another type", right));
                }
            };
            Ok((name, Written { text, origin: origin.clone() }))
        })
        .collect()
}

impl Effective {
    /// Each setting, how it was written (a database's password masked), and by whom; one a line.
    pub fn show(&self) -> String {
        let width = self.written.keys().map(String::len).max().unwrap_or(0);
        self.written.iter().map(|(name, w)| format!("{name:width$} = {:?}   # {}\n", mask(&w.text), w.origin)).collect()
    }
}

/// Hides the password of a URL.
pub fn mask(text: &str) -> String {
    let masked = || {
        let (scheme, rest) = text.split_once("://")?;
        // The last @ ends the password, which may hold others.
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    masked().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
