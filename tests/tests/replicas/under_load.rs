//! P6 under concurrency: sixteen writers and four pullers over three servers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use anyhow::{Result, ensure};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use zhucun_client::Budget;
use zhucun_tests::{agreement, phones::Phone, raw::RawPhone};

use crate::fixture::Replicas;

const WRITERS: usize = 16;
const PULLERS: usize = 4;
const OPERATIONS: usize = 10_000;
const LINES_A_PUSH: usize = 25;
/// Villages whose inspection lanes all write in.
const VILLAGES: usize = 8;
/// Of a hundred operations so many write a record that others write too.
const SHARED_OF_100: u32 = 30;
const SHARED_RECORDS: u32 = 400;

/// A page of these takes several to a pull, while what it shows moves on.
const PAGES: Budget = Budget { page: 150, ..Budget::PULL };

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_puller_misses_a_final_state_or_sees_a_wrong_digest() -> Result<()> {
    let replicas = Arc::new(Replicas::start(&[]).await?);
    let who = replicas.inspectors(WRITERS + PULLERS).await?;
    let villages: Vec<String> = who.iter().take(VILLAGES).map(|who| who.village.clone()).collect();
    let mut writers = Vec::new();
    for (n, who) in who[..WRITERS].iter().enumerate() {
        writers.push((who.clone(), replicas.phone(who, 1_000 + n as u64, n).await?));
    }
    let mut pullers = Vec::new();
    for (n, who) in who[WRITERS..].iter().enumerate() {
        let (url, name) = (replicas.url(n), format!("puller {n}"));
        let folder = replicas.servers[0].scratch();
        pullers.push(Phone::enrol(&replicas.office, &url, (&who.person, &name), 50 + n as u64, folder).await?);
    }
    let servers = writers[0].1.servers.clone();

    let written = Arc::new(AtomicUsize::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let writing: Vec<_> = writers
        .into_iter()
        .enumerate()
        .map(|(n, (who, phone))| {
            let (replicas, villages, written) = (replicas.clone(), villages.clone(), written.clone());
            tokio::spawn(write(replicas, n, who.village, phone, villages, written))
        })
        .collect();
    let pulling: Vec<_> =
        pullers.into_iter().map(|phone| tokio::spawn(pull(replicas.clone(), phone, over.clone()))).collect();
    rule(&replicas, [&who[0].person, &who[1].person], &written).await?;
    for writer in writing {
        writer.await??;
    }
    replicas.office.settled().await?;
    over.store(true, Ordering::Relaxed);
    let mut phones = Vec::new();
    for puller in pulling {
        phones.push(puller.await??);
    }

    let agreement = agreement::compare(&phones.iter().collect::<Vec<_>>(), &replicas.office).await?;
    assert_eq!(agreement.differences, Vec::<String>::new());
    assert!(agreement.shared >= VILLAGES && agreement.records > OPERATIONS / 2, "{agreement:?}");
    let replicas = Arc::into_inner(replicas).expect("nobody else uses them any more");
    replicas.end(servers).await
}

/// Pushes a writer's share, each push to the next server, so that an install's own pushes come by all of them; every tenth to all three at
/// once.
async fn write(
    replicas: Arc<Replicas>,
    n: usize,
    own_village: String,
    mut phone: RawPhone,
    villages: Vec<String>,
    written: Arc<AtomicUsize>,
) -> Result<()> {
    let mut random = StdRng::seed_from_u64(n as u64);
    for push in 0..OPERATIONS / WRITERS / LINES_A_PUSH {
        let lines: Vec<Vec<u8>> = (0..LINES_A_PUSH)
            .map(|line| operation(&phone, &mut random, &own_village, &villages, push * LINES_A_PUSH + line))
            .collect();
        phone.reaches(&replicas.url(n + push));
        if push % 10 == 9 {
            push_to_all(&replicas, &mut phone, &lines).await?;
        } else {
            phone.push(&lines).await?;
        }
        written.fetch_add(lines.len(), Ordering::Relaxed);
    }
    Ok(())
}

/// A finding in any of the villages, shared or of one's own; or a note of a day, on which a verdict hangs.
fn operation(phone: &RawPhone, random: &mut StdRng, own_village: &str, villages: &[String], n: usize) -> Vec<u8> {
    if n % 20 == 7 {
        let fields = json!({"person": phone.person, "village": own_village, "day": format!("2026-03-{:02}", 1 + n % 28), "text": "入户"});
        return phone.line(&format!("{own_village}/presence"), "work_log", &format!("{}-{n}", phone.install), &fields);
    }
    let shared = random.random_range(0..100) < SHARED_OF_100;
    let (village, id) = match shared {
        true => {
            let record = random.random_range(0..SHARED_RECORDS);
            (&villages[record as usize % villages.len()], format!("shared-{record}"))
        }
        false => (&villages[random.random_range(0..villages.len())], format!("{}-{n}", phone.install)),
    };
    let severity = ["minor", "serious", "grave"][random.random_range(0..3)];
    let fields =
        json!({"title": format!("台账不全 {n}"), "severity": severity, "tags": {"add": [format!("t{}", n % 5)]}});
    phone.line(&format!("{village}/inspection"), "finding", &id, &fields)
}

/// The same bytes by three ways at once, as retries and couriers bring them.
async fn push_to_all(replicas: &Replicas, phone: &mut RawPhone, lines: &[Vec<u8>]) -> Result<()> {
    let made = phone.made(lines);
    let mut ways = [phone.clone(), phone.clone(), phone.clone()];
    ways.iter_mut().enumerate().for_each(|(n, way)| way.reaches(&replicas.url(n)));
    let body = || made.body.clone();
    let (a, b, c) = tokio::join!(ways[0].send(body(), None), ways[1].send(body(), None), ways[2].send(body(), None));
    for answer in [a, b, c] {
        let answer = answer?.success()?;
        phone.clone().acknowledged(lines.len() as u64, &made.head, &answer)?;
    }
    phone.tip = (phone.tip.0 + lines.len() as u64, made.head);
    Ok(())
}

/// Pulls again and again, from one server after the other, until it is over; then once more. At every checkpoint the phone's own digests must be
/// those told.
async fn pull(replicas: Arc<Replicas>, mut phone: Phone, over: Arc<AtomicBool>) -> Result<Phone> {
    let mut n = 0;
    loop {
        let last = over.load(Ordering::Relaxed);
        n += 1;
        phone.reaches(&replicas.url(n))?;
        let report = phone.sync_once(&PAGES).await?;
        ensure!(report.again.is_empty(), "{}: digests differ: {:?}", phone.name, report.again);
        ensure!(report.failures.is_empty(), "{}: {:?}", phone.name, report.failures);
        ensure!(report.checkpoints > 0, "{}: a pull without end: {report:?}", phone.name);
        if last {
            phone.reaches(&replicas.url(0))?;
            // What it wrote itself, the line of its sign-in.
            phone.sync().await?;
            return Ok(phone);
        }
    }
}

/// Ends grants of two writers while they write, back in time; gives one of them back.
async fn rule(replicas: &Replicas, [one, other]: [&str; 2], written: &AtomicUsize) -> Result<()> {
    let back_then = Some(1_767_230_000_000_i64);
    for (quarter, person, to) in [(1, one, back_then), (2, other, back_then), (3, one, None)] {
        until_written(written, OPERATIONS / 4 * quarter).await?;
        let scope = format!("{person}/own");
        replicas.office.write((&scope, "grant", "load-inspector"), json!({"to": to})).await?;
    }
    Ok(())
}

async fn until_written(written: &AtomicUsize, count: usize) -> Result<()> {
    zhucun_tests::wait::until("the writers", async || {
        let now = written.load(Ordering::Relaxed);
        Ok(zhucun_tests::wait::Seen::when(now >= count, now.to_string()))
    })
    .await
}
