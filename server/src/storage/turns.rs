//! Turns among servers that share one PostgreSQL: named locks that a transaction holds until its end, however that comes. They are taken
//! in the order in which they were asked for, so that a stream of those who share one does not keep out who wants it alone.
//!
//! On SQLite whoever writes is alone anyway: every turn is granted at once.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};
use sync_protocol::ids::sha256;

/// What can be had by one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Bringing the schema up to date.
    Schema,
    /// The rulings: shared by who applies operations under them, alone for who changes them.
    Rulings,
    /// Doing jobs of that kind.
    Jobs(&'static str),
    /// Looking at what is held again.
    Sweep,
    /// Erasing what was deleted long ago.
    Purge,
    /// Erasing photos that were kept for as long as a rule says.
    Retention,
    /// The legal holds: shared by who erases what none covers, alone for who places one.
    Holds,
}

impl Turn {
    /// The lock's number. PostgreSQL's advisory locks have no names, and each database has its own.
    fn number(self) -> i64 {
        let name = match self {
            Turn::Schema => "zhucun schema".to_owned(),
            Turn::Rulings => "zhucun rulings".to_owned(),
            Turn::Jobs(kind) => format!("zhucun jobs {kind}"),
            Turn::Sweep => "zhucun sweep".to_owned(),
            Turn::Purge => "zhucun purge".to_owned(),
            Turn::Retention => "zhucun retention".to_owned(),
            Turn::Holds => "zhucun holds".to_owned(),
        };
        let [a, b, c, d, e, f, g, h, ..] = sha256(&[name.as_bytes()]);
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Waits for the turn, to have it alone.
pub async fn take(tx: &impl ConnectionTrait, turn: Turn) -> Result<(), DbErr> {
    wait(tx, "SELECT pg_advisory_xact_lock($1)", turn).await
}

/// Waits for the turn, to share it.
pub async fn share(tx: &impl ConnectionTrait, turn: Turn) -> Result<(), DbErr> {
    wait(tx, "SELECT pg_advisory_xact_lock_shared($1)", turn).await
}

/// Takes the turn if nobody has it. Does not wait: whoever has it does the work.
pub async fn try_take(tx: &impl ConnectionTrait, turn: Turn) -> Result<bool, DbErr> {
    #[derive(FromQueryResult)]
    struct Answer {
        taken: bool,
    }
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    let statement = statement("SELECT pg_try_advisory_xact_lock($1) AS taken", turn);
    let answer = Answer::find_by_statement(statement).one(tx).await?;
    Ok(answer.is_some_and(|answer| answer.taken))
}

async fn wait(tx: &impl ConnectionTrait, sql: &str, turn: Turn) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_raw(statement(sql, turn)).await?;
    }
    Ok(())
}

fn statement(sql: &str, turn: Turn) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [turn.number().into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_turn_has_a_number_of_its_own() {
        let jobs = [Turn::Jobs("a"), Turn::Jobs("b")];
        let turns = [Turn::Schema, Turn::Rulings, Turn::Sweep, Turn::Purge, Turn::Retention, Turn::Holds];
        let turns: Vec<Turn> = jobs.into_iter().chain(turns).collect();
        let numbers: std::collections::BTreeSet<i64> = turns.iter().map(|turn| turn.number()).collect();
        assert_eq!(numbers.len(), turns.len());
    }
}
