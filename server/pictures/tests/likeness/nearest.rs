//! The nearest sketches: which they are, and how soon they are found among a million.

use std::time::Instant;

use zhucun_pictures::{Sketch, Sketches, likeness::NEAR};

/// Numbers that look drawn by lot.
fn drawn(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn sketches(count: u64) -> Sketches {
    let mut all = Sketches::default();
    (1..=count).for_each(|n| all.push(n as i64, Sketch(drawn(n))));
    all
}

#[test]
fn the_nearest_come_first_and_only_those_above_a_number() {
    let mut all = sketches(1_000);
    let one = drawn(5);
    all.push(1_001, Sketch(one ^ 0b111));
    assert_eq!(all.near(Sketch(one ^ 1), NEAR, 0, 10)[..2], [5, 1_001]);
    assert_eq!(all.near(Sketch(one), NEAR, 5, 10)[0], 1_001);
    assert_eq!(all.near(Sketch(one), NEAR, 0, 1), [5]);
    assert_eq!(all.last(), 1_001);
}

/// The median: this machine may have other things to do.
#[test]
fn the_nearest_are_found_among_a_million() {
    let all = sketches(1_000_000);
    let mut took: Vec<f64> = (1..=200)
        .map(|n| {
            let begun = Instant::now();
            let found = all.near(Sketch(drawn(n * 4_999) ^ 0x0101_0101), NEAR, 0, 1_000);
            let took_ms = begun.elapsed().as_secs_f64() * 1_000.0;
            assert_eq!(found[0], (n * 4_999) as i64);
            took_ms
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!("nearest among 1,000,000: p50 {:.2} ms, p95 {:.2} ms", took[100], took[190]);
    assert!(took[100] < 5.0, "{took:?}");
}
