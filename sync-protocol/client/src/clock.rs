//! The time evidence of a line (`PROTOCOL.md`, sections 3 and 6), and which server times are worth remembering. Pure.

use sync_protocol::{
    ids::sha256,
    time::{MAX_INTEGER, TimeEvidence},
};

use crate::device::{Device, Satellite};

/// Half of a round trip that the uncertainty of a server time (5 s) covers.
const COVERED_MS: u64 = 5_000;
/// 100 parts in a million, as the protocol counts drift.
const DRIFT_DIVISOR: u64 = 10_000;

/// The clocks of a phone at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Wall clock, ms.
    pub wall_ms: i64,
    /// Which boot.
    pub boot: String,
    /// Monotonic clock of that boot, ms.
    pub mono_ms: u64,
    /// Satellite time.
    pub satellite: Option<Satellite>,
}

impl Reading {
    /// Reads the clocks.
    pub fn take(device: &dyn Device) -> Self {
        Self {
            wall_ms: device.wall_ms(),
            boot: device.boot_id(),
            mono_ms: device.mono_ms(),
            satellite: device.satellite(),
        }
    }
}

/// A server time as heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What the server said, ms since 1970.
    pub server_ms: u64,
    /// The boot in which it was heard.
    pub boot: String,
    /// The monotonic clock half-way between asking and hearing.
    pub mono_ms: u64,
    /// How long the round trip took: the time may be off by half of it.
    pub round_trip_ms: u64,
}

impl Heard {
    /// A server's time in an answer to what was asked at `asked_mono_ms`; none if the clocks cannot be (a reboot in between).
    pub fn new(server_ms: i64, asked_mono_ms: u64, now: &Reading) -> Option<Self> {
        let round_trip_ms = now.mono_ms.checked_sub(asked_mono_ms)?;
        let server_ms = u64::try_from(server_ms).ok().filter(|t| *t <= MAX_INTEGER)?;
        let mono_ms = asked_mono_ms + round_trip_ms / 2;
        Some(Self { server_ms, boot: now.boot.clone(), mono_ms, round_trip_ms })
    }

    /// Whether to remember this one in place of the one before: unless it took so long on the way that the old one, its drift
    /// counted, is still better.
    pub fn replaces(&self, before: Option<&Heard>) -> bool {
        let Some(before) = before.filter(|b| b.boot == self.boot && b.mono_ms <= self.mono_ms) else { return true };
        let drifted = before.round_trip_ms / 2 + (self.mono_ms - before.mono_ms) / DRIFT_DIVISOR;
        self.round_trip_ms / 2 <= drifted.max(COVERED_MS)
    }
}

/// What a line written now says of its time. What no line could carry (a clock before 1970) is left out.
pub fn evidence(now: &Reading, heard: Option<&Heard>) -> TimeEvidence {
    let fits = |n: u64| (n <= MAX_INTEGER).then_some(n);
    let pair = |(time, age): (u64, u64)| Some((fits(time)?, fits(age)?));
    let heard = heard.filter(|h| h.boot == now.boot);
    TimeEvidence {
        wall: u64::try_from(now.wall_ms).ok().and_then(fits),
        boot: Some(short_boot(&now.boot)),
        mono: fits(now.mono_ms),
        satellite: now.satellite.and_then(|s| pair((s.time_ms, s.age_ms))),
        server: heard.and_then(|h| pair((h.server_ms, now.mono_ms.checked_sub(h.mono_ms)?))),
    }
}

/// A line takes 64 bytes of boot id; a longer one is told by its hash, which is as unique.
fn short_boot(boot: &str) -> String {
    if boot.len() <= 64 { boot.to_owned() } else { hex::encode(sha256(&[boot.as_bytes()])) }
}

/// The best guess of now, for ids that sort by time: satellite or server time where heard, else the wall clock.
pub fn best_guess_ms(now: &Reading, heard: Option<&Heard>) -> u64 {
    let anchor = evidence(now, heard).own_anchor().and_then(|a| u64::try_from(a.at_ms).ok());
    anchor.unwrap_or_else(|| u64::try_from(now.wall_ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: i64 = 1_780_000_000_000;

    fn reading(wall_ms: i64, boot: &str, mono_ms: u64) -> Reading {
        Reading { wall_ms, boot: boot.into(), mono_ms, satellite: None }
    }

    #[test]
    fn a_phone_from_2036_or_before_1970_says_what_it_can() {
        let heard = Heard::new(SERVER, 1_000, &reading(0, "a", 1_400)).unwrap();
        for wall_ms in [2_082_758_400_000, -5, 315_532_800_000] {
            let now = reading(wall_ms, "a", 61_200);
            let evidence = evidence(&now, Some(&heard));
            assert!(evidence.is_well_formed());
            assert_eq!(evidence.wall, u64::try_from(wall_ms).ok());
            assert_eq!(evidence.own_anchor().unwrap().at_ms, SERVER + 60_000);
            assert_eq!(best_guess_ms(&now, Some(&heard)), SERVER as u64 + 60_000);
        }
    }

    #[test]
    fn a_server_time_is_worth_nothing_in_another_boot() {
        let heard = Heard::new(SERVER, 1_000, &reading(0, "a", 1_400)).unwrap();
        assert_eq!(evidence(&reading(7, "b", 61_200), Some(&heard)).server, None);
        assert_eq!(Heard::new(SERVER, 5_000, &reading(0, "b", 1_000)), None, "it rebooted while it waited");
    }

    #[test]
    fn an_answer_that_crept_in_does_not_replace_a_good_time() {
        let good = Heard::new(SERVER, 1_000, &reading(0, "a", 1_400)).unwrap();
        let slow = Heard::new(SERVER + 60_000, 2_000, &reading(0, "a", 62_000)).unwrap();
        assert!(!slow.replaces(Some(&good)));
        assert!(slow.replaces(None), "a poor time is better than none");
        assert!(good.replaces(Some(&slow)) || good.mono_ms < slow.mono_ms);
    }

    #[test]
    fn a_long_boot_id_is_shortened_to_one_as_unique() {
        let now = reading(0, &"村".repeat(40), 1);
        assert!(evidence(&now, None).is_well_formed());
        assert_ne!(evidence(&now, None).boot, evidence(&reading(0, &"庄".repeat(40), 1), None).boot);
    }
}
