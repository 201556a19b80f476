//! Looking for people, villages and teams by name, in pages.
//!
//! Readings are worked out while looking, not kept: ten thousand names take some milliseconds, no row has to be made again when the
//! dictionary of readings changes, and 王's pinyin is nobody's evidence. One request looks at no more than [`LOOKED_AT`] names of those that
//! the asker may see, however large the registry is, and says where to go on.

use mobile_schema::kinds::place::read_former_name;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::Problem,
    registry::pinyin::Typed,
    storage::{
        Db,
        entities::{person, place, record, team},
        scoping::{ScopeRange, find_in_scopes},
    },
};

/// Most names that one request looks at: two counties of people.
pub const LOOKED_AT: u64 = 20_000;
/// Most that one page holds.
pub const MOST: usize = 200;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// People.
    People,
    /// Villages and communities.
    Villages,
    /// Work teams.
    Teams,
}

/// Somebody or something found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    /// The id: `district.p.name`, a code, the id of a team.
    pub id: String,
    /// In Chinese.
    pub name: String,
    /// Of a person: the unit that employs them; of a team: the one that sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Of a person: telephone at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Of a team: where it is stationed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub village: Option<String>,
    /// Of a village: names it had, by which it is found too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_names: Vec<String>,
    /// Of a village that ended: the one it was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

/// A page, by id.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Those found.
    pub found: Vec<Named>,
    /// Pass it as `after` to go on; missing at the end. A page may be short, or empty, and not be the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Id, name, name in English, and two columns more.
type Row = (String, Option<String>, Option<String>, Option<String>, Option<String>);

/// Those in these scopes whose name is found by what was typed, behind the id `after`.
pub async fn search(
    db: &Db,
    scopes: &[ScopeRange],
    of: Of,
    typed: &Typed,
    after: Option<&str>,
    limit: usize,
) -> Result<Found, Problem> {
    let rows = rows(db, scopes, of, after).await?;
    let looked_at_all = rows.len() < LOOKED_AT as usize;
    let last = rows.last().map(|row| row.0.clone());
    let former = |row: &Row| if of == Of::Villages { former_names(row.3.as_deref()) } else { Vec::new() };
    let is_found = |row: &Row| {
        let names = [&row.1, &row.2].into_iter().flatten();
        names.chain(&former(row)).any(|name| typed.finds(name))
    };
    let mut found: Vec<Named> = Vec::new();
    for row in rows.into_iter().filter(is_found) {
        let former_names = former(&row);
        let (id, name, name_en, one, other) = row;
        if found.len() == limit.min(MOST) {
            let next = found.last().map(|named| named.id.clone());
            return Ok(Found { found, next });
        }
        let name = name.or(name_en).unwrap_or_default();
        let named =
            Named { id, name, unit: None, phone: None, village: None, former_names: Vec::new(), successor: None };
        found.push(match of {
            Of::People => Named { unit: one, phone: other, ..named },
            Of::Teams => Named { unit: one, village: other, ..named },
            Of::Villages => Named { former_names, successor: other, ..named },
        });
    }
    Ok(Found { found, next: if looked_at_all { None } else { last } })
}

/// The names in a column of former names.
fn former_names(column: Option<&str>) -> Vec<String> {
    let elements = column.unwrap_or_default().lines().filter_map(read_former_name);
    elements.map(|(_, name)| name.to_owned()).collect()
}

async fn rows(db: &Db, scopes: &[ScopeRange], of: Of, after: Option<&str>) -> Result<Vec<Row>, Problem> {
    macro_rules! page {
        ($table:ident, $kind:literal, $one:ident, $other:ident) => {{
            use $table::{Column, Entity};
            let seen = find_in_scopes::<record::Entity>(record::Column::Scope, db.backend(), scopes)
                .filter(record::Column::Kind.eq($kind))
                .select_only()
                .column(record::Column::Key)
                .into_query();
            let mut query = Entity::find().filter(Column::Record.in_subquery(seen));
            if let Some(after) = after {
                query = query.filter(Column::Id.gt(after));
            }
            query
                .select_only()
                .columns([Column::Id, Column::Name, Column::NameEn, Column::$one, Column::$other])
                .order_by_asc(Column::Id)
                .limit(LOOKED_AT)
        }};
    }
    let villages = place::Column::Level.is_in(["village", "community"]);
    Ok(match of {
        Of::People => page!(person, "person", Unit, Phone).into_tuple().all(&db.read).await?,
        Of::Teams => page!(team, "team", Unit, Village).into_tuple().all(&db.read).await?,
        Of::Villages => {
            page!(place, "place", FormerNames, Successor).filter(villages).into_tuple().all(&db.read).await?
        }
    })
}
