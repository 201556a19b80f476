//! Which version of a checklist each response was begun in on this phone.

use rusqlite::{Connection, OptionalExtension as _};

use super::Result;

pub(crate) fn begun(db: &Connection, scope: &str, id: &str) -> Result<Option<String>> {
    let mut statement = db.prepare_cached("SELECT tpl FROM fillings WHERE scope = ? AND id = ?")?;
    Ok(statement.query_row([scope, id], |r| r.get(0)).optional()?)
}

pub(crate) fn begin(db: &Connection, scope: &str, id: &str, tpl: &str) -> Result<()> {
    db.prepare_cached("INSERT INTO fillings (scope, id, tpl) VALUES (?, ?, ?)")?.execute([scope, id, tpl])?;
    Ok(())
}
