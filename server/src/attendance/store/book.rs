//! By what days are judged: the calendar, and all rules as they stand.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::Value;
use zhucun_presence::{
    day::Calendar,
    rule::{
        self,
        book::{Book, Entry},
        holidays,
    },
};

use crate::storage::{
    entities::{place, rule as row},
    rows,
};

/// By what days are judged.
#[derive(Debug, Clone)]
pub struct Court {
    /// What a day is.
    pub calendar: Calendar,
    /// What counts, by place and day.
    pub book: Arc<Book>,
}

impl Court {
    /// With the rules as they stand: two statements. A place that a rule is only to be tried at is named, since it may have none.
    pub async fn open(db: &impl ConnectionTrait, calendar: &Calendar, tried: Option<&str>) -> Result<Self, DbErr> {
        Ok(Self { calendar: calendar.clone(), book: Arc::new(Records::read(db, tried).await?.book()) })
    }
}

/// A court that sits again and again: rules are read through only when they are others than last time. Reading a country's takes longer than
/// judging by them.
#[derive(Debug, Clone)]
pub struct Bench {
    calendar: Calendar,
    last: Arc<Mutex<Option<Sat>>>,
}

/// The book, and what it was read from.
type Sat = (Records, Arc<Book>);

impl Bench {
    /// Where days are those of that calendar.
    pub fn new(calendar: &Calendar) -> Self {
        Self { calendar: calendar.clone(), last: Arc::default() }
    }

    /// What a day is.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// With the rules as they stand.
    pub async fn sit(&self, db: &impl ConnectionTrait) -> Result<Court, DbErr> {
        let now = Records::read(db, None).await?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let book = match &*last {
            Some((records, book)) if *records == now => book.clone(),
            _ => {
                let book = Arc::new(now.book());
                *last = Some((now, book.clone()));
                book
            }
        };
        Ok(Court { calendar: self.calendar.clone(), book })
    }
}

/// All that rules are read from.
#[derive(Debug, PartialEq)]
struct Records {
    rules: Vec<row::Model>,
    /// Districts that have rules, or where one is tried.
    districts: Vec<place::Model>,
}

impl Records {
    async fn read(db: &impl ConnectionTrait, tried: Option<&str>) -> Result<Self, DbErr> {
        let of_keys = row::Column::Key.is_in([rule::KEY, holidays::KEY]);
        let mut rules = row::Entity::find().filter(of_keys).all(db).await?;
        rules.sort_unstable_by(|a, b| a.record.cmp(&b.record));
        // Towns and villages are named by codes, which tell what they are below.
        let named = rules.iter().map(|rule| rule.place.as_str()).chain(tried);
        let mut places: Vec<String> = named.filter(|place| !is_code(place)).map(str::to_owned).collect();
        places.sort_unstable();
        places.dedup();
        let mut districts = rows::select_in::<place::Entity, _>(db, place::Column::Id, places).await?;
        districts.sort_unstable_by(|a, b| a.record.cmp(&b.record));
        Ok(Self { rules, districts })
    }

    fn book(&self) -> Book {
        let (mut entries, mut calendars) = (Vec::new(), Vec::new());
        for row in self.rules.iter().cloned() {
            let Ok(body) = serde_json::from_str::<Value>(&row.body) else { continue };
            if row.key == holidays::KEY {
                calendars.push(body);
            } else {
                entries.push(Entry { place: row.place, id: row.id, from: row.from_day, to: row.to_day, body });
            }
        }
        let towns =
            |district: &place::Model| (district.id.clone(), district.towns.split(' ').map(str::to_owned).collect());
        let (book, unsound) = Book::of(entries, &calendars, self.districts.iter().map(towns));
        for (name, faults) in unsound {
            // It passed no check when it was written: an older server took it.
            tracing::warn!(name, ?faults, "a rule is not sound and is left out");
        }
        book
    }
}

/// Whether a place is named by a code, not a district by its name.
pub fn is_code(place: &str) -> bool {
    place.starts_with(|c: char| c.is_ascii_digit())
}
