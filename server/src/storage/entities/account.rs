//! People's accounts: name and password. Not operations: a password is no fact of the field.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The name to sign in with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Whose it is, `district.p.name`.
    pub person: String,
    /// Argon2id hash with its parameters and salt, as a PHC string.
    pub password_hash: String,
    /// When the password was set, by the server's clock.
    pub changed_ms: i64,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
