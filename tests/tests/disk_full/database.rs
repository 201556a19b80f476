//! The disk of the database.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::json;
use zhucun_tests::{
    answer::Answer,
    office::Office,
    postgres::Cluster,
    server::{Database, Server, binary},
    small_disk::SmallDisk,
};

use crate::{
    field::{self, Pushing},
    photos::{self, Photo},
};

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_on_a_full_disk_goes_on_by_itself_once_there_is_room() -> Result<()> {
    let disk = SmallDisk::new(48 << 20)?;
    let mut server = Server::new(&binary(), Database::Sqlite)?;
    server.keep_in(&disk.path().join("data"));
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let process = server.process();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let mut members = field::members(&office, &server, 4).await?;
    let mut member = members.pop().context("a member")?;
    let photo = Photo::promised(&mut member, 300_000).await?;
    let pushing = Pushing::begin(members);
    for _ in 0..3 {
        pushing.goes_on().await?;
        let ballast = disk.fill()?;
        pushing.is_put_off().await?;
        member.reads_go_on(&office).await?;
        let (person, scope) = (member.phone.person.clone(), format!("{}/own", member.phone.person));
        let fields = json!({"person": person, "role": "inspector", "place": "zjedz", "from": 0});
        let grant = json!({"scope": scope, "kind": "grant", "id": "on-a-full-disk", "fields": fields});
        field::put_off("a grant", async || {
            Answer::to(office.request(Method::POST, "/v1/operations").json(&grant)).await
        })
        .await?;
        field::put_off("an upload", async || photo.create(&member).await).await?;
        pushing.is_put_off().await?;
        ballast.remove()?;
    }
    pushing.goes_on().await?;
    let at = photos::address(&photo.create(&member).await?)?;
    photo.completes(&member, &at).await?;
    let members = pushing.end().await?;
    assert_eq!(server.process(), process, "nobody started it again");
    field::end(&mut server, &office, &members).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_outlives_its_postgres_on_a_full_disk() -> Result<()> {
    let disk = SmallDisk::new(192 << 20)?;
    let cluster = Cluster::on(disk.path())?;
    let mut server = Server::new(&binary(), Database::Sqlite)?;
    server.set("ZHUCUN_DATABASE_URL", &cluster.database()?);
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let mut members = field::members(&office, &server, 4).await?;
    let member = members.pop().context("a member")?;
    let pushing = Pushing::begin(members);
    pushing.goes_on().await?;
    let ballast = disk.fill()?;
    // A full disk of its log ends PostgreSQL, which cannot begin again before there is room: then nobody can read either.
    pushing.waits().await?;
    ballast.remove()?;
    pushing.goes_on().await?;
    member.reads_go_on(&office).await?;
    let members = pushing.end().await?;
    field::end(&mut server, &office, &members).await
}
