//! A PostgreSQL of the tests' own: started on a free port in a temporary folder, gone when the test process is, however it ends.

use std::{
    io::Read as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

/// A running cluster.
pub struct Cluster {
    port: u16,
    folder: PathBuf,
    // Holding its standard input is what keeps the supervisor, and so the cluster, alive.
    _supervisor: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Starts the cluster, again where it ended by itself, as a service manager does; waits for the end of its standard input (which comes when
/// the test process ends, even by kill -9), then stops the cluster and removes its folders.
const SUPERVISE: &str = r#"
dir=$1; data=$2; port=$3; bin=$4; as=$5
$as "$bin/initdb" -D "$data" -U zhucun -A trust --no-sync -E UTF8 --locale=C --wal-segsize=$6 >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
trap '' INT TERM
while [ ! -e "$dir/stop" ]; do
    $as "$bin/postgres" -D "$data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 -c max_connections=200 >>"$dir/log" 2>&1
    sleep 0.2
done &
pid=$!
cat >/dev/null
touch "$dir/stop"
# Not its parent: as root that is runuser, which passes no signal on.
kill -INT "$(head -n 1 "$data/postmaster.pid")" 2>/dev/null; wait $pid; rm -rf "$dir" "$data"
"#;
/// Megabytes of a segment of PostgreSQL's log, as it usually has.
const SEGMENT: u32 = 16;

impl Cluster {
    /// The cluster of this test process, started at first use.
    pub fn shared() -> &'static Cluster {
        CLUSTER.get_or_init(|| Cluster::start(None).expect("PostgreSQL starts; `make test` installs it"))
    }

    /// A cluster of its own that keeps its data on that disk, in little room.
    pub fn on(disk: &Path) -> Result<Self> {
        Self::start(Some(disk))
    }

    fn start(disk: Option<&Path>) -> Result<Self> {
        let bin = binaries()?;
        let dir = tempfile::Builder::new().prefix("zhucun-pg-").tempdir()?.keep();
        let port = free_port()?;
        // PostgreSQL refuses to run as root.
        let as_user = if is_root()? {
            let chowned = Command::new("chown").arg("postgres").arg(&dir).status()?;
            ensure!(chowned.success(), "chown to postgres failed");
            "runuser -u postgres --"
        } else {
            ""
        };
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISE, "postgres-supervisor"])
            .arg(&dir)
            .arg(disk.unwrap_or(&dir).join("data"))
            .arg(port.to_string())
            .arg(&bin)
            .arg(as_user)
            .arg(disk.map_or(SEGMENT, |_| 1).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while !answers(port) {
            if supervisor.try_wait()?.is_some() || Instant::now() > deadline {
                let mut said = String::new();
                if let Some(mut out) = supervisor.stdout.take() {
                    out.read_to_string(&mut said)?;
                }
                bail!("PostgreSQL did not start: {said}");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(Self { port, folder: dir, _supervisor: supervisor })
    }

    /// Each place where its log tells of something, with the lines that explain it.
    pub fn logged(&self, what: &str) -> Result<Vec<String>> {
        let log = std::fs::read_to_string(self.folder.join("log")).context("PostgreSQL's log")?;
        let lines: Vec<&str> = log.lines().collect();
        let told = |at: usize| lines[at..].iter().take(12).map(|line| line.chars().take(300).collect::<String>());
        let found = (0..lines.len()).filter(|at| lines[*at].contains(what));
        Ok(found.map(|at| told(at).collect::<Vec<_>>().join("\n")).collect())
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> Result<String> {
        self.create("template1")
    }

    /// The address of a copy of that database, which nobody may be connected to.
    pub fn copy_of(&self, url: &str) -> Result<String> {
        self.create(url.rsplit('/').next().context("a database has a name")?)
    }

    fn create(&self, template: &str) -> Result<String> {
        let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let port = self.port.to_string();
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        client("psql", &["-h", "127.0.0.1", "-p", &port, "-U", "zhucun", "-d", "postgres", "-q", "-c", &create])?;
        Ok(format!("postgres://zhucun@127.0.0.1:{}/{name}", self.port))
    }

    /// Writes a database into a file, with `pg_dump` as an operator does.
    pub fn dump(url: &str, file: &Path) -> Result<()> {
        client("pg_dump", &["--format=custom", "--file", &file.display().to_string(), url])
    }

    /// The address of a new database, with what `pg_restore` makes of such a file.
    pub fn restored(&self, file: &Path) -> Result<String> {
        let url = self.database()?;
        client("pg_restore", &["--exit-on-error", "--dbname", &url, &file.display().to_string()])?;
        Ok(url)
    }
}

/// Runs one of PostgreSQL's own programs, which must succeed.
fn client(program: &str, arguments: &[&str]) -> Result<()> {
    let done = Command::new(binaries()?.join(program)).args(arguments).output()?;
    ensure!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

/// A port that nobody listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Whether the server accepts sessions: the port opens a little before it does.
fn answers(port: u16) -> bool {
    let Ok(bin) = binaries() else { return false };
    TcpStream::connect(("127.0.0.1", port)).is_ok()
        && Command::new(bin.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
            .is_ok_and(|s| s.success())
}

fn is_root() -> Result<bool> {
    let id = Command::new("id").arg("-u").output()?;
    Ok(id.stdout.starts_with(b"0\n"))
}

/// Debian keeps the server's programs outside PATH, a folder a version.
fn binaries() -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|dir| dir.flatten().map(|e| e.path().join("bin")).filter(|p| p.join("initdb").exists()).collect())
        .unwrap_or_default();
    found.sort();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|dir: &PathBuf| dir.join("initdb").exists() && dir.join("postgres").exists())
    };
    found.pop().or_else(on_path).filter(|p: &PathBuf| Path::new(p).is_dir()).context("PostgreSQL is not installed")
}
