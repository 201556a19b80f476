//! Multi-row statements: never a query per row.
//!
//! A database prepares a statement once for each text, so lists of values are as long as a power of two. On SQLite, where a statement costs
//! more to prepare than to send, so are lists of rows; PostgreSQL, across a socket, is sent as few statements as hold them.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, QueryFilter, sea_query::OnConflict,
};

/// Inserts rows that are not there yet.
pub async fn insert<E>(db: &impl ConnectionTrait, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    for chunk in pieces::<E, _>(db, rows) {
        E::insert_many(chunk.into_iter().map(IntoActiveModel::into_active_model)).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Inserts rows, or replaces those with the same primary key.
pub async fn upsert<E>(db: &impl ConnectionTrait, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let keys: Vec<String> = E::PrimaryKey::iter().map(|k| name(&k.into_column())).collect();
    for chunk in pieces::<E, _>(db, rows) {
        let mut conflict = OnConflict::columns(E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column));
        let rest: Vec<E::Column> = E::Column::iter().filter(|c| !keys.contains(&name(c))).collect();
        if rest.is_empty() {
            conflict.do_nothing();
        } else {
            conflict.update_columns(rest);
        }
        E::insert_many(chunk.into_iter().map(IntoActiveModel::into_active_model))
            .on_conflict(conflict)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Most values of one list.
pub const MAX_VALUES: usize = 1_024;
/// Most rows of one statement on SQLite: more make it no cheaper a row, and its text longer to put together.
pub const MAX_ROWS: usize = 256;
/// Most parameters of a statement on PostgreSQL, of 65,535.
const MAX_PARAMETERS: usize = 65_000;

/// All rows whose column has one of these values.
pub async fn select_in<E, V>(
    db: &impl ConnectionTrait,
    column: E::Column,
    values: Vec<V>,
) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait,
    E::Model: ModelTrait + Send,
    V: Into<sea_orm::Value> + Clone + Send + Sync,
{
    let mut found = Vec::new();
    for list in lists(&values) {
        found.extend(E::find().filter(column.is_in(list)).all(db).await?);
    }
    Ok(found)
}

/// Deletes the rows whose column has one of these values.
pub async fn delete_in<E, V>(db: &impl ConnectionTrait, column: E::Column, values: Vec<V>) -> Result<(), DbErr>
where
    E: EntityTrait,
    V: Into<sea_orm::Value> + Clone + Send + Sync,
{
    for list in lists(&values) {
        E::delete_many().filter(column.is_in(list)).exec(db).await?;
    }
    Ok(())
}

/// The values as lists for `IN`, each as long as a power of two: the last value fills up.
pub fn lists<V: Clone>(values: &[V]) -> impl Iterator<Item = Vec<V>> {
    values.chunks(MAX_VALUES).map(list)
}

/// Values, of which there are some, as one list.
pub fn list<V: Clone>(values: &[V]) -> Vec<V> {
    let mut list = values.to_vec();
    list.resize(values.len().next_power_of_two(), values[values.len() - 1].clone());
    list
}

fn name<C: ColumnTrait>(column: &C) -> String {
    sea_orm::IdenStatic::as_str(column).to_owned()
}

/// The rows in pieces, each for a statement.
pub fn pieces<E: EntityTrait, R>(db: &impl ConnectionTrait, mut rows: Vec<R>) -> Vec<Vec<R>> {
    let piece = |left: usize| match db.get_database_backend() {
        DbBackend::Postgres => left.min(MAX_PARAMETERS / E::Column::iter().count()),
        _ => power_of_two_within(left.min(MAX_ROWS)),
    };
    let mut pieces = Vec::new();
    while !rows.is_empty() {
        let rest = rows.split_off(piece(rows.len()));
        pieces.push(std::mem::replace(&mut rows, rest));
    }
    pieces
}

/// The highest power of two that is not above `n`, which is not 0.
fn power_of_two_within(n: usize) -> usize {
    1 << n.ilog2()
}
