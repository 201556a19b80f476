//! Faults built in on purpose, to show that the tests find them. A fault is chosen by name, at run time, on one thread; each stands in one
//! line beside the rule that it breaks. Without the feature `broken` there are none: [`is`] is `false` before the program runs.

#[cfg(feature = "broken")]
mod chosen {
    use std::{cell::Cell, sync::OnceLock};

    thread_local! {
        static CHOSEN: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    static EVERYWHERE: OnceLock<String> = OnceLock::new();

    /// Whether that rule is to be broken here.
    pub fn is(name: &str) -> bool {
        CHOSEN.get() == Some(name) || EVERYWHERE.get().is_some_and(|chosen| chosen == name)
    }

    /// Breaks that rule on all threads, for as long as the process lives.
    pub fn choose_everywhere(name: String) {
        EVERYWHERE.get_or_init(|| name);
    }

    /// Breaks that rule on this thread from now on; `None`: none.
    pub fn choose(name: Option<&'static str>) {
        CHOSEN.set(name);
    }

    /// What is broken on this thread.
    pub fn chosen() -> Option<&'static str> {
        CHOSEN.get()
    }

    /// Does something by the rules as they are, whatever is chosen: for an oracle.
    pub fn without<T>(sound: impl FnOnce() -> T) -> T {
        let chosen = CHOSEN.take();
        let done = sound();
        CHOSEN.set(chosen);
        done
    }
}

#[cfg(feature = "broken")]
pub use chosen::{choose, choose_everywhere, chosen, is, without};

/// Whether that rule is to be broken here: never.
#[cfg(not(feature = "broken"))]
#[inline(always)]
pub const fn is(_name: &str) -> bool {
    false
}
