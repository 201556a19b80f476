//! Holds and erasing exclude each other: who erases looks at the holds that stand, and until that is done nobody places another. Elsewhere than in this
//! process a turn sees to it, in it a lock.

use sea_orm::{DatabaseTransaction, DbErr};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::holds;
use crate::{
    auth::{principal::Districts, store},
    storage::{
        Db,
        entities::hold,
        turns::{self, Turn},
    },
};

/// While this is kept no hold is placed.
pub struct Erasing {
    /// The holds that stand.
    pub holds: Vec<hold::Model>,
    /// The towns of all districts.
    pub districts: Districts,
    _turn: DatabaseTransaction,
    _here: OwnedRwLockReadGuard<()>,
}

/// While this is kept nothing is erased.
pub struct Placing {
    _turn: DatabaseTransaction,
    _here: OwnedRwLockWriteGuard<()>,
}

/// Begins to erase.
pub async fn erasing(db: &Db) -> Result<Erasing, DbErr> {
    let here = db.holds().read_owned().await;
    let turn = db.snapshot().await?;
    turns::share(&turn, Turn::Holds).await?;
    // Not in the snapshot: it may be from before the turn was had.
    let holds = holds::standing(&db.read).await?;
    Ok(Erasing { holds, districts: store::districts(db).await?, _turn: turn, _here: here })
}

/// Begins to place a hold.
pub async fn placing(db: &Db) -> Result<Placing, DbErr> {
    let here = db.holds().write_owned().await;
    let turn = db.snapshot().await?;
    turns::take(&turn, Turn::Holds).await?;
    Ok(Placing { _turn: turn, _here: here })
}
