//! Rulings as they were last read. Every commit is judged by the same few grants, districts and templates, and reading them takes longer than
//! judging by them. They have a version, which moves with every transaction that may change them; under their lock it says whether what
//! was read before still holds.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sync_protocol::{InstallId, rulings::Ruling};

/// A ruling and the scope of its record.
pub type Scoped = (String, Ruling);

/// More entries than this are forgotten together: bounds memory, and no county has so many people and phones.
const MOST: usize = 200_000;

/// What rulings may be about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum About {
    /// All districts.
    Districts,
    /// A template's name.
    Template(String),
    /// A person's rights.
    Person(String),
    /// An install: its enrolment, and decisions on its operations and their erasures.
    Install(InstallId),
}

impl About {
    /// What that ruling is about.
    pub fn of(ruling: &Ruling) -> Self {
        match ruling {
            Ruling::District { .. } => Self::Districts,
            Ruling::Template { name, .. } => Self::Template(name.clone()),
            Ruling::Right { person, .. } => Self::Person(person.clone()),
            Ruling::Enrolment(enrolment) => Self::Install(enrolment.certificate.install),
            Ruling::Decision { dot, .. } | Ruling::Erasure { dot, .. } => Self::Install(dot.install),
        }
    }
}

/// What was read, of one version.
#[derive(Default)]
pub struct Book(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    version: i64,
    about: HashMap<About, Arc<[Scoped]>>,
}

impl Book {
    /// What is known of these at that version, and what is not.
    pub fn find(&self, version: i64, wanted: BTreeSet<About>) -> (Vec<Arc<[Scoped]>>, BTreeSet<About>) {
        let pages = self.pages();
        if pages.version != version {
            return (Vec::new(), wanted);
        }
        let mut found = Vec::with_capacity(wanted.len());
        let missing = wanted.into_iter().filter(|about| match pages.about.get(about) {
            Some(rulings) => {
                found.push(rulings.clone());
                false
            }
            None => true,
        });
        let missing = missing.collect();
        (found, missing)
    }

    /// Keeps what was read of these at that version; of some there may be nothing.
    pub fn keep(&self, version: i64, read: &HashMap<About, Arc<[Scoped]>>) {
        let mut pages = self.pages();
        // Also where it is lower: a database that was put back counts from there again, and would come to mean other rulings by this version.
        if pages.version != version || pages.about.len() > MOST {
            *pages = Pages { version, about: HashMap::new() };
        }
        pages.about.extend(read.iter().map(|(about, rulings)| (about.clone(), rulings.clone())));
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> HashMap<About, Arc<[Scoped]>> {
        names.iter().map(|name| (About::Person((*name).into()), Arc::from([]))).collect()
    }

    fn missing(book: &Book, version: i64, names: &[&str]) -> usize {
        book.find(version, read(names).into_keys().collect()).1.len()
    }

    #[test]
    fn what_was_read_holds_for_its_version_alone() {
        let book = Book::default();
        assert_eq!(missing(&book, 0, &["a"]), 1);
        book.keep(0, &read(&["a"]));
        assert_eq!(missing(&book, 0, &["a", "b"]), 1);
        assert_eq!(missing(&book, 1, &["a"]), 1);
        book.keep(1, &read(&["b"]));
        assert_eq!(missing(&book, 1, &["a", "b"]), 1);
    }

    #[test]
    fn a_database_put_back_begins_the_book_anew() {
        let book = Book::default();
        book.keep(2, &read(&["a"]));
        book.keep(1, &read(&["b"]));
        assert_eq!(missing(&book, 1, &["a", "b"]), 1);
        assert_eq!(missing(&book, 2, &["a"]), 1);
    }
}
