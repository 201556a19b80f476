//! Lists of the registry as clients read them. Each takes `visible`: whether who asks may read a scope, `place/lane`.

use mobile_schema::{Place as PlaceName, kinds::place::read_former_name};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::store;
use crate::{error::Problem, storage::Db};

/// A division or district.
#[derive(Debug, Serialize, ToSchema)]
pub struct Place {
    /// Its code, or the name of a district.
    pub id: String,
    /// `district`, `town`, `village`, `community` or `hamlet`.
    pub level: Option<String>,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The place it lies in, where its code does not tell.
    pub parent: Option<String>,
    /// Of a district: the codes of its towns.
    pub towns: Vec<String>,
    /// Whether campaigns may draw it.
    pub inspected: bool,
    /// Whether it is a relatively poor village.
    pub poor: bool,
    /// Whether it is invented.
    pub demo: bool,
    /// Its code now, where it was given another; its id stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Names it had, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_names: Vec<FormerName>,
    /// Last day on which it was a village of its own; missing while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The village that it was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

/// A name that a place had.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormerName {
    /// The name.
    pub name: String,
    /// The last day on which it held.
    pub to: String,
}

impl FormerName {
    fn read(element: &str) -> Option<Self> {
        let (to, name) = read_former_name(element)?;
        Some(Self { name: name.to_owned(), to: to.to_owned() })
    }
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// `district.p.name`.
    pub id: String,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The unit that employs them.
    pub unit: Option<String>,
    /// Telephone at work.
    pub phone: Option<String>,
    /// Whether they are invented.
    pub demo: bool,
}

/// A work team.
#[derive(Debug, Serialize, ToSchema)]
pub struct Team {
    /// Its id.
    pub id: String,
    /// Where it is stationed.
    pub village: Option<String>,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The unit that sent it.
    pub unit: Option<String>,
    /// Whether it is invented.
    pub demo: bool,
}

/// A posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct Station {
    /// Who.
    pub person: String,
    /// The team.
    pub team: Option<String>,
    /// Where.
    pub village: String,
    /// Whether they lead the team.
    pub lead: bool,
    /// Since when, ms since 1970.
    pub from: i64,
    /// Until when, ms, exclusive; missing while it lasts.
    pub to: Option<i64>,
}

/// A boundary.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fence {
    /// The village.
    pub village: String,
    /// First day it holds.
    pub from: String,
    /// Last day it holds; missing while it lasts.
    pub to: Option<String>,
    /// What the degrees refer to.
    pub datum: String,
    /// GeoJSON Polygon or MultiPolygon, or a Circle.
    #[schema(value_type = Object)]
    pub geometry: Box<RawValue>,
    /// Whether it is not surveyed.
    pub synthetic: bool,
}

/// Places, by code.
pub async fn places(db: &Db, visible: impl Fn(&str) -> bool) -> Result<Vec<Place>, Problem> {
    let rows = store::places(&db.read).await?.into_iter();
    let rows = rows.filter(|r| visible(&roster(&r.id))).map(|r| Place {
        towns: r.towns.split_whitespace().map(str::to_owned).collect(),
        former_names: r.former_names.lines().filter_map(FormerName::read).collect(),
        id: r.id,
        level: r.level,
        name: r.name,
        name_en: r.name_en,
        parent: r.parent,
        inspected: r.inspected,
        poor: r.poor,
        demo: r.demo,
        code: r.code,
        to: r.to_day,
        successor: r.successor,
    });
    Ok(rows.collect())
}

/// People, by name.
pub async fn people(db: &Db, visible: impl Fn(&str) -> bool) -> Result<Vec<Person>, Problem> {
    let rows = store::people(&db.read).await?.into_iter();
    let rows = rows.filter(|r| visible(&roster(r.id.split('.').next().unwrap_or_default()))).map(|r| Person {
        id: r.id,
        name: r.name,
        name_en: r.name_en,
        unit: r.unit,
        phone: r.phone,
        demo: r.demo,
    });
    Ok(rows.collect())
}

/// Teams, by village; only those of one.
pub async fn teams(db: &Db, village: Option<&str>, visible: impl Fn(&str) -> bool) -> Result<Vec<Team>, Problem> {
    let rows = store::teams(&db.read, village).await?.into_iter();
    let rows = rows.filter(|r| r.village.as_deref().is_some_and(|v| visible(&roster(v)))).map(|r| Team {
        id: r.id,
        village: r.village,
        name: r.name,
        name_en: r.name_en,
        unit: r.unit,
        demo: r.demo,
    });
    Ok(rows.collect())
}

/// Stations, by village; only those of one, only those that hold at a moment.
pub async fn stations(
    db: &Db,
    village: Option<&str>,
    at_ms: Option<i64>,
    visible: impl Fn(&str) -> bool,
) -> Result<Vec<Station>, Problem> {
    let rows = store::stations(&db.read, village, at_ms).await?.into_iter();
    let rows = rows.filter(|r| visible(&roster(&r.village))).map(|r| Station {
        person: r.person,
        team: r.team,
        village: r.village,
        lead: r.lead,
        from: r.from_ms,
        to: r.to_ms,
    });
    Ok(rows.collect())
}

/// Fences, by village; only those of one, only those that hold on a day.
pub async fn fences(
    db: &Db,
    village: Option<&str>,
    on: Option<&str>,
    visible: impl Fn(&str) -> bool,
) -> Result<Vec<Fence>, Problem> {
    let rows = store::fences(&db.read, village, on).await?.into_iter().filter(|r| visible(&roster(&r.village)));
    let fence = |r: crate::storage::entities::fence::Model| {
        Ok(Fence {
            village: r.village,
            from: r.from_day,
            to: r.to_day,
            datum: r.datum,
            geometry: RawValue::from_string(r.geometry).map_err(Problem::internal)?,
            synthetic: r.synthetic,
        })
    };
    rows.map(fence).collect()
}

/// The scope a record of the registry lies in.
fn roster(place: &str) -> String {
    debug_assert!(PlaceName::parse(place).is_some(), "{place} is no place");
    format!("{place}/roster")
}
