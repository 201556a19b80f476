//! How well re-used photos are told from others. Of pictures that all differ no two may be taken for one; of copies that were saved again,
//! made smaller, lightened, cropped or stamped so many must be found as is promised.
//!
//! Precision is meant as it would show among a million: of what is found for a photo of which one copy is among 1,000,000 others, the part
//! that is that copy: `recall / (recall + 1,000,000 × rate at which differing pairs are taken for one)`.
//!
//! And how soon the nearest of a million are found ([`nearest`]).
//!
//! `cargo test --workspace --test likeness` looks at few; `make bench-likeness` at 450 million pairs, enough to see a rate of one in a hundred million.

mod nearest;
mod scenes;
mod variants;

use std::{thread, time::Instant};

use scenes::{Dice, SORTS, draw};
use variants::{Change, jpeg};
use zhucun_pictures::{
    Likeness,
    likeness::{ALIKE, NEAR},
    open,
};

const AMONG: f64 = 1_000_000.0;
const LEAST_PRECISION: f64 = 0.99;
/// Threads that draw.
const AT_ONCE: u32 = 2;

#[test]
fn copies_are_found_and_others_are_not() {
    // So few pairs cannot show how rare a false one is; but not one is seen.
    let measured = measure(900, 36);
    assert_eq!(measured.false_pairs, 0, "{measured:?}");
    measured.holds_recall();
}

#[test]
#[ignore = "minutes: make bench-likeness"]
fn copies_are_found_and_others_are_not_among_a_million() {
    let measured = measure(30_000, 600);
    measured.holds_recall();
    for (change, recall) in &measured.recall {
        // Where none was seen, there may have been three (the rule of three, for 95 % of certainty).
        let rate = measured.false_pairs.max(3) as f64 / measured.pairs as f64;
        let precision = recall / (recall + AMONG * rate);
        eprintln!("{change:?}: recall {recall:.4}, precision among a million at least {precision:.4}");
        assert!(precision >= LEAST_PRECISION, "{change:?} {measured:?}");
    }
}

#[derive(Debug)]
struct Measured {
    recall: Vec<(Change, f64)>,
    pairs: u64,
    false_pairs: u64,
}

impl Measured {
    fn holds_recall(&self) {
        for (change, recall) in &self.recall {
            assert!(*recall >= change.least_recall(), "{change:?} {self:?}");
        }
    }
}

fn measure(pictures: u32, copied: u32) -> Measured {
    let begun = Instant::now();
    let all: Vec<Likeness> = in_parts(pictures, |number| vec![likeness(&jpeg(&draw(number, 160, 120), 92))]);
    eprintln!("{pictures} pictures in {:.0?}", begun.elapsed());
    let begun = Instant::now();
    let mut scores: Vec<(f32, u32, u32)> = in_parts(pictures, |number| {
        let one = &all[number as usize];
        let near = (0..number).filter(|other| one.sketch.distance(all[*other as usize].sketch) <= NEAR);
        near.map(|other| (one.agreement(&all[other as usize]), number, other)).collect()
    });
    let near_pairs = scores.len();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let false_pairs = scores.iter().filter(|(score, ..)| *score >= ALIKE).count() as u64;
    let pairs = u64::from(pictures) * u64::from(pictures - 1) / 2;
    eprintln!(
        "{pairs} pairs, {near_pairs} near by their sketches, {false_pairs} taken for one, in {:.0?}",
        begun.elapsed()
    );
    for (score, one, other) in scores.iter().take(8) {
        eprintln!("  {score:.3}: {one} and {other}, of sorts {} and {}", one % SORTS, other % SORTS);
    }
    let begun = Instant::now();
    let recall = Change::ALL.map(|change| {
        let hits: Vec<(bool, bool)> = in_parts(copied, |number| {
            let mut dice = Dice::new(number.wrapping_mul(31) + change as u32);
            let picture = draw(number, 480, 360);
            let (one, copy) = (likeness(&jpeg(&picture, 92)), likeness(&change.apply(&picture, &mut dice)));
            vec![(one.sketch.distance(copy.sketch) <= NEAR, one.is_alike(&copy))]
        });
        let share =
            |of: fn(&(bool, bool)) -> bool| hits.iter().filter(|hit| of(hit)).count() as f64 / f64::from(copied);
        eprintln!("{change:?}: near {:.4}, found {:.4}", share(|hit| hit.0), share(|hit| hit.1));
        (change, share(|hit| hit.1))
    });
    eprintln!("{copied} of each change in {:.0?}", begun.elapsed());
    Measured { recall: recall.to_vec(), pairs, false_pairs }
}

/// What each number comes to, in order.
fn in_parts<T: Send>(numbers: u32, of: impl Fn(u32) -> Vec<T> + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let (of, numbers) = (&of, numbers);
        let part = move |thread: u32| (thread..numbers).step_by(AT_ONCE as usize).map(|number| (number, of(number)));
        let threads: Vec<_> =
            (0..AT_ONCE).map(|thread| scope.spawn(move || part(thread).collect::<Vec<_>>())).collect();
        let mut done: Vec<(u32, Vec<T>)> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        done.sort_by_key(|(number, _)| *number);
        done.into_iter().flat_map(|(_, made)| made).collect()
    })
}

fn likeness(file: &[u8]) -> Likeness {
    open(file).picture.unwrap().likeness.unwrap()
}
