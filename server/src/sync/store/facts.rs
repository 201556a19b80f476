//! Loading the facts that judging takes, for a set of operations.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{
    InstallId, Op,
    judge::{Facts, Install},
    rulings::{self, Ruling},
    schema::Template,
    sign::InstallRole,
};

use super::{Context, append::install_id, chain};
use crate::storage::{
    entities::{install, ruling},
    rows,
};

/// Templates by name, each with the fields it was read from. A template of 30 items takes longer to read than a response to judge.
#[derive(Default)]
pub struct TemplateCache(Mutex<HashMap<String, (String, Arc<Template>)>>);

impl TemplateCache {
    fn read(&self, name: &str, fields: &str) -> Option<Arc<Template>> {
        let mut cache = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, template)) = cache.get(name).filter(|(read_from, _)| read_from == fields) {
            return Some(template.clone());
        }
        let template = Arc::new(Template::parse(fields).ok()?);
        cache.insert(name.to_owned(), (fields.to_owned(), template.clone()));
        Some(template)
    }
}

/// The facts for judging these operations.
pub async fn load(db: &impl ConnectionTrait, context: &Context, ops: &[&Op]) -> Result<Facts, DbErr> {
    let ids: BTreeSet<InstallId> = ops.iter().map(|op| op.dot.install).collect();
    let templates: BTreeSet<&str> = ops.iter().filter_map(|op| op.tpl.as_deref()).collect();
    let mut facts = Facts::default();
    let id_bytes: Vec<Vec<u8>> = ids.iter().map(|i| i.0.to_vec()).collect();
    let mut persons: BTreeSet<String> = BTreeSet::new();
    for row in rows::select_in::<install::Entity, _>(db, install::Column::Id, id_bytes.clone()).await? {
        note_install(&mut facts, &row);
        persons.extend((!row.server).then_some(row.person));
    }
    let mut rows = ruling_rows(db, id_bytes, persons, &templates).await?;
    // Of several records about one thing (a template's name in two scopes) that of the highest scope counts (`PROTOCOL.md`, section 7).
    rows.sort_unstable_by(|a, b| (&a.scope, &a.kind, &a.id).cmp(&(&b.scope, &b.kind, &b.id)));
    for row in rows {
        note_ruling(db, context, &mut facts, &row).await?;
    }
    Ok(facts)
}

fn note_install(facts: &mut Facts, row: &install::Model) {
    let Some(id) = install_id(&row.id) else { return };
    if let Some(fork) = row.fork_seq {
        facts.forks.insert(id, fork as u64);
    }
    // A phone is known by its enrolment operation alone: a certificate in a header is of the envelope, and does not enter (P3).
    if row.server {
        let (person, role) = (row.person.clone(), InstallRole::Server);
        facts.installs.insert(id, Install { person, role, enrolled: false, ended: None, lost: None });
    }
}

async fn ruling_rows(
    db: &impl ConnectionTrait,
    installs: Vec<Vec<u8>>,
    persons: BTreeSet<String>,
    templates: &BTreeSet<&str>,
) -> Result<Vec<ruling::Model>, DbErr> {
    // Districts are few, and any right may be at one.
    let mut any = Condition::any().add(ruling::Column::Kind.eq("place")).add(ruling::Column::Install.is_in(installs));
    if !persons.is_empty() {
        any = any.add(ruling::Column::Person.is_in(persons));
    }
    if !templates.is_empty() {
        let named = ruling::Column::Id.is_in(templates.iter().copied());
        any = any.add(Condition::all().add(ruling::Column::Kind.eq("checklist_template")).add(named));
    }
    ruling::Entity::find().filter(any).all(db).await
}

async fn note_ruling(
    db: &impl ConnectionTrait,
    context: &Context,
    facts: &mut Facts,
    row: &ruling::Model,
) -> Result<(), DbErr> {
    if row.kind == "checklist_template" {
        if let Some(template) = context.templates.read(&row.id, &row.fields) {
            facts.templates.insert(row.id.clone(), template);
        }
        return Ok(());
    }
    let Some(ruling) = rulings::read(&row.kind, &row.id, &row.fields) else { return Ok(()) };
    let hashes = match &ruling {
        Ruling::Enrolment(enrolment) if enrolment.lost.is_some() => {
            chain::hashes(db, enrolment.certificate.install).await?
        }
        _ => sync_protocol::chain::Hashes::new(),
    };
    facts.rule(ruling, |_| hashes);
    Ok(())
}
