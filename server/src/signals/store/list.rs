//! What is shown, to whom.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::ExprTrait as _,
};
use serde::{Deserialize, Serialize};

use crate::{
    signals::signal::Code,
    storage::{
        entities::{photo, signal, signal_review},
        rows,
        scoping::{ScopeRange, find_in_scopes, within},
    },
};

/// Which signals are looked for, of those of photos in these scopes.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// The scopes that the asker may read.
    pub readable: Vec<ScopeRange>,
    /// Only these.
    pub below: Option<Vec<ScopeRange>>,
    /// Only of this code.
    pub code: Option<Code>,
    /// Only of photos recorded since then, ms.
    pub since_ms: Option<i64>,
    /// Only those that nobody gave a verdict on, or only the others.
    pub reviewed: Option<bool>,
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    strength: f64,
    record: Vec<u8>,
    code: String,
    other: Vec<u8>,
}

/// A signal and what the office said to it.
pub type Shown = (signal::Model, Option<signal_review::Model>);

/// A page of them, the strongest first, and the place to go on from; none after the last.
pub async fn page(
    db: &impl ConnectionTrait,
    sought: &Sought,
    after: Option<Mark>,
    limit: usize,
) -> Result<(Vec<Shown>, Option<Mark>), DbErr> {
    use signal::Column::{AtMs, Code, Other, Record, Scope, Strength};
    let backend = db.get_database_backend();
    let mut query = find_in_scopes::<signal::Entity>(Scope, backend, &sought.readable);
    if let Some(below) = &sought.below {
        query = query.filter(within(Scope, backend, below));
    }
    if let Some(code) = sought.code {
        query = query.filter(Code.eq(code.name()));
    }
    if let Some(since_ms) = sought.since_ms {
        query = query.filter(AtMs.gte(since_ms));
    }
    if let Some(reviewed) = sought.reviewed {
        let said = "EXISTS (SELECT 1 FROM signal_review r WHERE r.photo = signal.record AND r.code = signal.code AND r.other = signal.other)";
        let said = sea_orm::sea_query::Expr::cust(said);
        query = query.filter(if reviewed { said } else { said.not() });
    }
    if let Some(Mark { strength, record, code, other }) = after {
        // All in falling order, as one index has them.
        let behind = Condition::any()
            .add(Record.lt(record.clone()))
            .add(Record.eq(record.clone()).and(Code.lt(code.clone())))
            .add(Record.eq(record).and(Code.eq(code)).and(Other.lt(other)));
        let level = Condition::all().add(Strength.eq(strength)).add(behind);
        query = query.filter(Strength.lte(strength)).filter(Condition::any().add(Strength.lt(strength)).add(level));
    }
    let query = query.order_by_desc(Strength).order_by_desc(Record).order_by_desc(Code).order_by_desc(Other);
    let found = query.limit(limit as u64 + 1).all(db).await?;
    let more = found.len() > limit;
    let found: Vec<signal::Model> = found.into_iter().take(limit).collect();
    let mark = found.last().filter(|_| more).map(|last| Mark {
        strength: last.strength,
        record: last.record.clone(),
        code: last.code.clone(),
        other: last.other.clone(),
    });
    Ok((with_reviews(db, found).await?, mark))
}

/// The signals of one photo, the strongest first; none where the asker may see no such photo.
pub async fn of_photo(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    scope: &str,
    id: &str,
) -> Result<Option<Vec<Shown>>, DbErr> {
    let photo = find_in_scopes::<photo::Entity>(photo::Column::Scope, db.get_database_backend(), readable)
        .filter(photo::Column::Scope.eq(scope).and(photo::Column::Id.eq(id)))
        .one(db)
        .await?;
    let Some(photo) = photo else { return Ok(None) };
    let found = signal::Entity::find().filter(signal::Column::Record.eq(photo.record));
    let found = found.order_by_desc(signal::Column::Strength);
    let found = found.order_by_asc(signal::Column::Code).order_by_asc(signal::Column::Other).all(db).await?;
    Ok(Some(with_reviews(db, found).await?))
}

async fn with_reviews(db: &impl ConnectionTrait, found: Vec<signal::Model>) -> Result<Vec<Shown>, DbErr> {
    let photos = found.iter().map(|row| row.record.clone()).collect();
    let reviews = rows::select_in::<signal_review::Entity, _>(db, signal_review::Column::Photo, photos).await?;
    let review = |row: &signal::Model| {
        let of = |r: &&signal_review::Model| (&r.photo, &r.code, &r.other) == (&row.record, &row.code, &row.other);
        reviews.iter().find(of).cloned()
    };
    Ok(found.into_iter().map(|row| (review(&row), row)).map(|(review, row)| (row, review)).collect())
}
