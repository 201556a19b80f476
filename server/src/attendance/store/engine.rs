//! By which version of the code all days were derived. A server whose code is newer derives them again, once, so that a changed engine gives notices
//! (`engine_changed`), and nobody has to remember it.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Statement};
use zhucun_presence::rule::ENGINE;

use crate::storage::{Db, entities::setting, rows};

/// The setting that holds the version.
const DERIVED_BY: &str = "presence_engine";

/// Lets all days be derived again that code of an earlier version derived. It writes jobs, a village each; a server of an earlier version leaves what a
/// newer one derived.
pub async fn catch_up(db: &Db, now_ms: i64) -> Result<(), DbErr> {
    if version(&db.read).await? >= ENGINE {
        return Ok(());
    }
    let tx = db.begin().await?;
    // Fences judge by the engine too, so fixes lose their verdicts with the days. A day of no village hangs on the office's word alone.
    let due = "INSERT INTO job (kind, subject, version, due_ms, attempts) ";
    let villages = "SELECT 'village_days', village || '|-|-', 0, $1, 0 FROM \
                    (SELECT village FROM station UNION SELECT village FROM presence WHERE village IS NOT NULL) v WHERE true \
                    ORDER BY village";
    let days = "SELECT 'member_day', person || '|' || day, 0, $1, 0 FROM presence WHERE village IS NULL ORDER BY 2";
    let mut begun = 0;
    for which in [villages, days] {
        let sql = format!("{due}{which} ON CONFLICT (kind, subject) DO UPDATE SET version = job.version + 1");
        begun +=
            tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [now_ms.into()])).await?.rows_affected();
    }
    let noted = setting::Model { name: DERIVED_BY.to_owned(), value: ENGINE.to_string() };
    rows::upsert::<setting::Entity>(&tx, vec![noted]).await?;
    tx.commit().await?;
    if begun > 0 {
        tracing::info!(engine = ENGINE, "days that an earlier version of the code judged are judged again");
    }
    Ok(())
}

/// 0 where it was never noted.
async fn version(db: &impl ConnectionTrait) -> Result<i32, DbErr> {
    let row = setting::Entity::find_by_id(DERIVED_BY).one(db).await?;
    Ok(row.and_then(|row| row.value.parse().ok()).unwrap_or_default())
}
