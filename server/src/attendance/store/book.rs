//! By what days are judged: the calendar, and all rules as they stand.

use std::sync::Arc;

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

use crate::storage::entities::{place, rule as row};

/// By what days are judged.
#[derive(Debug, Clone)]
pub struct Court {
    /// What a day is.
    pub calendar: Calendar,
    /// What counts, by place and day.
    pub book: Arc<Book>,
}

impl Court {
    /// With the rules as they stand: two small statements.
    pub async fn open(db: &impl ConnectionTrait, calendar: &Calendar) -> Result<Self, DbErr> {
        let (mut entries, mut calendars) = (Vec::new(), Vec::new());
        let of_keys = row::Column::Key.is_in([rule::KEY, holidays::KEY]);
        for row in row::Entity::find().filter(of_keys).all(db).await? {
            let Ok(body) = serde_json::from_str::<Value>(&row.body) else { continue };
            if row.key == holidays::KEY {
                calendars.push(body);
            } else {
                entries.push(Entry { place: row.place, id: row.id, from: row.from_day, to: row.to_day, body });
            }
        }
        let districts = place::Entity::find().filter(place::Column::Level.eq("district")).all(db).await?;
        let towns = |district: place::Model| (district.id, district.towns.split(' ').map(str::to_owned).collect());
        let (book, unsound) = Book::of(entries, &calendars, districts.into_iter().map(towns));
        for (name, faults) in unsound {
            // It passed no check when it was written: an older server took it.
            tracing::warn!(name, ?faults, "a rule is not sound and is left out");
        }
        Ok(Self { calendar: calendar.clone(), book: Arc::new(book) })
    }
}
