//! Finds the shortest story that still fails in the same way: parts are left out as long as that goes, then what is left is made plainer.

use crate::story::{Fate, Step, Story};

/// Most tellings of one search.
const TELLINGS: usize = 600;

/// The shortest story found for which `fails` holds, as it does for this one.
pub fn shortest(story: &Story, mut fails: impl FnMut(&Story) -> bool) -> Story {
    let mut best = story.clone();
    let mut left = TELLINGS;
    let mut still = |story: &Story| {
        left = left.saturating_sub(1);
        left > 0 && fails(story)
    };
    loop {
        let before = best.clone();
        let mut part = best.steps.len().div_ceil(2);
        while part > 0 {
            leave_out(&mut best, part, &mut still);
            part /= 2;
        }
        plainer(&mut best, &mut still);
        if best == before {
            return best;
        }
    }
}

/// Leaves out stretches of that length, wherever it can be.
fn leave_out(best: &mut Story, part: usize, fails: &mut impl FnMut(&Story) -> bool) {
    let mut at = best.steps.len();
    while at > 0 {
        at = at.saturating_sub(part);
        let mut shorter = best.clone();
        shorter.steps.drain(at..(at + part).min(best.steps.len()));
        if shorter.steps.len() < best.steps.len() && fails(&shorter) {
            *best = shorter;
        }
    }
}

/// Lets requests pass where their fate does not matter.
fn plainer(best: &mut Story, fails: &mut impl FnMut(&Story) -> bool) {
    for at in 0..best.steps.len() {
        let Step::Sync { fates, .. } = &best.steps[at] else { continue };
        let mut tries: Vec<Vec<Fate>> = vec![Vec::new()];
        for n in 0..fates.len() {
            let mut one_less = fates.clone();
            one_less[n] = Fate::Pass;
            tries.push(one_less);
        }
        for fewer in tries {
            let mut plain = best.clone();
            if let Step::Sync { fates, .. } = &mut plain.steps[at]
                && *fates != fewer
            {
                *fates = fewer;
                if fails(&plain) {
                    *best = plain;
                    break;
                }
            }
        }
    }
}
