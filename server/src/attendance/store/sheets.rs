//! Months of a place or a member as a sheet shows them: what was sealed where it was, else what is derived now. So many statements, however many members.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use zhucun_presence::{
    day::parse,
    decide::Verdict,
    inputs::EvidenceRef,
    month::{Month, Sums},
    reason::{Reason, ReasonCode},
    seal::{Counted, Difference, Sealed, SealedRule, differences, is_exceptional, short},
};

use super::{
    Court,
    book::is_code,
    months::{self, MemberMonth, MonthDay},
    read::{self, ListError, MAX_MEMBER_DAYS, Wanted},
    seals,
};
use crate::{
    attendance::{asker::Asker, seals::Act},
    storage::{
        entities::{person, place, record, team},
        rows,
    },
};

/// What a sheet is of.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which month.
    pub month: Month,
    /// A village, a division above it, or a district.
    pub place: Option<String>,
    /// One member.
    pub person: Option<String>,
    /// One team, by its id.
    pub team: Option<String>,
    /// The day it is: of days to come nothing is said.
    pub today: Date,
}

/// All that a sheet shows.
#[derive(Debug)]
pub struct Sheet {
    /// A line a member and village, by village and person.
    pub lines: Vec<Line>,
    /// The signings of these villages' months.
    pub acts: Vec<Act>,
    /// Names of people, places and teams.
    pub names: Names,
    /// The rules by which the days went.
    pub rules: BTreeSet<SealedRule>,
    /// Whether the asker may see all lines that there are.
    pub whole: bool,
}

/// A member's month in a village.
#[derive(Debug)]
pub struct Line {
    /// The member.
    pub person: String,
    /// The village.
    pub village: String,
    /// The team, by its id.
    pub team: Option<String>,
    /// Whether they lead it.
    pub lead: bool,
    /// The days that count there, in order.
    pub days: Vec<Day>,
    /// Added up.
    pub sums: Sums,
    /// Whether this is what was sealed.
    pub sealed: bool,
}

/// One day of it.
#[derive(Debug)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// What it counts as.
    pub verdict: Verdict,
    /// Of an exceptional day: why, in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The pieces that decided, of which the asker may read the records; of one member's sheet alone.
    pub used: Vec<EvidenceRef>,
    /// Of a sealed day: what is derived now, where that is something else.
    pub now: Option<Counted>,
}

/// Names in Chinese, by id.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The name, or the id where there is none.
    pub fn of<'a>(&'a self, id: &'a str) -> &'a str {
        self.0.get(id).map_or(id, String::as_str)
    }
}

