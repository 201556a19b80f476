//! The tables of accounts, codes and installs, and what the rulings say of people.

pub mod many;

use mobile_schema::Role;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel as _, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};
use serde_json::{Map, Value};
use sync_protocol::{
    InstallId, RecordKey, chain,
    judge::Right,
    rulings::{Ruling, ruling},
    sign::Certificate,
};

use super::{
    phones,
    principal::{Districts, Principal, is_live},
};
use crate::storage::{
    Db,
    entities::{account, enrolment_code, install, record, ruling as table},
    rows,
    scoping::{ScopeRange, find_in_scopes},
};

/// A right, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The person.
    pub person: String,
    /// The right.
    pub right: Right,
}

/// A person with the rights that are live at that moment.
pub async fn principal(db: &Db, person: &str, install: Option<InstallId>, now_ms: i64) -> Result<Principal, DbErr> {
    let (rights, districts, closed) =
        tokio::try_join!(rights_of(db, person), districts(db), closed(db, install, now_ms))?;
    let live = |r: &Right| closed.is_none() && is_live(r, now_ms);
    let rights = rights.into_iter().filter(live).collect();
    Ok(Principal { person: person.to_owned(), install, rights, districts, closed })
}

/// Why that phone is no longer in use.
async fn closed(db: &Db, id: Option<InstallId>, now_ms: i64) -> Result<Option<&'static str>, DbErr> {
    let Some(id) = id else { return Ok(None) };
    let (known, enrolment) = tokio::try_join!(install(db, id), enrolment(db, id))?;
    Ok(known.map_or(Some("it is not known"), |known| phones::closed(&known, enrolment.as_ref(), now_ms)))
}

/// All rights of a person, live or not, by grants and stations.
pub async fn rights_of(db: &Db, person: &str) -> Result<Vec<Right>, DbErr> {
    let by_person = table::Entity::find()
        .filter(table::Column::Person.eq(person))
        .filter(table::Column::Kind.is_in(["grant", "station"]));
    let rows = by_person.order_by_asc(table::Column::Record).all(&db.read).await?;
    Ok(rows.iter().filter_map(held).map(|h| h.right).collect())
}

/// Everyone's grants of that role.
pub async fn holders(db: &Db, role: Role) -> Result<Vec<Held>, DbErr> {
    let rows = table::Entity::find()
        .filter(table::Column::Kind.eq("grant"))
        .order_by_asc(table::Column::Id)
        .all(&db.read)
        .await?;
    Ok(rows.iter().filter_map(held).filter(|h| h.right.role == role).collect())
}

fn held(row: &table::Model) -> Option<Held> {
    // Of these kinds no certificate is checked.
    match ruling(&row.kind, &row.id, &row.fields, &[])? {
        Ruling::Right { person, right } => Some(Held { person, right }),
        _ => None,
    }
}

/// The towns of every district.
pub async fn districts(db: &Db) -> Result<Districts, DbErr> {
    let places = table::Entity::find().filter(table::Column::Kind.eq("place"));
    // Names of districts begin with a letter, codes of divisions with a digit: of thousands of places these are a few.
    let rows = places.filter(table::Column::Id.gte("a")).all(&db.read).await?;
    let district = |row: &table::Model| match ruling("place", &row.id, &row.fields, &[])? {
        Ruling::District { name, towns } => Some((name, towns)),
        _ => None,
    };
    Ok(rows.iter().filter_map(district).collect())
}

/// The shown fields of a ruling record; empty where there is none.
pub async fn ruling_fields(db: &Db, scope: &str, kind: &str, id: &str) -> Result<Map<String, Value>, DbErr> {
    let key = RecordKey::of(scope, kind, id).0.to_vec();
    let row = table::Entity::find_by_id(key).one(&db.read).await?;
    Ok(row.and_then(|r| serde_json::from_str(&r.fields).ok()).unwrap_or_default())
}

/// Whether there is a `person` record of that name in the roster of their district.
pub async fn person_exists(db: &Db, person: &str) -> Result<bool, DbErr> {
    let Some((district, _)) = person.split_once(".p.") else { return Ok(false) };
    let key = RecordKey::of(&format!("{district}/roster"), "person", person).0.to_vec();
    Ok(record::Entity::find_by_id(key).one(&db.read).await?.is_some_and(|r| !r.empty))
}

/// The account of that name.
pub async fn account(db: &Db, name: &str) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(name).one(&db.read).await
}

/// Every account, by name.
pub async fn accounts(db: &Db) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find().order_by_asc(account::Column::Name).all(&db.read).await
}

