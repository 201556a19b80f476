//! Which lines a selection takes, and what they hang on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use sync_protocol::{
    Hash, InstallId, Line, Op, RecordKey, chain as protocol_chain,
    courier::{self, Label},
    ids::short,
    push::Seal,
    sign::Certificate,
    time::Corrected,
};

use crate::{
    storage::{
        entities::{install, line, loose_line, photo, push, record, ruling, stored_blob},
        rows,
    },
    sync::store::{append::install_id, carried, chain, times},
};

/// The records of these names that are there.
pub async fn named(db: &impl ConnectionTrait, names: &[RecordKey]) -> Result<BTreeSet<RecordKey>, DbErr> {
    let keys = names.iter().map(|key| key.0.to_vec()).collect();
    Ok(keys_of(rows::select_in::<record::Entity, _>(db, record::Column::Key, keys).await?))
}

/// The records of a scope.
pub async fn of_scope(db: &impl ConnectionTrait, scope: &str) -> Result<BTreeSet<RecordKey>, DbErr> {
    let rows = record::Entity::find().filter(record::Column::Scope.eq(scope)).filter(record::Column::Derived.eq(false));
    Ok(keys_of(rows.all(db).await?))
}

fn keys_of(rows: Vec<record::Model>) -> BTreeSet<RecordKey> {
    rows.iter().filter(|row| !row.empty).filter_map(|row| row.key.as_slice().try_into().ok().map(RecordKey)).collect()
}

/// The records in which phones of that person wrote between these moments, or may have.
pub async fn of_person(
    db: &impl ConnectionTrait,
    person: &str,
    (from_ms, to_ms): (i64, i64),
) -> Result<BTreeSet<RecordKey>, DbErr> {
    let mut keys = BTreeSet::new();
    for phone in install::Entity::find().filter(install::Column::Person.eq(person)).all(db).await? {
        let mine = line::Entity::find().filter(line::Column::Install.eq(phone.id.clone()));
        let lines = mine.filter(line::Column::Record.is_not_null()).all(db).await?;
        let ops: Vec<Op> = lines.iter().filter_map(carried::stored).collect();
        let times = times::of(db, &ops.iter().collect::<Vec<_>>()).await?;
        let within = |op: &&Op| match times.get(&op.dot) {
            Some(Corrected::At(at)) => (from_ms..to_ms).contains(&at.at_ms),
            Some(Corrected::Within(lo, hi)) => lo.is_none_or(|lo| lo < to_ms) && hi.is_none_or(|hi| hi >= from_ms),
            None => false,
        };
        keys.extend(ops.iter().filter(within).map(|op| RecordKey::of(&op.scope, &op.kind, &op.id)));
    }
    Ok(keys)
}

/// The photo records of these records.
pub async fn with_photos(db: &impl ConnectionTrait, keys: &BTreeSet<RecordKey>) -> Result<BTreeSet<RecordKey>, DbErr> {
    let subjects = bodies(db, keys).await?;
    let ids: Vec<String> = subjects.iter().map(|row| row.id.clone()).collect();
    let of: HashSet<(&str, &str)> = subjects.iter().map(|row| (row.kind.as_str(), row.id.as_str())).collect();
    let photos = rows::select_in::<photo::Entity, _>(db, photo::Column::SubjectId, ids).await?;
    let theirs = photos.iter().filter(|photo| {
        let subject = photo.subject_kind.as_deref().zip(photo.subject_id.as_deref());
        subject.is_some_and(|subject| of.contains(&subject))
    });
    Ok(theirs.filter_map(|photo| photo.record.as_slice().try_into().ok().map(RecordKey)).collect())
}

/// The records as they are shown, in the order of their names.
pub async fn bodies(db: &impl ConnectionTrait, keys: &BTreeSet<RecordKey>) -> Result<Vec<record::Model>, DbErr> {
    let wanted = keys.iter().map(|key| key.0.to_vec()).collect();
    let mut found = rows::select_in::<record::Entity, _>(db, record::Column::Key, wanted).await?;
    found.retain(|row| !row.empty);
    found.sort_by(|a, b| (&a.scope, &a.kind, &a.id).cmp(&(&b.scope, &b.kind, &b.id)));
    Ok(found)
}

