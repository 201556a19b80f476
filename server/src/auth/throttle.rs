//! Slowing down guesses at a password, per name. Pure; kept in memory, so each server process counts for itself.

use std::collections::HashMap;

/// Attempts that cost no wait: people mistype.
const FREE: u32 = 5;
/// The longest wait: a person who comes back after a coffee is let in.
const LONGEST_MS: i64 = 5 * 60 * 1000;
/// After that long without an attempt a name is forgotten.
const FORGET_MS: i64 = 60 * 60 * 1000;
/// Most names kept. Whoever floods us with names pushes out their own; an hour's honest failures are far below.
const MOST: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    last_ms: i64,
    not_before_ms: i64,
}

/// Attempts by name.
#[derive(Debug, Default)]
pub struct Throttle(HashMap<String, Tries>);

impl Throttle {
    /// Notes an attempt, before its outcome is known, so that many at once do not slip through. Where it comes too early, how many
    /// milliseconds to wait.
    pub fn attempt(&mut self, name: &str, now_ms: i64) -> Result<(), i64> {
        if self.0.len() >= MOST && !self.0.contains_key(name) {
            self.make_room(now_ms);
        }
        let tries = self.0.entry(name.to_owned()).or_insert(Tries { count: 0, last_ms: now_ms, not_before_ms: 0 });
        if now_ms - tries.last_ms > FORGET_MS {
            tries.count = 0;
        }
        if now_ms < tries.not_before_ms {
            return Err(tries.not_before_ms - now_ms);
        }
        tries.count += 1;
        tries.last_ms = now_ms;
        if tries.count >= FREE {
            let wait_ms = 1000_i64 << (tries.count - FREE).min(20);
            tries.not_before_ms = now_ms + wait_ms.min(LONGEST_MS);
        }
        Ok(())
    }

    /// The attempt was right.
    pub fn succeeded(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn make_room(&mut self, now_ms: i64) {
        self.0.retain(|_, tries| now_ms - tries.last_ms <= FORGET_MS);
        if self.0.len() >= MOST {
            // Keep those under attack: who has been tried most.
            let mut counts: Vec<u32> = self.0.values().map(|t| t.count).collect();
            counts.sort_unstable();
            let median = counts[counts.len() / 2];
            self.0.retain(|_, tries| tries.count > median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_get_slower_and_a_right_password_ends_it() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE {
            assert_eq!(throttle.attempt("li", 0), Ok(()));
        }
        assert_eq!(throttle.attempt("li", 0), Err(1000));
        assert_eq!(throttle.attempt("wang", 0), Ok(()));
        assert_eq!(throttle.attempt("li", 1000), Ok(()));
        assert_eq!(throttle.attempt("li", 1000), Err(2000));
        throttle.succeeded("li");
        assert_eq!(throttle.attempt("li", 1000), Ok(()));
    }

    #[test]
    fn the_wait_is_bounded_and_forgotten() {
        let mut throttle = Throttle::default();
        let mut now = 0;
        for _ in 0..40 {
            if let Err(wait) = throttle.attempt("li", now) {
                assert!(wait <= LONGEST_MS);
                now += wait;
            }
        }
        now += FORGET_MS + LONGEST_MS;
        for _ in 0..FREE {
            assert_eq!(throttle.attempt("li", now), Ok(()));
        }
    }

    #[test]
    fn a_flood_of_names_does_not_grow_it_and_keeps_who_is_under_attack() {
        let mut throttle = Throttle::default();
        for _ in 0..=FREE {
            let _ = throttle.attempt("li", 0);
        }
        for n in 0..3 * MOST {
            let _ = throttle.attempt(&n.to_string(), 0);
        }
        assert!(throttle.0.len() <= MOST);
        assert!(throttle.attempt("li", 0).is_err());
    }
}
