//! Which records a changed ruling touches. Too many is slow, too few is wrong: when in doubt a record is taken.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect};
use sync_protocol::{Dot, InstallId, RecordKey, broken, rulings::Ruling};

use super::{carried, settle::RulingChange};
use crate::storage::{
    Write, dots,
    entities::{install, line, record, standing},
    rows,
};

/// What is to be settled again.
#[derive(Default)]
pub struct Touched {
    installs: BTreeMap<InstallId, u64>,
    persons: BTreeSet<String>,
    dots: BTreeSet<Dot>,
    erased: BTreeSet<Dot>,
    towns: BTreeSet<String>,
    templates: BTreeSet<String>,
    codes: BTreeSet<&'static str>,
}

impl Touched {
    /// All that these changes touch.
    pub fn by(changes: &[RulingChange]) -> Self {
        let mut touched = Self::default();
        for change in changes.iter().filter(|_| !broken::is("judge once")) {
            for ruling in change.before.iter().chain(&change.after) {
                touched.ruling(ruling, change);
            }
        }
        touched
    }

    fn ruling(&mut self, ruling: &Ruling, change: &RulingChange) {
        match ruling {
            Ruling::Enrolment(enrolment) => self.install(enrolment.certificate.install, 1),
            Ruling::Right { person, .. } => {
                self.persons.insert(person.clone());
            }
            Ruling::Decision { dot, .. } => {
                self.dots.insert(*dot);
            }
            Ruling::Erasure { dot, .. } => {
                self.dots.insert(*dot);
                self.erased.insert(*dot);
            }
            Ruling::Template { name, .. } => {
                self.templates.insert(name.clone());
            }
            Ruling::District { towns, .. } => {
                let other = match (&change.before, &change.after) {
                    (Some(Ruling::District { towns: before, .. }), Some(Ruling::District { towns: after, .. })) => {
                        if towns == before {
                            after
                        } else {
                            before
                        }
                    }
                    _ => &Vec::new(),
                };
                self.towns.extend(towns.iter().filter(|town| !other.contains(town)).cloned());
            }
        }
    }

    /// All operations of the install from that seq on.
    pub fn install(&mut self, install: InstallId, from: u64) {
        let lowest = self.installs.entry(install).or_insert(from);
        *lowest = from.min(*lowest);
    }

    /// These operations.
    pub fn dots(&mut self, dots: impl IntoIterator<Item = Dot>) {
        self.dots.extend(dots);
    }

    /// All operations whose standing has this code.
    pub fn code(&mut self, code: sync_protocol::Code) {
        self.codes.insert(code.name());
    }

    /// The records.
    pub async fn records(mut self, tx: &Write) -> Result<Vec<RecordKey>, DbErr> {
        let persons = self.persons.iter().cloned().collect();
        for row in rows::select_in::<install::Entity, _>(tx, install::Column::Person, persons).await? {
            if let Some(id) = super::append::install_id(&row.id) {
                self.install(id, 1);
            }
        }
        self.dots.extend(carried::of_names(tx, &self.erased).await?);
        let mut keys: BTreeSet<Vec<u8>> = BTreeSet::new();
        for (install, from) in &self.installs {
            let of = Condition::all()
                .add(line::Column::Install.eq(install.0.to_vec()))
                .add(line::Column::Seq.gte(*from as i64));
            keys.extend(lines(tx, of).await?);
        }
        for chunk in self.dots.iter().copied().collect::<Vec<_>>().chunks(dots::A_STATEMENT) {
            keys.extend(lines(tx, carried::of_lines(chunk)).await?);
        }
        for town in &self.towns {
            let records = record::Entity::find().filter(record::Column::Scope.starts_with(town.as_str()));
            keys.extend(records.select_only().column(record::Column::Key).into_tuple::<Vec<u8>>().all(tx).await?);
            keys.extend(standings(tx, standing::Column::Scope.starts_with(town.as_str())).await?);
        }
        for template in &self.templates {
            keys.extend(standings(tx, standing::Column::Detail.eq(template.as_str())).await?);
            let responses = record::Entity::find()
                .filter(record::Column::Kind.eq("response"))
                .filter(record::Column::Body.contains(format!("\"tpl\":{}", serde_json::json!(template))));
            keys.extend(responses.select_only().column(record::Column::Key).into_tuple::<Vec<u8>>().all(tx).await?);
        }
        for code in &self.codes {
            keys.extend(standings(tx, standing::Column::Code.eq(*code)).await?);
        }
        Ok(keys.iter().filter_map(|k| k.as_slice().try_into().ok().map(RecordKey)).collect())
    }
}

async fn lines(tx: &Write, which: Condition) -> Result<Vec<Vec<u8>>, DbErr> {
    line::Entity::find()
        .filter(which)
        .filter(line::Column::Record.is_not_null())
        .select_only()
        .column(line::Column::Record)
        .distinct()
        .into_tuple()
        .all(tx)
        .await
}

async fn standings(tx: &Write, which: sea_orm::sea_query::SimpleExpr) -> Result<Vec<Vec<u8>>, DbErr> {
    standing::Entity::find()
        .filter(which)
        .filter(standing::Column::Record.is_not_null())
        .select_only()
        .column(standing::Column::Record)
        .distinct()
        .into_tuple()
        .all(tx)
        .await
}
