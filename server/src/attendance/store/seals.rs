//! Seals, as they stand.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::SimpleExpr,
};
use zhucun_presence::{month::Month, seal::Sealed};

use super::book::is_code;
use crate::{
    attendance::seals::{Act, Head, acts, holding},
    storage::{entities::seal, rows},
};

/// All signings of that month in a place: a village, a division above it, or a district.
pub async fn of_place(db: &impl ConnectionTrait, place: &str, month: Month) -> Result<Vec<Act>, DbErr> {
    Ok(acts(heads(db, month, within(place)).await?))
}

/// All signings of that month in these villages.
pub async fn of_villages(db: &impl ConnectionTrait, villages: &[String], month: Month) -> Result<Vec<Act>, DbErr> {
    let mut found = Vec::new();
    for chunk in rows::lists(villages) {
        found.extend(heads(db, month, seal::Column::Village.is_in(chunk)).await?);
    }
    Ok(acts(found))
}

fn within(place: &str) -> SimpleExpr {
    match is_code(place) {
        true => seal::Column::Village.starts_with(place),
        // A district's members carry its name.
        false => seal::Column::Person.starts_with(format!("{place}.p.")),
    }
}

async fn heads(db: &impl ConnectionTrait, month: Month, of: SimpleExpr) -> Result<Vec<Head>, DbErr> {
    use seal::Column::{Act, AtMs, By, Digest, Lifted, LiftedBy, LiftedMs, Person, Reason, Village};
    type Columns =
        (String, String, String, i64, String, String, Option<String>, Option<String>, Option<String>, Option<i64>);
    let query = seal::Entity::find().filter(seal::Column::Month.eq(month.to_string())).filter(of).select_only();
    let columns = [Person, Village, Act, AtMs, By, Digest, Reason, Lifted, LiftedBy, LiftedMs];
    let rows: Vec<Columns> = query.columns(columns).into_tuple().all(db).await?;
    let head = |(person, village, act, at_ms, by, digest, reason, lifted, lifted_by, lifted_ms): Columns| Head {
        person,
        village,
        act,
        at_ms,
        by,
        digest,
        reason,
        lifted,
        lifted_by,
        lifted_ms,
    };
    Ok(rows.into_iter().map(head).collect())
}

/// The rows that one signing wrote in these villages.
pub async fn of_acts(db: &impl ConnectionTrait, month: Month, acts: &[&Act]) -> Result<Vec<seal::Model>, DbErr> {
    let named: BTreeSet<(&str, &str)> = acts.iter().map(|act| (act.village.as_str(), act.act.as_str())).collect();
    let villages: Vec<String> = acts.iter().map(|act| act.village.clone()).collect();
    let mut found = Vec::new();
    for chunk in rows::lists(&villages) {
        let any =
            Condition::all().add(seal::Column::Month.eq(month.to_string())).add(seal::Column::Village.is_in(chunk));
        found.extend(seal::Entity::find().filter(any).all(db).await?);
    }
    found.retain(|row| named.contains(&(row.village.as_str(), row.act.as_str())));
    Ok(found)
}

/// What holds of the months of members: by person, then by village, where a village that was sealed without them has none of theirs.
pub type Holding = BTreeMap<String, BTreeMap<String, Option<Sealed>>>;

/// What holds of that month for these people, who have days in these villages. Two statements, where nothing is sealed.
pub async fn of_people(
    db: &impl ConnectionTrait,
    month: Month,
    villages_of: &BTreeMap<String, BTreeSet<String>>,
) -> Result<(Vec<Act>, Holding), DbErr> {
    let people: Vec<String> = villages_of.keys().cloned().collect();
    let mut own = Vec::new();
    for chunk in rows::lists(&people) {
        let query = seal::Entity::find()
            .filter(seal::Column::Person.is_in(chunk))
            .filter(seal::Column::Month.eq(month.to_string()));
        own.extend(query.all(db).await?);
    }
    let villages: BTreeSet<String> =
        villages_of.values().flatten().cloned().chain(own.iter().map(|row| row.village.clone())).collect();
    let acts = of_villages(db, &villages.into_iter().collect::<Vec<_>>(), month).await?;
    let mut held = Holding::new();
    {
        let holding: BTreeMap<&str, &Act> =
            holding(&acts, None).into_iter().map(|act| (act.village.as_str(), act)).collect();
        for (person, villages) in villages_of {
            let sealed = villages.iter().filter(|village| holding.contains_key(village.as_str()));
            let of_person: BTreeMap<String, Option<Sealed>> = sealed.map(|village| (village.clone(), None)).collect();
            if !of_person.is_empty() {
                held.insert(person.clone(), of_person);
            }
        }
        for row in own {
            if holding.get(row.village.as_str()).is_some_and(|act| act.act == row.act) {
                let body = serde_json::from_str(&row.body).ok();
                held.entry(row.person).or_default().insert(row.village, body);
            }
        }
    }
    Ok((acts, held))
}
