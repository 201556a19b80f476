//! The office's queue: what of members' days waits for a person, what weighs most first, and of that what waits longest.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::{
    attendance::asker::Asker,
    storage::{
        entities::{matter, presence},
        rows,
    },
};

/// Which matters are asked for.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Villages whose codes begin so; all where there is none.
    pub villages: Option<Vec<String>>,
    /// Members whose names begin so: those of a district.
    pub district: Option<String>,
    /// Only what is about this.
    pub code: Option<String>,
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    rank: i32,
    since_ms: i64,
    person: String,
    day: String,
    code: String,
    detail: String,
}

impl From<&matter::Model> for Place {
    fn from(row: &matter::Model) -> Self {
        Self {
            rank: row.rank,
            since_ms: row.since_ms,
            person: row.person.clone(),
            day: row.day.clone(),
            code: row.code.clone(),
            detail: row.detail.clone(),
        }
    }
}

/// Rows looked through for one page at most: who may see little must not read all.
const MOST_LOOKED_AT: usize = 5_000;

/// A page of the queue as the asker may see it, and from where to go on.
pub async fn page(
    db: &impl ConnectionTrait,
    asker: &Asker,
    sought: &Sought,
    mut after: Option<Place>,
    limit: usize,
) -> Result<(Vec<matter::Model>, Option<Place>), DbErr> {
    let (mut found, mut looked_at) = (Vec::new(), 0);
    loop {
        let some = walk(db, sought, after.as_ref(), limit as u64).await?;
        looked_at += some.len();
        let ends = some.len() < limit;
        for row in some {
            let place = Place::from(&row);
            if asker.may_see(&row.person, std::slice::from_ref(&row.village)) {
                found.push(row);
            }
            after = Some(place);
            if found.len() == limit {
                return Ok((found, after));
            }
        }
        if ends {
            return Ok((found, None));
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok((found, after));
        }
    }
}

async fn walk(
    db: &impl ConnectionTrait,
    sought: &Sought,
    after: Option<&Place>,
    limit: u64,
) -> Result<Vec<matter::Model>, DbErr> {
    use matter::Column::{Code, Day, Detail, Person, Rank, SinceMs, Village};
    let mut query = matter::Entity::find();
    if let Some(villages) = &sought.villages {
        let any = villages.iter().map(|code| Village.starts_with(code));
        query = query.filter(any.fold(Condition::any(), Condition::add));
    }
    if let Some(district) = &sought.district {
        query = query.filter(Person.starts_with(format!("{district}.p.")));
    }
    if let Some(code) = &sought.code {
        query = query.filter(Code.eq(code));
    }
    if let Some(place) = after {
        // The row behind that place, column by column.
        let behind = Condition::any()
            .add(Rank.gt(place.rank))
            .add(Condition::all().add(Rank.eq(place.rank)).add(SinceMs.gt(place.since_ms)))
            .add(
                Condition::all().add(Rank.eq(place.rank)).add(SinceMs.eq(place.since_ms)).add(
                    Condition::any()
                        .add(Person.gt(&place.person))
                        .add(Condition::all().add(Person.eq(&place.person)).add(Day.gt(&place.day)))
                        .add(
                            Condition::all().add(Person.eq(&place.person)).add(Day.eq(&place.day)).add(
                                Condition::any()
                                    .add(Code.gt(&place.code))
                                    .add(Condition::all().add(Code.eq(&place.code)).add(Detail.gt(&place.detail))),
                            ),
                        ),
                ),
            );
        query = query.filter(Rank.gte(place.rank)).filter(behind);
    }
    for column in [Rank, SinceMs, Person, Day, Code, Detail] {
        query = query.order_by_asc(column);
    }
    query.limit(limit).all(db).await
}

/// The verdicts on the days of these matters.
pub async fn verdicts(db: &impl ConnectionTrait, matters: &[matter::Model]) -> Result<Vec<presence::Model>, DbErr> {
    let mut people: Vec<String> = matters.iter().map(|row| row.person.clone()).collect();
    people.sort_unstable();
    people.dedup();
    let days = matters.iter().map(|row| row.day.as_str());
    let (Some(first), Some(last)) = (days.clone().min(), days.max()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for chunk in rows::lists(&people) {
        let of = presence::Entity::find()
            .filter(presence::Column::Person.is_in(chunk))
            .filter(presence::Column::Day.between(first, last));
        found.extend(of.all(db).await?);
    }
    Ok(found)
}
