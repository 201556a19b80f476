//! Feeds: a scope's records in the order of their newest change. A scope's row is locked before its records are read, and its
//! counter and digest change under that lock, so that commit order is position order on every database (P6).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _, Query, SubQueryStatement},
};
use sync_protocol::{
    RecordKey,
    record::{self, Digest, RecordName},
};

use super::{
    Write,
    entities::{record as record_row, scope},
    rows,
    turns::{self, Turn},
};

/// The row whose position is the version of the rulings.
const RULINGS: &str = "";

/// Scopes, locked.
#[derive(Default)]
pub struct Feeds {
    scopes: BTreeMap<String, (scope::Model, bool)>,
}

impl Feeds {
    /// Locks these scopes in their order; those that are new begin at position 0.
    pub async fn lock(tx: &Write, names: BTreeSet<&str>) -> Result<Self, DbErr> {
        let mut found = Self::select(tx, &names).await?;
        if found.len() < names.len() {
            Self::make(tx, &names).await?;
            found = Self::select(tx, &names).await?;
        }
        if found.len() < names.len() {
            return Err(DbErr::RecordNotFound("a scope that was just made".to_owned()));
        }
        Ok(Self { scopes: found.into_iter().map(|(name, row)| (name, (row, false))).collect() })
    }

    /// Makes those of these scopes that are not there. Nothing is locked yet, so that who makes scopes never keeps anybody waiting
    /// who locks them while itself waiting for these.
    async fn make(tx: &Write, names: &BTreeSet<&str>) -> Result<(), DbErr> {
        let there: BTreeSet<String> =
            rows::select_in::<scope::Entity, _>(tx, scope::Column::Scope, names.iter().copied().collect())
                .await?
                .into_iter()
                .map(|row| row.scope)
                .collect();
        let missing = names.iter().filter(|name| !there.contains(**name));
        let new =
            missing.map(|name| scope::Model { scope: (*name).to_owned(), pos: 0, digest: vec![0; 32], horizon: 0 });
        for chunk in new.collect::<Vec<_>>().chunks(1_000) {
            let models = chunk.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model);
            scope::Entity::insert_many(models).on_conflict_do_nothing().exec_without_returning(tx).await?;
        }
        Ok(())
    }

    /// Locks these as well; gives whether any was not locked yet.
    pub async fn also_lock(&mut self, tx: &Write, mut names: BTreeSet<&str>) -> Result<bool, DbErr> {
        names.retain(|name| !self.scopes.contains_key(*name));
        if names.is_empty() {
            return Ok(false);
        }
        self.scopes.extend(Self::lock(tx, names).await?.scopes);
        Ok(true)
    }

    /// Locks all of them in order, or, where one is not there, none of them.
    async fn select(tx: &Write, names: &BTreeSet<&str>) -> Result<BTreeMap<String, scope::Model>, DbErr> {
        let all: Vec<&str> = names.iter().copied().collect();
        let mut found = BTreeMap::new();
        for chunk in all.chunks(rows::MAX_VALUES) {
            let names = rows::list(chunk);
            let mut there = Query::select();
            there.expr(scope::Column::Scope.count()).from(scope::Entity);
            there.and_where(scope::Column::Scope.is_in(names.iter().copied()));
            let rows = scope::Entity::find()
                .filter(scope::Column::Scope.is_in(names))
                .filter(Expr::from(SubQueryStatement::SelectStatement(there)).eq(chunk.len() as i64))
                .order_by_asc(scope::Column::Scope)
                .lock_exclusive()
                .all(tx)
                .await?;
            found.extend(rows.into_iter().map(|row| (row.scope.clone(), row)));
        }
        Ok(found)
    }

    /// A record of the scope changed from one body to another (each with whether it says that nothing stands): its new position.
    pub fn moved(&mut self, scope: &str, before: Option<(&str, bool)>, after: (&str, bool)) -> i64 {
        let (row, changed) = self.scopes.get_mut(scope).expect("the scope was locked");
        let mut digest = Digest(row.digest.as_slice().try_into().unwrap_or_default());
        #[cfg(feature = "broken")]
        super::broken::digest_of_memory(scope, &mut digest);
        if let Some((body, empty)) = before {
            digest.remove(&Digest::hash_of(body, empty));
        }
        digest.add(&Digest::hash_of(after.0, after.1));
        row.digest = digest.0.to_vec();
        row.pos += 1;
        #[cfg(feature = "broken")]
        super::broken::remember(scope, &digest, &mut row.pos);
        *changed = true;
        row.pos
    }

    /// The next position for a derived record, which the digest leaves out.
    fn next(&mut self, scope: &str) -> i64 {
        let (row, changed) = self.scopes.get_mut(scope).expect("the scope was locked");
        row.pos += 1;
        *changed = true;
        row.pos
    }

    /// What is gone of the scope is told no longer up to that position.
    pub fn forgot(&mut self, scope: &str, pos: i64) {
        let (row, changed) = self.scopes.get_mut(scope).expect("the scope was locked");
        row.horizon = Ord::max(row.horizon, pos);
        *changed = true;
    }

    /// Writes counters, digests and horizons.
    pub async fn write(self, tx: &Write) -> Result<(), DbErr> {
        let changed = self.scopes.into_values().filter(|(_, changed)| *changed).map(|(row, _)| row).collect();
        rows::upsert::<scope::Entity>(tx, changed).await
    }
}

