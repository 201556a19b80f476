//! The database beside the shipped log, which lies elsewhere: what the log has must be here, and have come when the log says.

use anyhow::Context as _;
use sea_orm::DatabaseConnection;
use sync_protocol::{chain, ids::short, push::Push};

use super::{
    finding::{Code, Finding, Report},
    store::shipped,
};
use crate::{
    config::{Config, Place},
    ship::{
        depot::{self, Depot},
        segment,
    },
};

/// The segments of a log, as they lay there before the database was looked at.
pub struct Shipped {
    depot: Box<dyn Depot>,
    names: Vec<String>,
}

impl Shipped {
    /// Those in that place.
    pub async fn list(place: &Place, config: &Config) -> anyhow::Result<Self> {
        let depot = depot::existing(place, config).await?;
        let mut names = depot.list().await?;
        names.retain(|name| segment::parse(name).is_some());
        Ok(Self { depot, names })
    }
}

/// Compares them. Pushes whose lines came again in others are here all the same.
pub async fn compare(db: &DatabaseConnection, shipped: Shipped, report: &mut Report<'_>) -> anyhow::Result<()> {
    let mut pushes = 0;
    for name in &shipped.names {
        let about = || ("file", vec![("name", name.clone().into())]);
        let file = shipped.depot.get(name).await?.with_context(|| format!("{name} is gone"))?;
        let read = match segment::decode(&file) {
            Ok((_, read)) => read,
            Err(why) => {
                report.find(Finding::new(Code::LogDamaged, about(), "a segment of the log", why.to_string()));
                continue;
            }
        };
        let rows = shipped::rows(db, &read).await?;
        for one in &read {
            pushes += 1;
            let Ok(push) = Push::read(&one.body) else {
                report.find(Finding::new(Code::LogDamaged, about(), "pushes", format!("push {} is none", one.id)));
                continue;
            };
            let (install, first) = (push.header.install, push.header.first);
            let last = first + push.lines.len() as u64 - 1;
            let key = vec![
                ("id", one.id.into()),
                ("install", install.to_string().into()),
                ("first", first.into()),
                ("last", last.into()),
            ];
            let here = shipped::lines(db, &push).await?;
            let kept = rows.get(&one.id).filter(|row| row.sig == push.seal.sig);
            let named = || {
                (first..).zip(&push.lines).map(|(seq, bytes)| (seq, short(&chain::line_hash(bytes)).to_vec(), bytes))
            };
            if kept.is_none() && !named().all(|(seq, hash, _)| here.contains_key(&(seq, hash))) {
                let expected = format!("this push, as shipped in {name}");
                report.find(Finding::new(Code::LogAhead, ("push", key), expected, "none, nor all of its lines"));
                continue;
            }
            if let Some(row) = kept.filter(|row| row.received_ms != one.at) {
                let expected = format!("received_ms {}, as shipped in {name}", one.at);
                let found = format!("received_ms {}", row.received_ms);
                report.find(Finding::new(Code::ReceivedDiffers, ("push", key), expected, found));
            }
            let is_blank = |seq: u64, hash: &Vec<u8>| here.get(&(seq, hash.clone())) == Some(&true);
            for (seq, hash, _) in
                named().filter(|(seq, hash, bytes)| chain::blank(bytes).is_none() && is_blank(*seq, hash))
            {
                let key = vec![
                    ("install", install.to_string().into()),
                    ("seq", seq.into()),
                    ("hash", hex::encode(hash).into()),
                ];
                let expected = format!("the line's bytes, as shipped in {name}");
                report.find(Finding::new(
                    Code::LogAhead,
                    ("line", key),
                    expected,
                    "a blank, as if the phone had lost them",
                ));
            }
        }
    }
    report.count("shipped pushes", pushes);
    Ok(())
}
