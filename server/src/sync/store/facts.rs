//! Loading the facts that judging takes, for a set of operations.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{
    InstallId, Op, carried,
    judge::{Facts, Install},
    rulings::{self, Ruling},
    sign::InstallRole,
};

use super::{
    Context,
    append::install_id,
    book::{About, Scoped},
    chain,
};
use crate::storage::{
    entities::{install, ruling},
    rows,
};

/// Where facts come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// What every settling takes.
    pub context: &'a Context,
    /// The version of the rulings, where they cannot change in this transaction.
    pub rulings: Option<i64>,
    /// Installs that were read already.
    pub installs: &'a HashMap<InstallId, install::Model>,
}

/// The facts for judging these operations.
pub async fn load(db: &impl ConnectionTrait, sources: &Sources<'_>, ops: &[&Op]) -> Result<Facts, DbErr> {
    let mut facts = Facts::default();
    let mut wanted: BTreeSet<About> = [About::Districts].into();
    wanted.extend(ops.iter().filter_map(|op| op.tpl.clone()).map(About::Template));
    let names = ops.iter().flat_map(|op| [Some(op.dot), carried::name(op)]).flatten();
    let ids: BTreeSet<InstallId> = names.map(|dot| dot.install).collect();
    for row in installs(db, sources, &ids).await?.iter().chain(ids.iter().filter_map(|id| sources.installs.get(id))) {
        note_install(&mut facts, row);
        wanted.extend((!row.server).then(|| About::Person(row.person.clone())));
    }
    wanted.extend(ids.into_iter().map(About::Install));

    let mut rulings: Vec<Scoped> =
        rulings_about(db, sources, wanted).await?.iter().flat_map(|some| some.iter().cloned()).collect();
    // Of several records about one thing (a template's name in two scopes) that of the highest scope counts (`PROTOCOL.md`, section 7).
    rulings.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (_, ruling) in rulings {
        let hashes = match &ruling {
            Ruling::Enrolment(enrolment) if enrolment.lost.is_some() => {
                chain::hashes(db, enrolment.certificate.install).await?
            }
            _ => sync_protocol::chain::Hashes::new(),
        };
        facts.rule(ruling, |_| hashes);
    }
    Ok(facts)
}

/// Those of the installs that were not read yet.
async fn installs(
    db: &impl ConnectionTrait,
    sources: &Sources<'_>,
    ids: &BTreeSet<InstallId>,
) -> Result<Vec<install::Model>, DbErr> {
    let unread = ids.iter().filter(|id| !sources.installs.contains_key(id)).map(|id| id.0.to_vec()).collect();
    rows::select_in::<install::Entity, _>(db, install::Column::Id, unread).await
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

/// The rulings about these: as read before, as long as they stand.
async fn rulings_about(
    db: &impl ConnectionTrait,
    sources: &Sources<'_>,
    wanted: BTreeSet<About>,
) -> Result<Vec<Arc<[Scoped]>>, DbErr> {
    let book = &sources.context.book;
    let (mut found, missing) = match sources.rulings {
        Some(version) => book.find(version, wanted),
        None => (Vec::new(), wanted),
    };
    if missing.is_empty() {
        return Ok(found);
    }
    let read = read_rulings(db, missing).await?;
    if let Some(version) = sources.rulings {
        book.keep(version, &read);
    }
    found.extend(read.into_values());
    Ok(found)
}

async fn read_rulings(
    db: &impl ConnectionTrait,
    wanted: BTreeSet<About>,
) -> Result<HashMap<About, Arc<[Scoped]>>, DbErr> {
    let (mut templates, mut persons, mut installs, mut any) = (Vec::new(), Vec::new(), Vec::new(), Condition::any());
    for about in &wanted {
        match about {
            // Districts are few, and any right may be at one.
            About::Districts => any = any.add(ruling::Column::Kind.eq("place")),
            About::Template(name) => templates.push(name.as_str()),
            About::Person(person) => persons.push(person.as_str()),
            About::Install(id) => installs.push(id.0.to_vec()),
        }
    }
    for list in rows::lists(&templates) {
        let named =
            Condition::all().add(ruling::Column::Kind.eq("checklist_template")).add(ruling::Column::Id.is_in(list));
        any = any.add(named);
    }
    for list in rows::lists(&persons) {
        any = any.add(ruling::Column::Person.is_in(list));
    }
    for list in rows::lists(&installs) {
        any = any.add(ruling::Column::Install.is_in(list));
    }
    let mut read: HashMap<About, Vec<Scoped>> = wanted.into_iter().map(|about| (about, Vec::new())).collect();
    let mut rows = ruling::Entity::find().filter(any).all(db).await?;
    rows.sort_unstable_by(|a, b| (&a.scope, &a.kind, &a.id).cmp(&(&b.scope, &b.kind, &b.id)));
    for row in rows {
        let Some(ruling) = rulings::read(&row.kind, &row.id, &row.fields) else { continue };
        read.entry(About::of(&ruling)).or_default().push((row.scope, ruling));
    }
    Ok(read.into_iter().map(|(about, rulings)| (about, rulings.into())).collect())
}
