//! What the registry makes of records: one row each. A record that lacks what its row cannot be without (a station without a person)
//! comes to no row until that is written.

use std::collections::BTreeSet;

use mobile_schema::kinds;

use crate::{
    attendance::subject,
    storage::{
        entities::{cadre, fence, person, place, rule, station, team, unit},
        jobs::JobKey,
        projection::{Changed, Projection, RowPerRecord, Rows},
    },
};

/// All of them.
pub fn all() -> Vec<Box<dyn Projection>> {
    vec![
        Rows::<Places>::boxed(),
        Rows::<Fences>::boxed(),
        Rows::<Units>::boxed(),
        Rows::<Teams>::boxed(),
        Rows::<People>::boxed(),
        Rows::<Stations>::boxed(),
        Rows::<Cadres>::boxed(),
        Rows::<Rules>::boxed(),
    ]
}

macro_rules! jobs {
    () => {
        |_| Vec::new()
    };
    ($jobs:expr) => {
        $jobs
    };
}

macro_rules! rows {
    ($($name:ident: $kind:literal as $table:ident, |$record:ident| $row:expr $(, jobs $jobs:expr)? $(, between $between:expr)?;)+) => {$(
        struct $name;

        impl RowPerRecord for $name {
            type Entity = $table::Entity;

            const KINDS: &'static [&'static str] = &[$kind];

            fn record_column() -> $table::Column {
                $table::Column::Record
            }

            fn row($record: &Changed<'_>) -> Option<$table::Model> {
                $row
            }

            fn jobs(row: &$table::Model) -> Vec<JobKey> {
                let jobs: fn(&$table::Model) -> Vec<JobKey> = jobs!($($jobs)?);
                jobs(row)
            }

            $(fn jobs_between(before: Option<&$table::Model>, after: Option<&$table::Model>) -> Vec<JobKey> {
                $between(before, after)
            })?
        }
    )+};
}

rows! {
    Places: "place" as place, |r| {
        let f: kinds::place::PlaceRecord = r.read();
        Some(place::Model {
            record: key(r),
            id: r.name.id.to_owned(),
            level: f.level,
            name: f.name,
            name_en: f.name_en,
            parent: f.parent.map(text),
            towns: sorted(f.towns),
            inspected: f.inspected.unwrap_or(false),
            poor: f.poor.unwrap_or(false),
            demo: f.demo.unwrap_or(false),
            code: f.code.map(text),
            former_names: lines(f.former_names),
            to_day: f.to,
            successor: f.successor.map(text),
        })
    }, between of_place;
    Fences: "fence" as fence, |r| {
        let f: kinds::fence::Fence = r.read();
        Some(fence::Model {
            record: key(r),
            village: text(f.village?),
            from_day: f.from?,
            to_day: f.to,
            datum: f.datum?.name().to_owned(),
            geometry: f.geometry?.to_string(),
            synthetic: f.synthetic.unwrap_or(false),
        })
    }, jobs |fence| {
        let mut jobs = subject::of_fence(&fence.village, &fence.from_day, fence.to_day.as_deref());
        jobs.push(crate::signals::subject::village(&fence.village));
        jobs
    };
    Units: "unit" as unit, |r| {
        let f: kinds::unit::Unit = r.read();
        Some(unit::Model {
            record: key(r),
            id: r.name.id.to_owned(),
            name: f.name,
            name_en: f.name_en,
            leader: f.leader.map(text),
            villages: sorted(f.villages.into_iter().map(text).collect()),
            demo: f.demo.unwrap_or(false),
        })
    };
    Teams: "team" as team, |r| {
        let f: kinds::team::Team = r.read();
        Some(team::Model {
            record: key(r),
            id: r.name.id.to_owned(),
            village: f.village.map(text),
            name: f.name,
            name_en: f.name_en,
            unit: f.unit.map(text),
            demo: f.demo.unwrap_or(false),
        })
    };
    People: "person" as person, |r| {
        let f: kinds::person::Person = r.read();
        Some(person::Model {
            record: key(r),
            id: r.name.id.to_owned(),
            name: f.name,
            name_en: f.name_en,
            unit: f.unit.map(text),
            phone: f.phone,
            demo: f.demo.unwrap_or(false),
        })
    };
    Stations: "station" as station, |r| {
        let f: kinds::station::Station = r.read();
        Some(station::Model {
            record: key(r),
            person: text(f.person?),
            team: f.team,
            village: text(f.village?),
            lead: f.lead.unwrap_or(false),
            from_ms: f.from?,
            to_ms: f.to,
        })
    }, jobs |station| subject::of_station(&station.person, station.from_ms, station.to_ms);
    Cadres: "cadre" as cadre, |r| {
        let f: kinds::cadre::Cadre = r.read();
        Some(cadre::Model {
            record: key(r),
            id: r.name.id.to_owned(),
            village: text(f.village?),
            name: f.name,
            post: f.post,
        })
    };
    Rules: "rule" as rule, |r| {
        let f: kinds::rule::Rule = r.read();
        Some(rule::Model {
            record: key(r),
            key: f.key?,
            place: r.name.scope.split_once('/')?.0.to_owned(),
            id: r.name.id.to_owned(),
            title: f.title.unwrap_or_default(),
            from_day: f.from?,
            to_day: f.to,
            body: f.body?.to_string(),
        })
    }, jobs |rule| subject::of_rule(&rule.key, &rule.place, &rule.from_day, rule.to_day.as_deref());
}

/// A village that was merged has its days with its successor; a town that joins a district or leaves it goes by other rules.
fn of_place(before: Option<&place::Model>, after: Option<&place::Model>) -> Vec<JobKey> {
    let towns = |row: Option<&place::Model>| -> BTreeSet<String> {
        row.into_iter().flat_map(|row| row.towns.split_whitespace()).map(str::to_owned).collect()
    };
    let moved = &towns(before) ^ &towns(after);
    let merged = |row: &place::Model| match (&row.to_day, &row.successor) {
        (Some(last_day), Some(successor)) => subject::of_merger(&row.id, successor, last_day),
        _ => Vec::new(),
    };
    let mergers = before.into_iter().chain(after).flat_map(merged);
    mergers.chain(moved.iter().flat_map(|town| subject::of_town(town))).collect()
}

fn key(record: &Changed<'_>) -> Vec<u8> {
    record.key.0.to_vec()
}

fn text(name: impl std::fmt::Display) -> String {
    name.to_string()
}

fn lines(mut names: Vec<String>) -> String {
    names.sort_unstable();
    names.join("\n")
}

fn sorted(mut codes: Vec<String>) -> String {
    codes.sort_unstable();
    codes.join(" ")
}
