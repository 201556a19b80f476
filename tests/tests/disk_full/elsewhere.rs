//! The disks that the server writes to beside its work: of the shipped log, and of backups.

use anyhow::{Context as _, Result, ensure};
use zhucun_tests::{
    office::Office,
    server::{Database, Server, binary},
    small_disk::SmallDisk,
    wait::{self, Seen},
};

use crate::field::{self, Pushing};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_and_backups_catch_up_after_their_disk_was_full() -> Result<()> {
    let disk = SmallDisk::new(24 << 20)?;
    let mut server = Server::new(&binary(), Database::Sqlite)?;
    server.set("ZHUCUN_SHIP", &disk.path().join("ship").display().to_string());
    server.set("ZHUCUN_BACKUPS", &disk.path().join("backups").display().to_string());
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let pushing = Pushing::begin(field::members(&office, &server, 2).await?);
    pushing.goes_on().await?;

    let ballast = disk.fill()?;
    wait::until("the log to say so", async || {
        let told = server.log().contains("the log could not be shipped");
        Ok(Seen::when(told, "nothing of it in the server's log"))
    })
    .await?;
    pushing.goes_on().await?;
    let backup = server.run(&["backup"]).await?;
    let said = String::from_utf8_lossy(&backup.stderr).into_owned();
    ensure!(!backup.status.success() && said.contains("full"), "{said}");

    ballast.remove()?;
    pushing.goes_on().await?;
    let members = pushing.end().await?;
    office.settled().await?;
    server.shipped().await?;
    server.succeeds(&["backup"]).await?;
    // Replays the log behind the backup, and compares every scope's digest with the server's.
    let drilled = server.succeeds(&["drill"]).await?;
    ensure!(drilled.starts_with("ok "), "{drilled}");
    let left = std::fs::read_dir(disk.path().join("backups"))?.flatten();
    let half: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().starts_with(".taking")).collect();
    ensure!(half.is_empty(), "left half: {half:?}");
    field::end(&mut server, &office, &members).await.context("at the end")
}