/// The photos of these records that are complete.
pub async fn photos(db: &impl ConnectionTrait, keys: &BTreeSet<RecordKey>) -> Result<Vec<stored_blob::Model>, DbErr> {
    let wanted = keys.iter().map(|key| key.0.to_vec()).collect();
    let records = rows::select_in::<photo::Entity, _>(db, photo::Column::Record, wanted).await?;
    let hashes: BTreeSet<Vec<u8>> =
        records.into_iter().flat_map(|row| [row.sha256, row.preview_sha256]).flatten().collect();
    rows::select_in::<stored_blob::Entity, _>(db, stored_blob::Column::Sha256, hashes.into_iter().collect()).await
}

/// Lines that are disclosed, by where they stand.
type Disclosed = BTreeMap<(InstallId, u64, [u8; 8]), Vec<u8>>;

/// The lines of these records, and of all that they are judged by: enrolments of their installs, rights of their people, districts,
/// templates, decisions about them, notes of when they came; and the `time` lines of phones whose time hangs on these.
pub async fn disclosed(db: &impl ConnectionTrait, keys: &BTreeSet<RecordKey>) -> Result<Disclosed, DbErr> {
    let mut lines = of_records(db, keys.iter().copied()).await?;
    let ops: Vec<Op> = lines.iter().filter_map(carried::stored).collect();
    let installs: HashSet<Vec<u8>> = lines.iter().map(|row| row.install.clone()).collect();
    let about = rulings(db, &ops, &installs).await?;
    let received = ops.iter().map(|op| RecordKey::of(&op.scope, "received", &op.dot.to_string()));
    lines.extend(of_records(db, about.into_iter().chain(received)).await?);
    // Whoever wrote these, servers mostly, was enrolled as well.
    let authors: HashSet<Vec<u8>> = lines.iter().map(|row| row.install.clone()).collect();
    let enrolled = enrolments(db, authors.difference(&installs)).await?;
    lines.extend(of_records(db, enrolled.into_iter()).await?);
    lines.extend(time_lines(db, &lines).await?);
    let place =
        |row: line::Model| Some(((install_id(&row.install)?, row.seq as u64, row.hash.try_into().ok()?), row.bytes));
    // Of an erased line nothing can be shown but its hash.
    Ok(lines.into_iter().filter(|row| row.erased.is_none()).filter_map(place).collect())
}

async fn of_records(
    db: &impl ConnectionTrait,
    keys: impl Iterator<Item = RecordKey>,
) -> Result<Vec<line::Model>, DbErr> {
    let keys: BTreeSet<Vec<u8>> = keys.map(|key| key.0.to_vec()).collect();
    rows::select_in::<line::Entity, _>(db, line::Column::Record, keys.into_iter().collect()).await
}

async fn rulings(db: &impl ConnectionTrait, ops: &[Op], installs: &HashSet<Vec<u8>>) -> Result<Vec<RecordKey>, DbErr> {
    let rows = install::Entity::find().all(db).await?;
    let people: HashSet<String> =
        rows.into_iter().filter(|row| installs.contains(&row.id)).map(|row| row.person).collect();
    let dots: HashSet<String> = ops.iter().map(|op| op.dot.to_string()).collect();
    let templates: HashSet<&str> = ops.iter().filter_map(|op| op.tpl.as_deref()).collect();
    let all = ruling::Entity::find().all(db).await?;
    let bears = |row: &&ruling::Model| match row.kind.as_str() {
        "place" => true,
        "checklist_template" => templates.contains(row.id.as_str()),
        "decision" => dots.contains(&row.id),
        "enrolment" => row.install.as_ref().is_some_and(|id| installs.contains(id)),
        _ => row.person.as_ref().is_some_and(|person| people.contains(person)),
    };
    Ok(all.iter().filter(bears).filter_map(|row| row.record.as_slice().try_into().ok().map(RecordKey)).collect())
}

