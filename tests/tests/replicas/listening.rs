//! What a listener hears, and when it ends: at one server, on SQLite.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reqwest::{Client, Method};
use serde_json::json;
use zhucun_client::{
    calls,
    listen::{Event, Events},
    transport::{Http, HttpAnswer, Transport as _},
};
use zhucun_tests::{
    answer::Answer,
    load::people,
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
    wait::PATIENCE,
};

/// A connection that listens.
pub type Heard = Events<HttpAnswer>;

/// Listens with that token; what comes first is the epoch and a poke.
pub async fn listen(url: &str, token: &str) -> Result<Heard> {
    let answer = Http::new(url)?.send(calls::events(token)).await?;
    let mut events = Events::of(answer);
    assert!(matches!(next(&mut events).await?, Some(Event::Epoch(epoch)) if !epoch.is_empty()));
    assert_eq!(next(&mut events).await?, Some(Event::Poke(vec![])));
    Ok(events)
}

/// The next event, within a deadline.
pub async fn next(events: &mut Heard) -> Result<Option<Event>> {
    Ok(tokio::time::timeout(PATIENCE, events.next()).await.context("nothing is said")??)
}

/// Listens until the scopes poked satisfy; gives all that were named.
pub async fn poked_with(events: &mut Heard, scope: &str) -> Result<Vec<String>> {
    let mut named = Vec::new();
    loop {
        match next(events).await.with_context(|| format!("of {scope}, but of {named:?}"))? {
            Some(Event::Poke(scopes)) => named.extend(scopes),
            Some(Event::Standing) => {}
            other => anyhow::bail!("{other:?} while waiting for {scope}"),
        }
        if named.iter().any(|name| name == scope) {
            return Ok(named);
        }
    }
}

async fn until_bye(events: &mut Heard) -> Result<String> {
    loop {
        match next(events).await? {
            Some(Event::Bye(code)) => {
                assert_eq!(next(events).await?, None, "nothing follows");
                return Ok(code);
            }
            Some(_) => {}
            None => anyhow::bail!("it ended without a word"),
        }
    }
}

async fn member(office: &Office, url: &str, number: u64) -> Result<(RawPhone, String)> {
    let person = format!("zjedz.p.m-{number:04}");
    let stations = office.get("/v1/stations", &[]).await?;
    let station = stations.as_array().into_iter().flatten().find(|s| s["person"] == person.as_str());
    let village = station.and_then(|s| s["village"].as_str()).context("the member is posted")?.to_owned();
    Ok((RawPhone::enrol(office, url, &person, number).await?, format!("{village}/presence")))
}

fn log(phone: &RawPhone, scope: &str, id: &str) -> Vec<u8> {
    phone.line(scope, "work_log", id, &json!({"person": phone.person, "text": id}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_hears_of_what_they_may_read_until_they_may_not() -> Result<()> {
    let mut server = Server::demo(&binary(), Database::Sqlite).await?;
    let url = server.url();
    let office = people::office(&url).await?;
    let (mut writer, scope) = member(&office, &url, 3).await?;
    let (other, elsewhere) = member(&office, &url, 12).await?;
    assert_ne!(scope, elsewhere);
    let (writer_token, other_token) = (writer.token().await?, other.token().await?);
    let mut of_writer = listen(&url, &writer_token).await?;
    let mut of_other = listen(&url, &other_token).await?;
    let mut of_office = listen(&url, office.token()).await?;

    // Who may read the scope hears of it; who may not hears of other things alone.
    writer.push(&[log(&writer, &scope, "first")]).await?;
    poked_with(&mut of_writer, &scope).await?;
    poked_with(&mut of_office, &scope).await?;
    office.write((&elsewhere, "work_log", "of-the-office"), json!({"text": "代记"})).await?;
    let heard = poked_with(&mut of_other, &elsewhere).await?;
    assert!(!heard.contains(&scope), "{heard:?}");

    // A line that is quarantined changes the writer's standings, and is news to the writer alone.
    let told = writer.push(&[log(&writer, &elsewhere, "not-there")]).await?;
    assert_eq!(told[0].1, "quarantined", "{told:?}");
    loop {
        match next(&mut of_writer).await? {
            Some(Event::Standing) => break,
            Some(Event::Poke(_)) => {}
            other => panic!("{other:?}"),
        }
    }

    // The right ends, and with it the stream: at once, and before anything else is heard.
    let roster = scope.replace("/presence", "/roster");
    let stations = office.records(&roster, Some("station")).await?;
    let station = stations.iter().find(|s| s["f"]["person"] == writer.person.as_str()).context("posted")?;
    let id = station["id"].as_str().context("no id")?;
    office.write((&roster, "station", id), json!({"to": writer.now_ms - 1_000})).await?;
    assert_eq!(until_bye(&mut of_writer).await?, "no_live_grant");
    let refused = Client::new().get(format!("{url}/v1/sync/events")).bearer_auth(&writer_token);
    Answer::to(refused).await?.refused(403, "no_live_grant");
    // A phone that is lost hears nothing more.
    office.post(&format!("/v1/installs/{}/lost", other.install), json!({})).await?;
    assert_eq!(until_bye(&mut of_other).await?, "install_closed");

    // The server ends without waiting for who only listens.
    let began = Instant::now();
    server.stop().await?;
    assert_eq!(until_bye(&mut of_office).await?, "busy");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    server.assert_clean_log();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_token_and_a_ticket_is_good_for_listening_alone() -> Result<()> {
    let mut server = Server::new(&binary(), Database::Sqlite)?;
    server.set("ZHUCUN_TOKEN_TTL_S", "4");
    server.set("ZHUCUN_LOG", "debug");
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let url = server.url();
    let office = people::office(&url).await?;
    let asked = office.post("/v1/sync/events/ticket", json!({})).await?;
    let ticket = asked["ticket"].as_str().context("no ticket")?;
    let http = Client::new();
    let get = |path: &str| http.request(Method::GET, format!("{url}{path}"));
    let mut by_ticket = get(&format!("/v1/sync/events?ticket={ticket}")).send().await?;
    assert_eq!(by_ticket.status(), 200);
    assert_eq!(by_ticket.headers()["content-type"], "text/event-stream");
    let mut by_token = listen(&url, office.token()).await?;

    Answer::to(get("/v1/auth/me").bearer_auth(ticket)).await?.refused(401, "unauthorized");
    Answer::to(get(&format!("/v1/auth/me?ticket={ticket}"))).await?.refused(401, "unauthorized");
    Answer::to(get(&format!("/v1/sync/events?ticket={}", office.token()))).await?.refused(401, "unauthorized");
    Answer::to(get("/v1/sync/events")).await?.refused(401, "unauthorized");

    assert_eq!(until_bye(&mut by_token).await?, "token_expired");
    let mut heard = String::new();
    while let Some(part) = tokio::time::timeout(PATIENCE, by_ticket.chunk()).await?? {
        heard.push_str(&String::from_utf8_lossy(&part));
    }
    assert!(
        heard.starts_with("retry: ") && heard.contains("event: poke") && heard.contains("token_expired"),
        "{heard}"
    );
    server.stop().await?;
    assert!(!server.log().contains(ticket), "a ticket is never logged");
    server.assert_clean_log();
    Ok(())
}