/// The sheet, as the asker may see it.
pub async fn read(db: &impl ConnectionTrait, court: &Court, asker: &Asker, asked: &Asked) -> Result<Sheet, ListError> {
    let (from, to) = (asked.month.first(), asked.month.last());
    let (place, person) = (asked.place.clone(), asked.person.clone());
    let wanted = Wanted { place, person, from, to, today: asked.today };
    let mut people: BTreeSet<String> = read::posted(db, court, &wanted).await?.into_keys().collect();
    if let Some(place) = &asked.place {
        let signed = seals::of_place(db, place, asked.month).await?;
        let members = signed.into_iter().flat_map(|act| act.members.into_keys());
        people.extend(members.filter(|person| asked.person.as_ref().is_none_or(|only| only == person)));
    }
    people.extend(asked.person.iter().filter(|_| asked.place.is_none()).cloned());
    if people.len().saturating_mul(asked.month.days().len()) > MAX_MEMBER_DAYS {
        return Err(ListError::TooMany);
    }
    let months = months::load(db, court, &people, asked.month, Some(asked.today), true).await?;
    let villages_of: BTreeMap<String, BTreeSet<String>> =
        months.iter().map(|month| (month.person.clone(), month.villages())).collect();
    let (acts, held) = seals::of_people(db, asked.month, &villages_of).await?;
    let nothing = BTreeMap::new();
    let (mut lines, mut rules, mut whole) = (Vec::new(), BTreeSet::new(), true);
    for month in &months {
        let sealed = held.get(&month.person).unwrap_or(&nothing);
        let now: Vec<(Date, Counted)> = month.days.iter().map(|day| (day.date, day.counted.clone())).collect();
        let others = differences(sealed, &now);
        let villages: BTreeSet<&String> = villages_of[&month.person].iter().chain(sealed.keys()).collect();
        for village in villages.into_iter().filter(|village| covers(asked.place.as_deref(), village)) {
            let line = match sealed.get(village).and_then(Option::as_ref) {
                Some(body) => {
                    rules.extend(body.rules.iter().cloned());
                    sealed_line(month, village, body, &others)
                }
                None => line(month, village, &mut rules),
            };
            if line.days.is_empty() || asked.team.is_some() && line.team != asked.team {
                continue;
            }
            if asker.may_see(&month.person, std::slice::from_ref(village)) {
                lines.push(line);
            } else {
                whole = false;
            }
        }
    }
    lines.sort_by(|a, b| (&a.village, &a.person).cmp(&(&b.village, &b.person)));
    let evidence = if asked.person.is_some() { readable(db, asker, &lines).await? } else { BTreeSet::new() };
    for day in lines.iter_mut().flat_map(|line| &mut line.days) {
        day.used.retain(|piece| evidence.contains(piece));
    }
    let names = names(db, asked, &lines, &acts).await?;
    Ok(Sheet { lines, acts, names, rules, whole })
}

/// Whether a village lies in the place. A district's members were found by their names.
fn covers(place: Option<&str>, village: &str) -> bool {
    place.filter(|place| is_code(place)).is_none_or(|place| village.starts_with(place))
}

fn posting<'a>(month: &'a MemberMonth, village: &str) -> (Option<&'a String>, bool) {
    let there = month.stations.iter().filter(|station| station.village == village);
    there.max_by_key(|station| station.from_ms).map_or((None, false), |station| (station.team.as_ref(), station.lead))
}

fn line(month: &MemberMonth, village: &str, rules: &mut BTreeSet<SealedRule>) -> Line {
    let there = month.days.iter().filter(|day| day.counted.village.as_deref() == Some(village));
    let days = there.map(|day| {
        if let Some(ruling) = &day.ruling {
            rules.insert(SealedRule { name: ruling.name.clone(), digest: ruling.digest.clone() });
        }
        let (zh, en) = sentence(day);
        Day { date: day.date, verdict: day.counted.verdict, zh, en, used: used(day), now: None }
    });
    let (team, lead) = posting(month, village);
    Line {
        person: month.person.clone(),
        village: village.to_owned(),
        team: team.cloned(),
        lead,
        days: days.collect(),
        sums: month.sums(Some(village)),
        sealed: false,
    }
}

fn sealed_line(month: &MemberMonth, village: &str, body: &Sealed, others: &[Difference]) -> Line {
    let day = |sealed: &zhucun_presence::seal::SealedDay| {
        let date = parse(&sealed.day)?;
        let other = others.iter().find(|other| other.day == date && other.village() == village);
        let same = month.days.iter().find(|day| day.date == date).filter(|_| other.is_none());
        // A seal quotes nobody; the words are where they were written, if they still are.
        let whole = same.and_then(reason).filter(|reason| sealed.is_of(reason));
        let (zh, en) = whole
            .map_or_else(|| (sealed.zh.clone(), sealed.en.clone()), |reason| (short(&reason.zh), short(&reason.en)));
        Some(Day {
            date,
            verdict: sealed.verdict,
            zh,
            en,
            used: same.map(used).unwrap_or_default(),
            now: other.map(|other| other.now.clone()),
        })
    };
    let (team, lead) = posting(month, village);
    Line {
        person: month.person.clone(),
        village: village.to_owned(),
        team: team.cloned(),
        lead,
        days: body.days.iter().filter_map(day).collect(),
        sums: body.sums.clone(),
        sealed: true,
    }
}

