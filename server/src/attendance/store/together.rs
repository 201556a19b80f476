//! Which members of villages move as one: found in the positions of a month. So many statements, however many villages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use mobile_schema::{Datum, to_wgs84};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, Value};
use zhucun_presence::{
    matter::{Code, Matter},
    month::Month,
    together::{Capture, Group, MOST_SPAN_MS, Noted, SAME_CAPTURE_MS, groups},
};

use super::{
    Court,
    matters::{self, Looked},
    months::MemberMonth,
    sql::Keys,
};
use crate::{
    attendance::{deciding::MemberDay, subject},
    storage::{
        Write,
        entities::{acknowledgement, matter, station},
        jobs::JobKey,
        rows,
    },
};

/// The villages in which members may move as one: some have evidence on as many days as that takes, or it was found before. One statement.
pub async fn to_look_at(
    db: &impl ConnectionTrait,
    court: &Court,
    month: Month,
    members: &[MemberMonth],
) -> Result<Vec<JobKey>, DbErr> {
    let (mut wanted, mut others) = (BTreeSet::new(), BTreeSet::new());
    for member in members {
        let known = member.days.iter().filter(|day| day.told.is_some()).count();
        for village in member.villages() {
            let days = usize::from(court.book.on(&village, month.last()).rule.together.days);
            if days > 0 && known >= days {
                wanted.insert(village)
            } else {
                others.insert(village)
            };
        }
    }
    wanted.extend(matters::of_villages(db, &others, month).await?.into_iter().map(|row| row.village));
    Ok(wanted.iter().map(|village| subject::village_month(village, &month.to_string())).collect())
}

/// Finds who moves as one in the months of these villages, but for what was taken note of: four statements a month.
pub async fn derive(
    tx: &Write,
    court: &Court,
    wanted: BTreeMap<Month, BTreeSet<String>>,
    now_ms: i64,
) -> Result<(), DbErr> {
    for (month, villages) in wanted {
        let captures = captures(tx, court, &villages, month).await?;
        let mut found: BTreeMap<String, Vec<Group>> = BTreeMap::new();
        for (village, captures) in &captures {
            let rule = court.book.on(village, month.last()).rule.together;
            found.insert(village.clone(), groups(captures, &rule, &court.calendar));
        }
        let noted = noted(tx, found.values().flatten().map(|group| group.first().to_owned()).collect(), month).await?;
        let known = |group: &Group| noted.get(group.first()).is_some_and(|noted| group.is_known(noted));
        // Who is stationed in two villages at once is found in both, and once is enough.
        let mut fresh: BTreeMap<(Vec<String>, Date), Looked> = BTreeMap::new();
        for (village, groups) in found {
            for group in groups.into_iter().filter(|group| !known(group)) {
                fresh.entry((group.people.clone(), group.first_day)).or_insert_with(|| looked(&village, group));
            }
        }
        matters::write_of_villages(tx, &villages, month, fresh.into_values().collect(), now_ms).await?;
    }
    Ok(())
}

fn looked(village: &str, group: Group) -> Looked {
    Looked {
        person: group.first().to_owned(),
        day: group.first_day.to_string(),
        village: village.to_owned(),
        matters: vec![Matter { code: Code::AsOne, detail: group.people[1..].join(" "), group: Some(group) }],
    }
}

/// The first position of a run.
#[derive(FromQueryResult)]
struct First {
    village: String,
    person: String,
    lo_ms: i64,
    hi_ms: i64,
    lat: f64,
    lon: f64,
    accuracy_m: Option<f64>,
    datum: Option<String>,
}

impl First {
    /// None where it is not known where it was.
    fn capture(self) -> Option<(String, Capture)> {
        let accuracy_m = self.accuracy_m.filter(|m| *m > 0.0)?;
        let place = to_wgs84(Datum::parse(self.datum.as_deref()?)?, self.lat, self.lon)?;
        let Self { village, person, lo_ms, hi_ms, .. } = self;
        Some((village, Capture { person, lo_ms, hi_ms, place, accuracy_m }))
    }
}

