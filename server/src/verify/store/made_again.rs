//! A second copy of the database, in which everything is made again from the lines; and what can only be told from there.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use futures::TryStreamExt as _;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, StreamTrait,
    sea_query::ExprTrait as _,
};
use sync_protocol::{Code as StandingCode, Dot, RecordKey, Standing, record::RecordName};

use crate::{
    jobs,
    storage::{
        Db,
        entities::{job, line, record, standing},
        jobs::JobHandler,
    },
    sync::store::{Context, carried, rebuild, standings},
    verify::finding::{Code, Finding, Report, told_apart},
};

/// Opens a copy, to write into it. What is lost with the machine is only a copy.
async fn open(file: &Path) -> Result<Db, DbErr> {
    Db::open(&format!("sqlite:{}", file.display()), 2).await
}

/// Does the jobs that waited when the copy was made: what hangs on them is not wrong, only late.
pub async fn finish_jobs(file: &Path, handlers: &[Arc<dyn JobHandler>]) -> anyhow::Result<()> {
    let db = open(file).await?;
    if job::Entity::find().count(&db.read).await? > 0 {
        while jobs::once(&db, handlers).await? > 0 {}
    }
    Ok(db.close().await?)
}

/// Makes everything again in that copy.
pub async fn make(file: &Path, context: &Context, handlers: &[Arc<dyn JobHandler>], now_ms: i64) -> anyhow::Result<()> {
    let db = open(file).await?;
    let tx = db.begin().await?;
    rebuild::rebuild(&tx, context, now_ms).await.context("making the records again from the lines")?;
    tx.commit().await?;
    while jobs::once(&db, handlers).await? > 0 {}
    Ok(db.close().await?)
}

/// Whether what authors were told of their operations is how these stand. It is told when it changes, so a rebuild does not tell it again.
pub async fn told<C: ConnectionTrait + StreamTrait>(kept: &C, made: &C, report: &mut Report<'_>) -> Result<(), DbErr> {
    let of_standings = record::Column::Derived.eq(true).and(record::Column::Kind.eq("standing"));
    let mut rows = record::Entity::find().filter(of_standings).stream(kept).await?;
    while let Some(row) = rows.try_next().await? {
        let again = record::Entity::find_by_id(row.key.clone()).one(made).await?;
        if again.is_some_and(|again| again.body != row.body) {
            // Its operation's standing was not as it is, so that a rebuild told it again; that was compared.
            continue;
        }
        let expected = as_it_stands(made, &row).await?;
        if expected.as_deref() != Some(row.body.as_str()) {
            let about = (
                "record",
                vec![
                    ("key", hex::encode(&row.key).into()),
                    ("scope", row.scope.clone().into()),
                    ("kind", row.kind.clone().into()),
                    ("id", row.id.clone().into()),
                ],
            );
            let expected = expected.unwrap_or_else(|| "no such row: it tells of no operation".to_owned());
            let (expected, found) = told_apart(&expected, &row.body);
            report.find(Finding::new(Code::RowAltered, about, expected, found));
        }
    }
    Ok(())
}

/// The body that tells how that operation stands; none where there is no such operation.
async fn as_it_stands(db: &impl ConnectionTrait, row: &record::Model) -> Result<Option<String>, DbErr> {
    let Ok(dot) = row.id.parse::<Dot>() else { return Ok(None) };
    let key = || (dot.install.0.to_vec(), dot.seq as i64, dot.hash.to_vec());
    let Some(line) = line::Entity::find_by_id(key()).one(db).await? else { return Ok(None) };
    let stands = standing::Entity::find_by_id(key()).one(db).await?;
    let standing = stands.as_ref().and_then(standings::read).map(|(_, standing)| standing);
    let standing = standing.unwrap_or_else(|| Standing::of(StandingCode::Applied));
    let Some(author) = row.scope.strip_suffix("/own") else { return Ok(None) };
    let record = line.record.as_ref().and_then(|key| Some(RecordKey(key.as_slice().try_into().ok()?)));
    let op = carried::stored(&line);
    let named = op.as_ref().zip(record);
    let record = named.map(|(op, key)| (key, RecordName { scope: &op.scope, kind: &op.kind, id: &op.id }));
    Ok(Some(standings::told(&standings::Placed { dot, record, standing, author: Some(author) }, author)))
}
