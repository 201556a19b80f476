//! How many lines go into one push. Pure.

/// What a push may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most lines.
    pub lines: usize,
    /// Most bytes of lines, before packing.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::MOST
    }
}

impl Limits {
    /// What a healthy network is trusted with.
    pub const MOST: Limits = Limits { lines: 512, bytes: 512 * 1024 };

    /// After a push was cut or found too large. One line always goes, whatever its size.
    pub fn halved(self) -> Self {
        Self { lines: (self.lines / 2).max(1), bytes: (self.bytes / 2).max(1) }
    }

    /// After a push got through.
    pub fn grown(self) -> Self {
        Self { lines: (self.lines * 2).min(Self::MOST.lines), bytes: (self.bytes * 2).min(Self::MOST.bytes) }
    }
}

/// How many of these lines (their sizes in bytes, in order) go into one push.
pub fn fitting(sizes: &[usize], limits: Limits) -> usize {
    let mut bytes = 0usize;
    let fit = sizes.iter().take(limits.lines).take_while(|size| {
        bytes = bytes.saturating_add(**size + 1);
        bytes <= limits.bytes
    });
    fit.count().max(1).min(sizes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_count_bound_a_push_and_one_line_always_goes() {
        let limits = Limits { lines: 3, bytes: 100 };
        assert_eq!(fitting(&[], limits), 0);
        assert_eq!(fitting(&[500], limits), 1);
        assert_eq!(fitting(&[10, 10, 10, 10], limits), 3);
        assert_eq!(fitting(&[60, 60, 10], limits), 1);
    }

    #[test]
    fn halving_ends_at_one_line_and_grows_back() {
        let mut limits = Limits::MOST;
        for _ in 0..40 {
            limits = limits.halved();
        }
        assert_eq!(limits, Limits { lines: 1, bytes: 1 });
        for _ in 0..40 {
            limits = limits.grown();
        }
        assert_eq!(limits, Limits::MOST);
    }
}
