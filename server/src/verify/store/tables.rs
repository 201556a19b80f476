//! The tables that are made of lines, as they are kept and as they are made again: row beside row, in the order of their keys.

use std::cmp::Ordering;

use futures::TryStreamExt as _;
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, QueryOrder, StreamTrait,
    Value,
};

use crate::{
    storage::entities::*,
    verify::finding::{Code, Finding, Report, told, told_apart},
};

/// Says which rows differ, and how. Where a row stands in its feed is no line's doing, and not compared.
pub async fn compare<C: ConnectionTrait + StreamTrait>(
    kept: &C,
    made: &C,
    report: &mut Report<'_>,
) -> Result<(), DbErr> {
    let mut rows = 0;
    macro_rules! compare {
        ($($table:ident)*) => { $(rows += one::<$table::Entity, C>(kept, made, report).await?;)* };
    }
    // Those that others are made of come first.
    compare! {
        ruling loose_line record standing conflict scope received appeal cadre check_in duty_away erased_photo fence fix gallery gallery_count gallery_tile
        hold inquiry leave person photo place presence review roll_call rule station team unit visit work_log photo_visit signal signal_review
    }
    report.count("rows made again", rows);
    Ok(())
}

/// Columns that tell where a row stands in its feed.
const PLACES: [&str; 2] = ["pos", "horizon"];
/// Columns that say what a row is about, where its key does not.
const NAMES: [&str; 5] = ["scope", "kind", "id", "person", "day"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(i64),
    Bytes(Vec<u8>),
}

async fn one<E, C>(kept: &C, made: &C, report: &mut Report<'_>) -> Result<u64, DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
    C: ConnectionTrait + StreamTrait,
{
    let mut select = E::find();
    for column in E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
        select = select.order_by_asc(column);
    }
    let (mut kept, mut made) = (select.clone().stream(kept).await?, select.stream(made).await?);
    let (mut left, mut right) = (kept.try_next().await?, made.try_next().await?);
    let mut rows = 0;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(rows),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(kept), Some(made)) => key::<E>(kept).cmp(&key::<E>(made)),
        };
        rows += 1;
        match order {
            Ordering::Less => {
                if let Some(stray) = &left {
                    let expected = "no such row: no line bears it out";
                    report.find(Finding::new(Code::RowStray, about::<E>(stray), expected, whole::<E>(stray)));
                }
                left = kept.try_next().await?;
            }
            Ordering::Greater => {
                if let Some(missing) = &right {
                    report.find(Finding::new(Code::RowMissing, about::<E>(missing), whole::<E>(missing), "none"));
                }
                right = made.try_next().await?;
            }
            Ordering::Equal => {
                if let (Some(kept), Some(made)) = (&left, &right) {
                    apart::<E>(kept, made, report);
                }
                (left, right) = (kept.try_next().await?, made.try_next().await?);
            }
        }
    }
}

fn apart<E: EntityTrait>(kept: &E::Model, made: &E::Model, report: &mut Report<'_>)
where
    E::Model: ModelTrait<Entity = E>,
{
    let differs = |column: &E::Column| !PLACES.contains(&column.as_str()) && kept.get(*column) != made.get(*column);
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for column in E::Column::iter().filter(differs) {
        let (right, wrong) = told_apart(&text(&made.get(column)), &text(&kept.get(column)));
        expected.push(format!("{} {right}", column.as_str()));
        found.push(format!("{} {wrong}", column.as_str()));
    }
    if !expected.is_empty() {
        let (expected, found) = (expected.join(", "), found.join(", "));
        report.find(Finding::new(Code::RowAltered, about::<E>(made), expected, found));
    }
}

fn key<E: EntityTrait>(row: &E::Model) -> Vec<Part>
where
    E::Model: ModelTrait<Entity = E>,
{
    let part = |value| match value {
        Value::Bytes(Some(bytes)) => Part::Bytes(bytes.to_vec()),
        Value::String(Some(text)) => Part::Bytes(text.to_string().into_bytes()),
        Value::BigInt(Some(n)) => Part::Number(n),
        Value::Int(Some(n)) => Part::Number(n.into()),
        other => unreachable!("no key has such a column: {other:?}"),
    };
    E::PrimaryKey::iter().map(|column| part(row.get(column.into_column()))).collect()
}

fn about<E: EntityTrait>(row: &E::Model) -> (&'static str, Vec<(&'static str, serde_json::Value)>)
where
    E::Model: ModelTrait<Entity = E>,
{
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is_key = |column: &E::Column| keys.iter().any(|key| key.as_str() == column.as_str());
    let names = E::Column::iter().filter(|c| !is_key(c) && NAMES.contains(&c.as_str()));
    let all = keys.iter().copied().chain(names);
    let told = |column: E::Column| {
        let value = match row.get(column) {
            Value::BigInt(Some(n)) => n.into(),
            other => text(&other).into(),
        };
        (column.as_str(), value)
    };
    (E::default().table_name(), all.map(told).collect())
}

/// A row in so many words.
fn whole<E: EntityTrait>(row: &E::Model) -> String
where
    E::Model: ModelTrait<Entity = E>,
{
    let columns = E::Column::iter().map(|column| format!("{} {}", column.as_str(), text(&row.get(column))));
    told(&columns.collect::<Vec<_>>().join(", "))
}

fn text(value: &Value) -> String {
    match value {
        Value::Bytes(Some(bytes)) => hex::encode(&bytes[..]),
        Value::String(Some(text)) => text.to_string(),
        other => other.to_string(),
    }
}