/// Keeps rulings as they are until the end of the transaction, and gives their version: as long as it is the same, so are they.
pub async fn share_rulings(tx: &Write) -> Result<i64, DbErr> {
    turns::share(tx, Turn::Rulings).await?;
    let row = scope::Entity::find_by_id(RULINGS).one(tx).await?;
    Ok(row.map_or(0, |row| row.pos))
}

/// Keeps all others from rulings until the end of the transaction, which may change them: their version moves.
pub async fn seize_rulings(tx: &Write) -> Result<(), DbErr> {
    turns::take(tx, Turn::Rulings).await?;
    let mut feeds = Feeds::lock(tx, [RULINGS].into()).await?;
    feeds.next(RULINGS);
    feeds.write(tx).await
}

/// Keeps these scopes as they are until the end of the transaction, which is to put something into them behind other rows that it locks.
pub async fn keep(tx: &Write, scopes: impl Iterator<Item = String>) -> Result<(), DbErr> {
    let scopes: BTreeSet<String> = scopes.collect();
    Feeds::lock(tx, scopes.iter().map(String::as_str).collect()).await.map(drop)
}

/// A derived record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: &'static str,
    /// Id: what it is about.
    pub id: String,
    /// Its fields, a JSON object.
    pub fields: String,
    /// Hash of what it was derived from.
    pub inputs: String,
}

/// Puts them into their feeds; those that are there already, with the same fields and inputs, do not move.
pub async fn put_derived(tx: &Write, records: Vec<Derived>) -> Result<(), DbErr> {
    if records.is_empty() {
        return Ok(());
    }
    // Of several about one thing the last counts.
    let latest: BTreeMap<RecordKey, Derived> =
        records.into_iter().map(|d| (RecordKey::of(&d.scope, d.kind, &d.id), d)).collect();
    let mut feeds = Feeds::lock(tx, latest.values().map(|d| d.scope.as_str()).collect()).await?;
    let keys: Vec<Vec<u8>> = latest.keys().map(|k| k.0.to_vec()).collect();
    let stored: HashMap<Vec<u8>, String> = rows::select_in::<record_row::Entity, _>(tx, record_row::Column::Key, keys)
        .await?
        .into_iter()
        .map(|row| (row.key, row.body))
        .collect();
    let mut put = Vec::new();
    for (key, d) in latest {
        let body = record::derived_body(RecordName { scope: &d.scope, kind: d.kind, id: &d.id }, &d.fields, &d.inputs);
        if stored.get(key.0.as_slice()) != Some(&body) {
            put.push(record_row::Model {
                key: key.0.to_vec(),
                pos: feeds.next(&d.scope),
                scope: d.scope,
                kind: d.kind.to_owned(),
                id: d.id,
                body,
                empty: false,
                derived: true,
            });
        }
    }
    rows::upsert::<record_row::Entity>(tx, put).await?;
    feeds.write(tx).await
}
