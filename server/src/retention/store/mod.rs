//! What the tables say: [`gate`] keeps holds from being placed while something is erased, [`facts`] is what holds turn on, [`walk`] finds what
//! is due, [`holds`] lists holds.

pub mod facts;
pub mod gate;
pub mod holds;
pub mod walk;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect};

use super::{due::Terms, rule::KEY};
use crate::{
    auth, registry,
    storage::{Db, entities::scope},
};

/// The rules as they are.
pub async fn terms(db: &Db, floor_days: u32) -> Result<Terms, DbErr> {
    let (rules, districts) = (registry::store::rules(&db.read, KEY).await?, auth::store::districts(db).await?);
    Ok(Terms { rules, districts, floor_days })
}

/// All scopes, in order.
pub async fn scopes(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let column = scope::Column::Scope;
    scope::Entity::find().order_by_asc(column).select_only().column(column).into_tuple().all(db).await
}
