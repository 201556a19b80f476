//! Multi-row statements: never a query per row.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, QueryFilter, sea_query::OnConflict,
};

/// How many parameters one statement may have (SQLite 32,766, PostgreSQL 65,535), with room for a few of the caller's own.
pub fn max_parameters(db: &impl ConnectionTrait) -> usize {
    match db.get_database_backend() {
        DbBackend::Sqlite => 32_000,
        _ => 65_000,
    }
}

/// Inserts rows that are not there yet.
pub async fn insert<E>(db: &impl ConnectionTrait, rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    for chunk in chunks::<E>(db, rows) {
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
    for chunk in chunks::<E>(db, rows) {
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
    for chunk in values.chunks(max_parameters(db)) {
        found.extend(E::find().filter(column.is_in(chunk.to_vec())).all(db).await?);
    }
    Ok(found)
}

/// Deletes the rows whose column has one of these values.
pub async fn delete_in<E, V>(db: &impl ConnectionTrait, column: E::Column, values: Vec<V>) -> Result<(), DbErr>
where
    E: EntityTrait,
    V: Into<sea_orm::Value> + Clone + Send + Sync,
{
    for chunk in values.chunks(max_parameters(db)) {
        E::delete_many().filter(column.is_in(chunk.to_vec())).exec(db).await?;
    }
    Ok(())
}

fn name<C: ColumnTrait>(column: &C) -> String {
    sea_orm::IdenStatic::as_str(column).to_owned()
}

fn chunks<E: EntityTrait>(db: &impl ConnectionTrait, rows: Vec<E::Model>) -> Vec<Vec<E::Model>> {
    let per_chunk = (max_parameters(db) / E::Column::iter().count()).max(1);
    let mut chunks = Vec::new();
    let mut rest = rows;
    while rest.len() > per_chunk {
        let tail = rest.split_off(per_chunk);
        chunks.push(std::mem::replace(&mut rest, tail));
    }
    if !rest.is_empty() {
        chunks.push(rest);
    }
    chunks
}
