//! The end of a story: faults have stopped, and everything gets where it was going (P14).

use zhucun_client::Budget;

use crate::{
    run::World,
    trouble::{Result, Trouble, unexpected},
};

/// Once the network and the server work, every queue empties.
pub const GETS_THERE: &str = "it always gets there";
/// More syncs than any phone needs once nothing fails.
const SYNCS: usize = 25;
/// More rounds than all phones need to hear of each other.
const ROUNDS: usize = 8;

/// What a round came to.
#[derive(PartialEq, Eq)]
enum Round {
    Quiet,
    Moved,
}

impl World {
    /// Lets everything arrive, until a round of syncs moves nothing any more.
    pub fn calm(&mut self) -> Result<()> {
        self.net.lock().apart = (0, 0);
        if self.restored {
            // A phone that may not look and has nothing to send hears of it when it signs in next, as each does within the hour.
            self.phones.iter_mut().try_for_each(crate::phone::Phone::restart)?;
        }
        loop {
            let mut net = self.net.lock();
            if net.late() == 0 {
                break;
            }
            net.arrive(0, 0)?;
        }
        for _ in 0..ROUNDS {
            let mut round = Round::Quiet;
            for phone in 0..self.phones.len() {
                if self.finish(phone)? == Round::Moved {
                    round = Round::Moved;
                }
            }
            self.jobs(0)?;
            self.sweep(0)?;
            if round == Round::Quiet {
                return Ok(());
            }
        }
        Err(Trouble::new(GETS_THERE, format!("something still moves after {ROUNDS} rounds")))
    }

    /// A phone syncs until all of its own is delivered and it has seen how everything stands, or is told that it may not look.
    fn finish(&mut self, phone: usize) -> Result<Round> {
        let mut round = Round::Quiet;
        let mut last = None;
        for _ in 0..SYNCS {
            let budget = Budget { media: false, ..Budget::THRIFTY };
            let Some(report) = self.sync(phone, (phone % 2) as u8, &budget, &[], Vec::new())? else { continue };
            if report.lines_sent + report.records > 0 {
                round = Round::Moved;
            }
            self.pass(report.wait_ms.unwrap_or(0) + 1);
            // A phone that is refused a look asks once more, by signing in, whether it has been closed.
            let closed = self.phones[phone].engine()?.must_enrol_anew().map_err(unexpected)?.is_some();
            let shut = closed || report.failures.iter().any(|(_, code)| code == "no_live_grant");
            if report.drained && (report.checkpoints > 0 || shut) {
                return Ok(round);
            }
            last = Some(report);
        }
        Err(Trouble::new(GETS_THERE, format!("phone {phone} gets nowhere: {last:?}")))
    }
}
