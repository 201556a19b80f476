//! The account of a run: what happened, in order, and which expectations held.

use std::fmt;

use serde::Serialize;

/// Something that had to hold.
#[derive(Debug, Clone, Serialize)]
pub struct Expectation {
    /// What.
    pub name: String,
    /// Whether it did.
    pub held: bool,
    /// What was seen.
    pub detail: String,
}

/// A chapter of the story.
#[derive(Debug, Clone, Serialize)]
pub struct Chapter {
    /// What it is about.
    pub title: String,
    /// What happened, a sentence each.
    pub lines: Vec<String>,
}

/// What happened, and what held.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    /// The story.
    pub story: Vec<Chapter>,
    /// What had to hold.
    pub expectations: Vec<Expectation>,
}

impl Account {
    /// Begins a chapter.
    pub fn chapter(&mut self, title: &str) {
        self.story.push(Chapter { title: title.to_owned(), lines: Vec::new() });
    }

    /// Tells something.
    pub fn tell(&mut self, line: impl Into<String>) {
        if self.story.is_empty() {
            self.chapter("");
        }
        if let Some(chapter) = self.story.last_mut() {
            chapter.lines.push(line.into());
        }
    }

    /// Notes whether something held that had to.
    pub fn expect(&mut self, name: &str, held: bool, detail: impl Into<String>) {
        self.expectations.push(Expectation { name: name.to_owned(), held, detail: detail.into() });
    }

    /// Notes that two things had to be equal.
    pub fn expect_equal<T: PartialEq + fmt::Debug>(&mut self, name: &str, seen: &T, expected: &T) {
        let held = seen == expected;
        let detail = if held { format!("{seen:?}") } else { format!("{seen:?}, expected {expected:?}") };
        self.expect(name, held, detail);
    }

    /// This, and then that.
    #[must_use]
    pub fn and(mut self, then: Self) -> Self {
        self.story.extend(then.story);
        self.expectations.extend(then.expectations);
        self
    }

    /// Whether all held.
    pub fn all_held(&self) -> bool {
        self.expectations.iter().all(|e| e.held)
    }

    /// Those that did not hold.
    pub fn broken(&self) -> impl Iterator<Item = &Expectation> {
        self.expectations.iter().filter(|e| !e.held)
    }
}

/// For a person to read.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chapter in &self.story {
            writeln!(f, "\n{}\n{}", chapter.title, "─".repeat(chapter.title.chars().map(width).sum()))?;
            chapter.lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        writeln!(f, "\nExpectations\n────────────")?;
        for e in &self.expectations {
            writeln!(f, "  {} {}{}", if e.held { "✓" } else { "✗" }, e.name, Detail(&e.detail))?;
        }
        let held = self.expectations.iter().filter(|e| e.held).count();
        writeln!(f, "\n{held} of {} expectations held.", self.expectations.len())
    }
}

/// Chinese characters take two columns.
fn width(c: char) -> usize {
    if ('\u{2e80}'..='\u{ffef}').contains(&c) { 2 } else { 1 }
}

struct Detail<'a>(&'a str);

impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " — {}", self.0) }
    }
}
