//! Generated worlds (the generator of `sync-protocol`), delivered in any order that keeps each install's own, in any batches, with any
//! repetition: what the server reaches step by step is what the whole set comes to at once (P2, P3), and a rebuild changes nothing.

use std::collections::HashMap;

use sync_protocol::{
    Hash, InstallId, chain,
    testing::worlds::{self, Step, World},
    world::{self, Placed},
};
use zhucun::sync::{
    intake::{Verified, read_lines},
    store::apply,
};

use zhucun_tests::state;

use crate::bench::{Bench, DATABASES, MORNING_MS, database};

/// Choices from a seed, as the generator makes them.
struct Choices(std::vec::IntoIter<Step>);

impl Choices {
    fn of(seed: u64) -> Self {
        Self(worlds::seeded(seed ^ 0x5EED, 4_096).into_iter())
    }

    fn below(&mut self, n: usize) -> usize {
        let [a, b, ..] = self.0.next().unwrap_or_default();
        usize::from(u16::from_le_bytes([a, b])) % n.max(1)
    }
}

/// The head before each line, on some chain: that of the first content at the seq below.
fn heads_before(lines: &[Placed]) -> HashMap<(InstallId, u64), Hash> {
    let mut first: HashMap<(InstallId, u64), Hash> = HashMap::new();
    for line in lines {
        first.entry((line.install, line.seq)).or_insert_with(|| chain::line_hash(&line.bytes));
    }
    let mut before = HashMap::new();
    for line in lines {
        before.entry((line.install, line.seq)).or_insert_with(|| {
            let below = (1..line.seq).filter_map(|seq| first.get(&(line.install, seq)));
            below.fold(chain::genesis(line.install), |head, hash| chain::next(&head, hash))
        });
    }
    before
}

fn push_of(line: &Placed, before: &HashMap<(InstallId, u64), Hash>, world: &World) -> Verified {
    let cast = worlds::cast::Cast::get();
    let known = cast.installs.iter().chain([&cast.server_install]).find(|i| i.id == line.install);
    let head_before = before[&(line.install, line.seq)];
    let lines = read_lines(line.install, line.seq, &[&line.bytes]);
    assert!(!world.servers.is_empty());
    Verified {
        install: line.install,
        certificate: known.map(|i| i.certificate.clone()),
        header: Vec::new(),
        sig: String::new(),
        first: line.seq,
        head_before,
        head_after: chain::next(&head_before, &lines[0].hash),
        lines,
    }
}

/// The lines in an order that keeps each install's own, cut into batches, some of them sent again.
fn batches(world: &World, choices: &mut Choices) -> Vec<Vec<Verified>> {
    let before = heads_before(&world.lines);
    let mut queues: Vec<Vec<&Placed>> = Vec::new();
    for install in world.installs() {
        queues.push(world.lines.iter().filter(|l| l.install == install).rev().collect());
    }
    let (mut batches, mut batch, mut sent): (Vec<Vec<Verified>>, Vec<Verified>, Vec<&Placed>) = Default::default();
    while !queues.is_empty() {
        let at = choices.below(queues.len());
        match queues[at].pop() {
            Some(line) => {
                batch.push(push_of(line, &before, world));
                sent.push(line);
            }
            None => {
                queues.swap_remove(at);
            }
        }
        if choices.below(9) == 0 && !sent.is_empty() {
            batch.push(push_of(sent[choices.below(sent.len())], &before, world));
        }
        if choices.below(6) == 0 {
            batches.push(std::mem::take(&mut batch));
        }
    }
    batches.push(batch);
    batches
}

async fn deliver(url: &str, seed: u64, steps: usize) {
    let world = World::make(&worlds::seeded(seed, steps));
    let bench = Bench::of(url, world.servers.clone()).await;
    for batch in batches(&world, &mut Choices::of(seed)) {
        let tx = bench.db.begin().await.expect("begins");
        apply::apply(&tx, &bench.context, &batch, MORNING_MS).await.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        tx.commit().await.expect("commits");
    }
    eprintln!("seed {seed}");
    let state = bench.assert_equal_to_fold().await;
    // What was erased on the way has left nothing that the whole lines say.
    let unlike = state::unlike(&state, &world::fold(&world.lines, &world.servers));
    assert!(unlike.is_empty(), "seed {seed}: {unlike}");
    assert_eq!(bench.rebuild().await.moved, 0, "seed {seed}: a rebuild changes nothing");
    bench.assert_equal_to_fold().await;
}

/// How many worlds; `ZHUCUN_WORLDS` for a longer search.
fn worlds_to_try(usual: u64) -> u64 {
    std::env::var("ZHUCUN_WORLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_and_batching_comes_to_the_same_world() {
    for which in DATABASES {
        let count = worlds_to_try(if which == "sqlite" { 60 } else { 20 });
        for seed in 0..count {
            let (url, _dir) = database(which);
            deliver(&url, seed, 90).await;
        }
    }
}
