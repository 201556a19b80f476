//! Stock clients of tus, as `make tools` installs them from `tests/stock_clients`, each run as a process of its own and used through its
//! documented options alone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{photo::Photo, wait};

/// Which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockClient {
    /// tus-js-client (npm).
    TusJs,
    /// tuspy (PyPI).
    TusPy,
}

fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn installed() -> PathBuf {
    tests().join("../target/clients")
}

impl StockClient {
    /// Uploads the photo, which lies in that file, to that address; gives where it says that it is. `options` are the client's own.
    pub async fn upload(self, photo: &Photo, file: &Path, url: &str, options: Value) -> Result<String> {
        let mut given = json!({"file": file, "url": url, "token": photo.token, "sha256": photo.sha256});
        let scripts = tests().join("stock_clients");
        let mut command = match self {
            Self::TusJs => {
                given.as_object_mut().context("settings")?.extend(options.as_object().cloned().unwrap_or_default());
                let mut node = Command::new("node");
                // Where it looks for what a script outside that folder asks for.
                node.env("NODE_PATH", installed().join("node_modules")).arg(scripts.join("tus_js.cjs"));
                node
            }
            Self::TusPy => {
                given["retries"] = json!(200);
                given["options"] = options;
                let mut python = Command::new(installed().join("python/bin/python3"));
                python.env("PYTHONDONTWRITEBYTECODE", "1").arg(scripts.join("tus_py.py"));
                python
            }
        };
        command.arg(given.to_string()).kill_on_drop(true);
        let ended = tokio::time::timeout(wait::PATIENCE * 2, command.output()).await.context("it takes too long")?;
        let output = ended.context("a stock client is missing; `make tools` installs it")?;
        ensure!(output.status.success(), "{self:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}