/// Keeps a new account; false where the name is taken.
pub async fn add_account(db: &Db, new: account::Model) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let taken = OnConflict::column(account::Column::Name).do_nothing().to_owned();
    let rows = account::Entity::insert(new.into_active_model()).on_conflict(taken).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(rows == 1)
}

/// Replaces the password; false where there is no such account.
pub async fn set_password(db: &Db, name: &str, password_hash: String, now_ms: i64) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let change =
        account::ActiveModel { password_hash: Set(password_hash), changed_ms: Set(now_ms), ..Default::default() };
    let done = account::Entity::update_many().set(change).filter(account::Column::Name.eq(name)).exec(&tx).await?;
    tx.commit().await?;
    Ok(done.rows_affected == 1)
}

/// Keeps a new enrolment code.
pub async fn add_code(db: &Db, code: enrolment_code::Model) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    code.into_active_model().insert(&tx).await?;
    tx.commit().await
}

/// The code with that hash.
pub async fn code(db: &Db, hash: &[u8; 32]) -> Result<Option<enrolment_code::Model>, DbErr> {
    enrolment_code::Entity::find_by_id(hash.to_vec()).one(&db.read).await
}

/// Marks a code as used and makes its install known, both or neither. Where another request was first, its code comes back instead.
pub async fn use_code(
    db: &Db,
    hash: &[u8; 32],
    app: Option<&str>,
    certificate: &Certificate,
) -> Result<Option<enrolment_code::Model>, DbErr> {
    let tx = db.begin().await?;
    // The row is locked from here to the commit, on PostgreSQL too, by the update itself.
    let used = enrolment_code::ActiveModel {
        key: Set(Some(certificate.key.clone())),
        app: Set(app.map(str::to_owned)),
        install: Set(Some(certificate.install.0.to_vec())),
        ..Default::default()
    };
    let unused = enrolment_code::Entity::update_many().set(used).filter(enrolment_code::Column::Install.is_null());
    let done = unused.filter(enrolment_code::Column::CodeHash.eq(hash.to_vec())).exec(&tx).await?;
    if done.rows_affected == 1 {
        rows::insert::<install::Entity>(&tx, vec![install_row(certificate)]).await?;
    }
    let code = enrolment_code::Entity::find_by_id(hash.to_vec()).one(&tx).await?;
    tx.commit().await?;
    Ok(code)
}

fn install_row(certificate: &Certificate) -> install::Model {
    install::Model {
        id: certificate.install.0.to_vec(),
        certificate: serde_json::to_string(certificate).expect("plain values serialise"),
        person: certificate.person.clone(),
        server: false,
        tip_seq: 0,
        tip_head: chain::genesis(certificate.install).to_vec(),
        fork_seq: None,
        heard_ms: certificate.at,
    }
}

/// What is known of an install's chain.
pub async fn install(db: &Db, id: InstallId) -> Result<Option<install::Model>, DbErr> {
    install::Entity::find_by_id(id.0.to_vec()).one(&db.read).await
}

/// The enrolment record of an install.
pub async fn enrolment(db: &Db, id: InstallId) -> Result<Option<table::Model>, DbErr> {
    let of_install = table::Entity::find().filter(table::Column::Install.eq(id.0.to_vec()));
    of_install
        .filter(table::Column::Kind.eq("enrolment"))
        .filter(table::Column::Id.eq(id.to_string()))
        .one(&db.read)
        .await
}

/// Enrolments in these scopes, with their installs.
pub async fn enrolments(
    db: &Db,
    scopes: &[ScopeRange],
    limit: u64,
) -> Result<Vec<(table::Model, Option<install::Model>)>, DbErr> {
    let mine = find_in_scopes::<table::Entity>(table::Column::Scope, db.backend(), scopes);
    let found = mine
        .filter(table::Column::Kind.eq("enrolment"))
        .order_by_asc(table::Column::Scope)
        .order_by_asc(table::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?;
    let ids: Vec<Vec<u8>> = found.iter().filter_map(|r| r.install.clone()).collect();
    let installs = rows::select_in::<install::Entity, _>(&db.read, install::Column::Id, ids).await?;
    let mut by_id: std::collections::HashMap<Vec<u8>, install::Model> =
        installs.into_iter().map(|i| (i.id.clone(), i)).collect();
    Ok(found
        .into_iter()
        .map(|r| {
            let i = r.install.as_ref().and_then(|id| by_id.remove(id));
            (r, i)
        })
        .collect())
}
