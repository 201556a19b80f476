//! Projections: what a feature makes of a record, as rows of its own tables. A feature says only, purely, which row a record
//! comes to and which jobs hang on a row; here the rows are written, in the same transaction as the record.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait as _, sea_query::ValueType};
use sync_protocol::{RecordKey, merge::Merged, record::RecordName};

use super::{Write, jobs::JobKey, rows};

/// A record that came into being or changed.
#[derive(Debug)]
pub struct Changed<'a> {
    /// Its key.
    pub key: RecordKey,
    /// Its name.
    pub name: RecordName<'a>,
    /// What it comes to. Empty where nothing of it stands any more.
    pub merged: &'a Merged,
    /// The shown values as one JSON object, sets as lists. `{}` where deleted.
    pub fields: &'a str,
    /// Whether it may have been projected before.
    pub existed: bool,
}

impl Changed<'_> {
    /// Whether there is anything to project: it stands, and is not deleted.
    pub fn is_live(&self) -> bool {
        !self.merged.is_empty() && self.merged.deleted_by.is_empty()
    }

    /// The fields as the kind's typed struct. What was accepted passed the schema, so this fails only if struct and schema disagree.
    pub fn read<T: serde::de::DeserializeOwned + Default>(&self) -> T {
        serde_json::from_str(self.fields).unwrap_or_default()
    }
}

/// One row a record, in one table.
pub trait RowPerRecord: Send + Sync + 'static {
    /// The table. Its primary key is the column `record`.
    type Entity: EntityTrait;

    /// The kinds it is made of.
    const KINDS: &'static [&'static str];

    /// The column `record`.
    fn record_column() -> <Self::Entity as EntityTrait>::Column;

    /// The row of a record that is live, if it comes to one. Pure.
    fn row(record: &Changed<'_>) -> Option<<Self::Entity as EntityTrait>::Model>;

    /// The jobs that hang on this row. Pure.
    fn jobs(row: &<Self::Entity as EntityTrait>::Model) -> Vec<JobKey>;

    /// The jobs to run when a row came, changed or went: those that hang on it as it was and as it is, unless comparing the two tells more. Pure.
    fn jobs_between(
        before: Option<&<Self::Entity as EntityTrait>::Model>,
        after: Option<&<Self::Entity as EntityTrait>::Model>,
    ) -> Vec<JobKey> {
        before.into_iter().chain(after).flat_map(Self::jobs).collect()
    }
}

/// Any projection, as the transaction runs it.
#[async_trait]
pub trait Projection: Send + Sync {
    /// The kinds it is made of.
    fn kinds(&self) -> &'static [&'static str];

    /// Brings the rows of these records (all of its kinds) up to date; gives the jobs that hang on them.
    async fn apply(&self, tx: &Write, changed: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr>;

    /// Removes all rows, for a rebuild.
    async fn clear(&self, tx: &Write) -> Result<(), DbErr>;

    /// The jobs by which goes what was kept of records (key and kind) of which operations were erased. Pure.
    fn erased(&self, _records: &[(RecordKey, &str)]) -> BTreeSet<JobKey> {
        BTreeSet::new()
    }
}

/// Makes a [`Projection`] of a [`RowPerRecord`].
pub struct Rows<P>(std::marker::PhantomData<P>);

impl<P> Rows<P> {
    /// The projection, boxed for registering.
    pub fn boxed() -> Box<dyn Projection>
    where
        P: RowPerRecord,
        <P::Entity as EntityTrait>::Model: IntoActiveModel<<P::Entity as EntityTrait>::ActiveModel> + Send + Sync,
        <P::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = P::Entity> + Send,
    {
        Box::new(Rows::<P>(std::marker::PhantomData))
    }
}

#[async_trait]
impl<P> Projection for Rows<P>
where
    P: RowPerRecord,
    <P::Entity as EntityTrait>::Model: IntoActiveModel<<P::Entity as EntityTrait>::ActiveModel> + Send + Sync,
    <P::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = P::Entity> + Send,
{
    fn kinds(&self) -> &'static [&'static str] {
        P::KINDS
    }

    async fn apply(&self, tx: &Write, changed: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr> {
        let mut jobs = BTreeSet::new();
        let existed: Vec<Vec<u8>> = changed.iter().filter(|c| c.existed).map(|c| c.key.0.to_vec()).collect();
        let mut before = HashMap::new();
        if !existed.is_empty() {
            // What hung on the row as it was (the day a fix lay in before its time was corrected) must be looked at again too.
            let old = rows::select_in::<P::Entity, _>(tx, P::record_column(), existed).await?;
            before
                .extend(old.into_iter().map(|row| (<Vec<u8> as ValueType>::unwrap(row.get(P::record_column())), row)));
        }
        let (mut fresh, mut again, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for record in changed {
            let row = record.is_live().then(|| P::row(record)).flatten();
            let old = before.get(record.key.0.as_slice());
            jobs.extend(P::jobs_between(old, row.as_ref()));
            match row {
                Some(row) if record.existed => again.push(row),
                Some(row) => fresh.push(row),
                None if record.existed => gone.push(record.key.0.to_vec()),
                None => {}
            }
        }
        rows::insert::<P::Entity>(tx, fresh).await?;
        rows::upsert::<P::Entity>(tx, again).await?;
        rows::delete_in::<P::Entity, _>(tx, P::record_column(), gone).await?;
        Ok(jobs)
    }

    async fn clear(&self, tx: &Write) -> Result<(), DbErr> {
        P::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}
