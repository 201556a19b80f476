//! A phone as a process of its own, to be killed: it visits, photographs and syncs without a pause until it is told to come home. Told `home`
//! on its standard input it writes nothing more and ends when all of its own is delivered; at the end of that input it ends at once. It prints
//! `acknowledged N` as receipts come, N being the last line that one covers.

use std::{
    io::BufRead as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Result;
use clap::Parser;
use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use zhucun_client::{Budget, PhotoSource};
use zhucun_tests::phones::Phone;

/// Between two syncs. What the engine would wait passes on its own clock.
const PAUSE: Duration = Duration::from_millis(20);
/// So many visits at most wait to be sent: nobody visits faster than that.
const MOST_WAITING: u64 = 40;

/// A phone that is enrolled already.
#[derive(Parser)]
struct Arguments {
    /// The server's address.
    #[arg(long)]
    server: String,
    /// The file of the engine's store. Pictures lie beside it.
    #[arg(long)]
    store: PathBuf,
    /// Where it records.
    #[arg(long)]
    scope: String,
    /// The how-manieth start this is, from 1: so many boots the phone has seen.
    #[arg(long)]
    start: u64,
    /// Of its dice.
    #[arg(long)]
    seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Work,
    Home,
    End,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("a phone gave up: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let mut dice = StdRng::seed_from_u64(arguments.seed);
    let phone = Phone::open(&arguments.server, ("", "a phone"), dice.next_u64(), &arguments.store)?;
    (0..arguments.start).for_each(|_| phone.device.reboot());
    attach_what_was_not(&phone, arguments)?;
    let orders = orders();
    let mut told = 0;
    loop {
        let order = *orders.borrow();
        if order == Order::End {
            return Ok(());
        }
        if order == Order::Work && phone.engine.pending()?.lines < MOST_WAITING {
            visit(&phone, arguments, &mut dice)?;
        }
        let report = phone.sync_once(&Budget { page: 200, ..Budget::ALL }).await?;
        let acknowledged = phone.engine.chain()?.acknowledged;
        if acknowledged > told {
            told = acknowledged;
            println!("acknowledged {told}");
        }
        anyhow::ensure!(report.must_enrol_anew.is_none(), "it must enrol anew: {report:?}");
        if order == Order::Home && report.drained && report.failures.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
        phone.device.advance(report.wait_ms.unwrap_or(0) + PAUSE.as_millis() as u64);
    }
}

/// Listens to who started it.
fn orders() -> watch::Receiver<Order> {
    let (tell, orders) = watch::channel(Order::Work);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line == "home" {
                tell.send_replace(Order::Home);
            }
        }
        tell.send_replace(Order::End);
    });
    orders
}

/// A visit, what was done there; in one of four a leave is asked for, in one of three a picture taken.
fn visit(phone: &Phone, arguments: &Arguments, dice: &mut StdRng) -> Result<()> {
    let (scope, village) = (&*arguments.scope, arguments.scope.split('/').next().unwrap_or_default());
    let person = phone.engine.person()?;
    let visit = phone.engine.new_id()?;
    phone.write(scope, "visit", &visit, json!({"person": person, "place": village, "note": "入户走访"}))?;
    phone.record(scope, "work_log", json!({"person": person, "text": format!("走访记录 {}", dice.next_u32())}))?;
    if dice.random_range(0..4) == 0 {
        // The server notes beside it when it came, on a chain of its own.
        let fields = json!({"person": person, "kind": "personal", "from": "2026-03-02", "to": "2026-03-03", "reason": "家中有事"});
        phone.write(&format!("{person}/own"), "leave", &phone.engine.new_id()?, fields)?;
    }
    if dice.random_range(0..3) == 0 {
        let mut bytes = vec![0; dice.random_range(5_000..60_000)];
        dice.fill_bytes(&mut bytes);
        bytes[..3].copy_from_slice(b"\xff\xd8\xff");
        let sha256 = hex::encode(Sha256::digest(&bytes));
        std::fs::write(picture(&arguments.store, &sha256), &bytes)?;
        let fields = json!({
            "sha256": sha256, "size": bytes.len(), "media_type": "image/jpeg", "subject_kind": "visit", "subject_id": visit,
        });
        phone.record(scope, "photo", fields)?;
        attach(phone, &arguments.store, &sha256)?;
    }
    Ok(())
}

/// Where a picture lies: written before the record that promises it.
fn picture(store: &Path, sha256: &str) -> PathBuf {
    store.with_file_name(format!("{sha256}.jpg"))
}

fn attach(phone: &Phone, store: &Path, sha256: &str) -> Result<()> {
    phone.engine.attach_photo(PhotoSource::Path(picture(store, sha256)), None)?;
    Ok(())
}

/// Killed between the two, it promised pictures that it did not queue.
fn attach_what_was_not(phone: &Phone, arguments: &Arguments) -> Result<()> {
    let own = format!("{}.", phone.engine.install()?);
    for (id, fields) in phone.all(&arguments.scope, "photo")? {
        let sha256 = fields["sha256"].as_str().unwrap_or_default();
        if id.starts_with(&own) && phone.engine.photo(sha256)?.is_none() {
            attach(phone, &arguments.store, sha256)?;
        }
    }
    Ok(())
}