/// What the members of each of these villages captured in the month, while they were stationed there.
async fn captures(
    db: &impl ConnectionTrait,
    court: &Court,
    villages: &BTreeSet<String>,
    month: Month,
) -> Result<HashMap<String, Vec<Capture>>, DbErr> {
    let start_ms = court.calendar.bounds(month.first()).start_ms;
    let end_ms = court.calendar.bounds(month.last()).end_ms;
    let all = villages.iter().cloned().collect();
    let stations = rows::select_in::<station::Entity, _>(db, station::Column::Village, all).await?;
    let while_there: BTreeSet<(String, String, i64, i64)> = stations
        .into_iter()
        .map(|row| (row.village, row.person, row.from_ms.max(start_ms), row.to_ms.unwrap_or(end_ms).min(end_ms)))
        .filter(|(.., from_ms, to_ms)| from_ms < to_ms)
        .collect();
    let wanted: Vec<Vec<Value>> = while_there
        .into_iter()
        .map(|(village, person, from_ms, to_ms)| vec![village.into(), person.into(), from_ms.into(), to_ms.into()])
        .collect();
    let keys = Keys { columns: &["village", "person", "from_ms", "to_ms"], rows: &wanted };
    // A phone may measure every few seconds; of a run only the first is read. A mocked position is none.
    let sql = format!(
        "SELECT village, person, lo_ms, hi_ms, lat, lon, accuracy_m, datum FROM (\
         SELECT d.village, d.person, t.lo_ms, t.hi_ms, t.lat, t.lon, t.accuracy_m, t.datum, \
         t.lo_ms - LAG(t.lo_ms) OVER (PARTITION BY d.village, d.person, d.from_ms ORDER BY t.lo_ms, t.record) AS after_ms \
         FROM d CROSS JOIN fix t WHERE t.person = d.person AND t.lo_ms >= d.from_ms AND t.lo_ms < d.to_ms \
         AND t.hi_ms - t.lo_ms <= {MOST_SPAN_MS} AND NOT t.mock) runs WHERE after_ms IS NULL OR after_ms > {SAME_CAPTURE_MS}"
    );
    let mut of_village: HashMap<String, Vec<Capture>> = HashMap::new();
    for (village, capture) in keys.query::<First>(db, &sql).await?.into_iter().filter_map(First::capture) {
        of_village.entry(village).or_default().push(capture);
    }
    Ok(of_village)
}

/// What of that the office took note of, by the member under whose name the matter stands.
async fn noted(
    db: &impl ConnectionTrait,
    people: BTreeSet<String>,
    month: Month,
) -> Result<HashMap<String, Vec<Noted>>, DbErr> {
    use acknowledgement::Column::{AsOne, Day, Person};
    let mut of: HashMap<String, Vec<Noted>> = HashMap::new();
    for chunk in rows::lists(&people.into_iter().collect::<Vec<_>>()) {
        let days = Day.between(month.first().to_string(), month.last().to_string());
        let query =
            acknowledgement::Entity::find().filter(Person.is_in(chunk)).filter(days).filter(AsOne.is_not_null());
        for row in query.all(db).await? {
            let noted = row.as_one.and_then(|noted| serde_json::from_str(&noted).ok());
            of.entry(row.person).or_default().extend::<Option<Noted>>(noted);
        }
    }
    Ok(of)
}

/// What of that waits, by the day under which it stands.
pub async fn found(db: &impl ConnectionTrait, days: &[MemberDay]) -> Result<BTreeMap<MemberDay, Group>, DbErr> {
    use matter::Column::{Code as Named, Person};
    let people: BTreeSet<String> = days.iter().map(|day| day.person.clone()).collect();
    let mut found = BTreeMap::new();
    for chunk in rows::lists(&people.into_iter().collect::<Vec<_>>()) {
        let query = matter::Entity::find().filter(Person.is_in(chunk)).filter(Named.eq(Code::AsOne.name()));
        for row in query.all(db).await? {
            let group = row.found.and_then(|group| serde_json::from_str(&group).ok());
            found.extend(group.map(|group| (MemberDay { person: row.person, day: row.day }, group)));
        }
    }
    Ok(found)
}
