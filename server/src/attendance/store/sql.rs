//! Statements over many keys at once: the keys are a table of their own, `d`, that the statement joins. A list of alternatives
//! (`a OR b OR …`) would do the same, but SQLite takes no more than a thousand. Each statement has as many keys as a power of two, of which
//! the last may be null and match nothing, so that its text is one the database knows (see [`rows`]).

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, Statement, Value};

use crate::storage::rows;

/// The keys of a statement.
pub struct Keys<'k> {
    /// Names of the columns of `d`.
    pub columns: &'static [&'static str],
    /// Its rows.
    pub rows: &'k [Vec<Value>],
}

impl Keys<'_> {
    /// `WITH d(…) AS (VALUES …) <sql>`, as often as it takes for all keys.
    fn statements(&self, backend: DbBackend, sql: &str) -> Vec<Statement> {
        let width = self.columns.len();
        self.rows
            .chunks(rows::MAX_ROWS)
            .map(|chunk| {
                let length = chunk.len().next_power_of_two();
                let nulls = chunk[0].iter().map(Value::as_null).cycle().take((length - chunk.len()) * width);
                let row = |r: usize| -> String {
                    let place = |c: usize| match backend {
                        DbBackend::Postgres => format!("${}", r * width + c + 1),
                        _ => "?".to_owned(),
                    };
                    format!("({})", (0..width).map(place).collect::<Vec<_>>().join(","))
                };
                let rows = (0..length).map(row).collect::<Vec<_>>().join(",");
                let with = format!("WITH d({}) AS (VALUES {rows}) {sql}", self.columns.join(","));
                Statement::from_sql_and_values(backend, with, chunk.iter().flatten().cloned().chain(nulls))
            })
            .collect()
    }

    /// The rows of an entity that `sql`, a query over `d`, gives.
    pub async fn select<E>(&self, db: &impl ConnectionTrait, sql: &str) -> Result<Vec<E::Model>, DbErr>
    where
        E: EntityTrait,
    {
        let mut found = Vec::new();
        for statement in self.statements(db.get_database_backend(), sql) {
            found.extend(E::find().from_raw_sql(statement).all(db).await?);
        }
        Ok(found)
    }

    /// The rows that `sql` gives, in a form of its own.
    pub async fn query<T: FromQueryResult>(&self, db: &impl ConnectionTrait, sql: &str) -> Result<Vec<T>, DbErr> {
        let mut found = Vec::new();
        for statement in self.statements(db.get_database_backend(), sql) {
            found.extend(T::find_by_statement(statement).all(db).await?);
        }
        Ok(found)
    }

    /// Runs `sql`, a change over `d`.
    pub async fn execute(&self, db: &impl ConnectionTrait, sql: &str) -> Result<(), DbErr> {
        for statement in self.statements(db.get_database_backend(), sql) {
            db.execute_raw(statement).await?;
        }
        Ok(())
    }
}