async fn enrolments(
    db: &impl ConnectionTrait,
    installs: impl Iterator<Item = &Vec<u8>>,
) -> Result<Vec<RecordKey>, DbErr> {
    let found = rows::select_in::<ruling::Entity, _>(db, ruling::Column::Install, installs.cloned().collect()).await?;
    let enrolments = found.iter().filter(|row| row.kind == "enrolment");
    Ok(enrolments.filter_map(|row| row.record.as_slice().try_into().ok().map(RecordKey)).collect())
}

/// The `time` lines of installs of which a line here has no time evidence of its own.
async fn time_lines(db: &impl ConnectionTrait, lines: &[line::Model]) -> Result<Vec<line::Model>, DbErr> {
    let without = lines.iter().filter_map(carried::stored).filter(|op| op.own_time().is_none());
    let loose: BTreeSet<Vec<u8>> = without.map(|op| op.dot.install.0.to_vec()).collect();
    let known =
        rows::select_in::<loose_line::Entity, _>(db, loose_line::Column::Install, loose.into_iter().collect()).await?;
    let installs: BTreeSet<Vec<u8>> = known.into_iter().map(|row| row.install).collect();
    let mut found = Vec::new();
    for install in installs {
        let of_none =
            line::Entity::find().filter(line::Column::Install.eq(install)).filter(line::Column::Record.is_null());
        found.extend(of_none.all(db).await?.into_iter().filter(|row| matches!(row.read(), Some(Line::Time(_)))));
    }
    Ok(found)
}

/// The pushes of these lines as a courier file: lines that are not disclosed are blanks. Of an install that forked or was lost all pushes: what
/// of it counts hangs on the whole chain.
pub async fn pushes(db: &impl ConnectionTrait, disclosed: &Disclosed) -> Result<Vec<u8>, DbErr> {
    let installs: BTreeSet<InstallId> = disclosed.keys().map(|(install, ..)| *install).collect();
    let mut file = Vec::new();
    for id in installs {
        let Some(row) = chain::find(db, id).await? else { continue };
        let whole = row.fork_seq.is_some() || is_lost(db, id).await?;
        let mut certificate: Option<Certificate> = serde_json::from_str(&row.certificate).ok();
        let mine = push::Entity::find().filter(push::Column::Install.eq(row.id)).order_by_asc(push::Column::First);
        for push in mine.order_by_asc(push::Column::Id).all(db).await? {
            let Some(body) = body(id, &push, disclosed, whole) else { continue };
            let before = Some(hex::encode(&push.head_before));
            let label = Label { at: Some(push.received_ms), before, cert: certificate.take(), ..Label::default() };
            courier::add(&mut file, &label, &body);
        }
    }
    Ok(file)
}

async fn is_lost(db: &impl ConnectionTrait, id: InstallId) -> Result<bool, DbErr> {
    let enrolment =
        Condition::all().add(ruling::Column::Kind.eq("enrolment")).add(ruling::Column::Install.eq(id.0.to_vec()));
    let rows = ruling::Entity::find().filter(enrolment).all(db).await?;
    Ok(rows.iter().any(|row| row.fields.contains("\"lost\"")))
}

fn body(id: InstallId, push: &push::Model, disclosed: &Disclosed, whole: bool) -> Option<Vec<u8>> {
    let mut any = whole;
    let mut body = push.header.clone();
    for (seq, hash) in (push.first as u64..).zip(chain::hashes_of(push)) {
        body.push(b'\n');
        match disclosed.get(&(id, seq, short(&hash))) {
            Some(bytes) => {
                any = true;
                body.extend(bytes);
            }
            None => body.extend(protocol_chain::blank_line(&hash)),
        }
    }
    let after = <Hash>::try_from(push.head_after.as_slice()).unwrap_or_default();
    let seal = Seal { head: hex::encode(short(&after)), sig: push.sig.clone() };
    body.push(b'\n');
    body.extend(serde_json::to_vec(&seal).expect("plain values serialise"));
    body.push(b'\n');
    any.then_some(body)
}
