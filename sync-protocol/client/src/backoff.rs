//! How long a lane waits after a failure (`PROTOCOL.md`, section 15). Pure, given a random number.

/// No wait is longer than this, unless the server asks for it.
pub const CAP_MS: u64 = 5 * 60 * 1_000;
const FIRST_MS: u64 = 1_000;

/// A random time between 0 and min(5 min, 1 s · 2^n), and at least what the server asked for. `failures` is n: how often this lane
/// failed in a row before. The whole interval is drawn from after it was capped: else thousands of phones that have all
/// reached the cap would come back together.
pub fn delay_ms(failures: u32, random: u64, retry_after_ms: Option<u64>) -> u64 {
    let limit = FIRST_MS.checked_shl(failures).filter(|_| failures < 32).unwrap_or(CAP_MS).min(CAP_MS);
    (random % (limit + 1)).max(retry_after_ms.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_its_bounds() {
        for failures in [0, 1, 2, 5, 8, 9, 31, 32, 63, 64, 1_000, u32::MAX] {
            let limit = if failures < 9 { 1_000 << failures } else { CAP_MS }.min(CAP_MS);
            for random in [0, 1, 999, limit, limit + 1, u64::MAX / 2, u64::MAX] {
                assert!(delay_ms(failures, random, None) <= limit, "{failures} {random}");
                assert!(delay_ms(failures, random, Some(90_000)) >= 90_000);
                assert_eq!(delay_ms(failures, random, Some(CAP_MS * 3)), CAP_MS * 3);
            }
            assert_eq!(delay_ms(failures, limit, None), limit, "all of the interval can be drawn");
        }
    }

    #[test]
    fn phones_at_the_cap_spread_over_all_of_it() {
        let delays: Vec<u64> =
            (0..1_000u64).map(|i| delay_ms(40, i.wrapping_mul(0x9e37_79b9_7f4a_7c15), None)).collect();
        for part in 0..5 {
            let within = delays.iter().filter(|d| **d / (CAP_MS / 5 + 1) == part).count();
            assert!(within > 100, "{part}: {within}");
        }
    }
}