fn sentence(day: &MonthDay) -> (String, String) {
    if !is_exceptional(day.counted.verdict) {
        return Default::default();
    }
    let reason = reason(day).unwrap_or_else(|| Reason::new(ReasonCode::NoEvidence, Vec::new(), ""));
    (short(&reason.zh), short(&reason.en))
}

/// The deciding reason.
fn reason(day: &MonthDay) -> Option<Reason> {
    let told: Vec<Reason> = serde_json::from_str(&day.told.as_ref()?.reasons).ok()?;
    told.into_iter().next()
}

fn used(day: &MonthDay) -> Vec<EvidenceRef> {
    day.told.as_ref().and_then(|told| serde_json::from_str(&told.used).ok()).unwrap_or_default()
}

/// Of the pieces that decided these days those of which the asker may read the records.
async fn readable(db: &impl ConnectionTrait, asker: &Asker, lines: &[Line]) -> Result<BTreeSet<EvidenceRef>, DbErr> {
    let pieces = lines.iter().flat_map(|line| &line.days).flat_map(|day| &day.used);
    let key = |piece: &EvidenceRef| hex::decode(piece.split_once(':')?.1).ok();
    let of_key: BTreeMap<Vec<u8>, &EvidenceRef> = pieces.filter_map(|piece| Some((key(piece)?, piece))).collect();
    let mut found = BTreeSet::new();
    for chunk in rows::lists(&of_key.keys().cloned().collect::<Vec<_>>()) {
        let query = record::Entity::find().filter(record::Column::Key.is_in(chunk)).select_only();
        let scopes: Vec<(Vec<u8>, String)> =
            query.columns([record::Column::Key, record::Column::Scope]).into_tuple().all(db).await?;
        let mine = scopes.into_iter().filter(|(_, scope)| asker.may_read(scope));
        found.extend(mine.filter_map(|(key, _)| of_key.get(&key).map(|piece| (*piece).clone())));
    }
    Ok(found)
}

/// The names of these people.
pub async fn of_people(db: &impl ConnectionTrait, people: impl IntoIterator<Item = String>) -> Result<Names, DbErr> {
    let people: BTreeSet<String> = people.into_iter().collect();
    let people = rows::select_in::<person::Entity, _>(db, person::Column::Id, people.into_iter().collect()).await?;
    Ok(Names(people.into_iter().filter_map(|row| Some((row.id, row.name?))).collect()))
}

/// The name that a place had at the end of a month, if it has one.
pub async fn name_of(db: &impl ConnectionTrait, id: &str, month: Month) -> Result<Option<String>, DbErr> {
    let row = place::Entity::find().filter(place::Column::Id.eq(id)).one(db).await?;
    Ok(row.and_then(|row| row.name_on(&month.last().to_string()).map(str::to_owned)))
}

async fn names(db: &impl ConnectionTrait, asked: &Asked, lines: &[Line], acts: &[Act]) -> Result<Names, DbErr> {
    let people = lines.iter().map(|line| &line.person).chain(&asked.person).chain(acts.iter().map(|act| &act.by));
    let Names(mut names) = of_people(db, people.cloned()).await?;
    let villages = lines.iter().flat_map(|line| [line.village.clone(), line.village.get(..9).unwrap_or("").to_owned()]);
    let places: BTreeSet<String> = villages.chain(asked.place.iter().cloned()).collect();
    let places = rows::select_in::<place::Entity, _>(db, place::Column::Id, places.into_iter().collect()).await?;
    let last_day = asked.month.last().to_string();
    names.extend(places.into_iter().filter_map(|row| Some((row.id.clone(), row.name_on(&last_day)?.to_owned()))));
    let teams: BTreeSet<String> = lines.iter().filter_map(|line| line.team.clone()).collect();
    let teams = rows::select_in::<team::Entity, _>(db, team::Column::Id, teams.into_iter().collect()).await?;
    names.extend(teams.into_iter().filter_map(|row| Some((row.id, row.name?))));
    Ok(Names(names))
}
