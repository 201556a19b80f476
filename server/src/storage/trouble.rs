//! Troubles of the database's own, which pass: nothing is wrong with what was asked of it, and the same will do later. Pure.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// What a database may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its disk is full. Nothing of the transaction was kept.
    Full,
    /// It cannot be reached, ended the connection, or cannot read or write its files. Whether a commit under way was kept is not known.
    Away,
}

/// The trouble that an error tells of; none where the fault lies in what was asked.
pub fn of(error: &DbErr) -> Option<Trouble> {
    let cause = match error {
        DbErr::ConnectionAcquire(_) => return Some(Trouble::Away),
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause,
        _ => return None,
    };
    match &**cause {
        SqlxError::Database(said) => by_code(&said.code()?),
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::Protocol(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed
        | SqlxError::BeginFailed
        | SqlxError::InvalidSavePointStatement => Some(Trouble::Away),
        _ => None,
    }
}

/// By PostgreSQL's code, which has five characters, or SQLite's, which is a number of fewer digits, the lowest byte being the kind.
fn by_code(code: &str) -> Option<Trouble> {
    if code.len() == 5 {
        return match code {
            // disk_full
            "53100" => Some(Trouble::Full),
            // insufficient_resources, operator_intervention, system_error, connection_exception
            _ => ["53", "57", "58", "08"].iter().any(|class| code.starts_with(class)).then_some(Trouble::Away),
        };
    }
    match code.parse::<u32>().ok()? & 0xff {
        // SQLITE_FULL
        13 => Some(Trouble::Full),
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN
        5 | 6 | 10 | 14 => Some(Trouble::Away),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_was_asked_wrongly() {
        for (code, trouble) in [
            ("13", Some(Trouble::Full)),
            ("53100", Some(Trouble::Full)),
            ("778", Some(Trouble::Away)),
            ("57P01", Some(Trouble::Away)),
            ("08006", Some(Trouble::Away)),
            // Constraints, deadlocks (which `is_crossed` knows), damage.
            ("1555", None),
            ("23505", None),
            ("40P01", None),
            ("11", None),
        ] {
            assert_eq!(by_code(code), trouble, "{code}");
        }
        let timed_out = RuntimeErr::SqlxError(SqlxError::PoolTimedOut.into());
        assert_eq!(of(&DbErr::Conn(timed_out)), Some(Trouble::Away));
        assert_eq!(of(&DbErr::RecordNotInserted), None);
    }
}
