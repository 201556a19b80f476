//! Many stories, on all cores, and what to do with one that fails.

use std::{
    path::PathBuf,
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use crate::{
    cast::Stage,
    draw, run, shrink,
    story::Story,
    trouble::{Result, Trouble, UNEXPECTED},
};

/// How many stories a test run tells; `ZHUCUN_TEST_SEEDS` for a soak.
const SEEDS: u64 = 2_000;

/// The end of the first chapter, on which all stories begin.
pub static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    std::thread::spawn(|| Stage::set().unwrap_or_else(|trouble| panic!("the first chapter: {trouble}")))
        .join()
        .expect("the first chapter is told")
});

/// Plays a story; a panic in it is trouble like any other.
pub fn play(story: &Story) -> Result<Vec<String>> {
    let played = std::panic::catch_unwind(|| run::play(&STAGE, story));
    played.unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Trouble::new(UNEXPECTED, format!("panic: {}", what.unwrap_or("without a message"))))
    })
}

/// Plays the stories of these seeds on all cores until one fails. Gives the seed that failed, and how.
pub fn first_failure(seeds: std::ops::Range<u64>, tell: bool) -> Option<(u64, Trouble)> {
    let (next, done) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let found: Mutex<Option<(u64, Trouble)>> = Mutex::new(None);
    let began = Instant::now();
    LazyLock::force(&STAGE);
    let chosen = sync_protocol::broken::chosen();
    let work = || {
        sync_protocol::broken::choose(chosen);
        while !done.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            if tell && (seed - seeds.start) % 200 == 199 {
                eprintln!("{} stories, {:.0} s", seed - seeds.start + 1, began.elapsed().as_secs_f64());
            }
            if let Err(trouble) = play(&draw::story(seed)) {
                done.store(true, Ordering::Relaxed);
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                // Of two found at once the lower seed, whichever thread was faster.
                if found.as_ref().is_none_or(|(lower, _)| seed < *lower) {
                    *found = Some((seed, trouble));
                }
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|threads| (0..cores).for_each(|_| drop(threads.spawn(work))));
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Shortens the story of a seed that fails, and keeps it. Gives the file.
fn keep(seed: u64, trouble: &Trouble) -> PathBuf {
    let shortest =
        shrink::shortest(&draw::story(seed), |story| play(story).is_err_and(|other| other.check == trouble.check));
    let file = kept().join(format!("seed-{seed}.json"));
    let text = serde_json::to_string_pretty(&shortest).expect("a story serialises");
    std::fs::write(&file, text + "\n").unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file
}

/// The folder of stories that failed once.
fn kept() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("stories")
}

/// A number that the tester gives.
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

#[test]
fn every_story_keeps_every_promise() {
    if let Some(seed) = asked("ZHUCUN_TEST_SEED") {
        return tell(seed);
    }
    let from = asked("ZHUCUN_TEST_SEEDS_FROM").unwrap_or(0);
    let count = asked("ZHUCUN_TEST_SEEDS").unwrap_or(SEEDS);
    if let Some((seed, trouble)) = first_failure(from..from + count, true) {
        eprintln!("seed {seed}: {trouble}\nshortening it …");
        let file = keep(seed, &trouble);
        panic!(
            "seed {seed}: {trouble}\nIts shortest story is kept in {}; ZHUCUN_TEST_SEED={seed} tells the whole one again.",
            file.display()
        );
    }
}

/// Tells one story aloud.
fn tell(seed: u64) {
    let story = draw::story(seed);
    eprintln!("{}", serde_json::to_string_pretty(&story).expect("a story serialises"));
    match play(&story) {
        Ok(trace) => trace.iter().for_each(|line| eprintln!("{line}")),
        Err(trouble) => panic!("seed {seed}: {trouble}"),
    }
}

#[test]
fn stories_that_failed_once_are_told_for_ever() {
    let mut told = 0;
    for entry in std::fs::read_dir(kept()).expect("the folder of stories") {
        let file = entry.expect("a file").path();
        if file.extension().is_some_and(|e| e == "json") {
            let text = std::fs::read_to_string(&file).expect("a story");
            let story: Story = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            if let Err(trouble) = play(&story) {
                panic!("{}: {trouble}", file.display());
            }
            told += 1;
        }
    }
    eprintln!("{told} stories");
}

#[test]
fn the_same_seed_comes_to_the_same_end() {
    for seed in 0..40 {
        let story = draw::story(seed);
        let (once, again) = (play(&story).expect("it is told"), play(&story).expect("it is told again"));
        let differs = once.iter().zip(&again).position(|(a, b)| a != b);
        assert_eq!(differs.map(|at| (&once[at], &again[at])), None, "seed {seed}");
        assert_eq!(once.len(), again.len(), "seed {seed}");
    }
}
