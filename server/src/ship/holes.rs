//! Which pushes may go into the log. Pure.
//!
//! Pushes are numbered as they are written and seen as they are committed, so on PostgreSQL a number may be missing because its
//! transaction is still at work. It took its number before any higher one was seen committed, and it had begun by then; so once every
//! transaction that had begun at that look has ended, a number still missing will never come.

/// What one look at the database saw of transactions (PostgreSQL's `pg_current_snapshot`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Every transaction below this has ended.
    pub xmin: u64,
    /// No transaction from this on had begun.
    pub xmax: u64,
}

/// Holes that are waited for. What it knows lives with the process: a new one waits anew.
#[derive(Debug, Default)]
pub struct Holes {
    /// All holes below this number are decided once all transactions below that one have ended.
    waiting: Option<(i64, u64)>,
}

impl Holes {
    /// How many of these numbers (sorted, all above `mark`) may go. Without a look holes never fill: of a database with one writer.
    pub fn may_go(&mut self, mark: i64, ids: &[i64], look: Option<Look>) -> usize {
        let Some(look) = look else { return ids.len() };
        let mut decided = mark;
        if let Some((top, _)) = self.waiting.filter(|(_, xmax)| look.xmin >= *xmax) {
            decided = top;
            self.waiting = None;
        }
        let mut last = mark;
        let go = ids.iter().take_while(|id| {
            let follows = **id == last + 1 || **id <= decided;
            last = **id;
            follows
        });
        let n = go.count();
        if let (Some(top), None, true) = (ids.last(), self.waiting, n < ids.len()) {
            self.waiting = Some((*top, look.xmax));
        }
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(xmin: u64, xmax: u64) -> Option<Look> {
        Some(Look { xmin, xmax })
    }

    #[test]
    fn a_hole_is_waited_for_until_it_cannot_fill_any_more() {
        let mut holes = Holes::default();
        assert_eq!(holes.may_go(4, &[5, 7, 8], look(100, 103)), 1, "6 may still come");
        assert_eq!(holes.may_go(5, &[7, 8], look(102, 110)), 0, "102 still runs, and may be the one");
        assert_eq!(holes.may_go(5, &[7, 8, 10], look(103, 111)), 2, "6 will not come; 9 may");
        assert_eq!(holes.may_go(8, &[10], look(111, 111)), 1);
    }

    #[test]
    fn one_that_fills_in_time_goes_in_its_place() {
        let mut holes = Holes::default();
        assert_eq!(holes.may_go(0, &[2], look(50, 52)), 0);
        assert_eq!(holes.may_go(0, &[1, 2, 3], look(51, 53)), 3);
    }

    #[test]
    fn with_one_writer_nothing_is_waited_for() {
        assert_eq!(Holes::default().may_go(0, &[3, 9], None), 2);
    }
}
