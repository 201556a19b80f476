//! Writing: each call appends lines to the chain in one durable transaction.

use std::sync::Arc;

use mobile_schema::Template;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::json;
use sync_protocol::{
    Dot,
    line::{self, Line},
    merge::DELETED,
    record::Fed,
    time::TimeEvidence,
};

use super::Engine;
use crate::{
    clock,
    error::Error,
    new_ids,
    store::{
        Result,
        chain::{self, About, Marks},
        fillings, identity, records,
    },
    write::{self, Write},
};

/// How many counts for own ids are reserved at once: one transaction for so many ids.
const RESERVED: u64 = 256;

impl Engine {
    /// Queues a write, and gives the operation's name. What it names as seen is what the store shows of the fields written; own
    /// earlier writes are implied.
    pub fn write(&self, write: &Write) -> Result<Dot> {
        self.write_many(std::slice::from_ref(write))?.pop().ok_or(Error::BadFields)
    }

    /// Queues several writes in one transaction: all or none.
    pub fn write_many(&self, writes: &[Write]) -> Result<Vec<Dot>> {
        self.append(|tx, marks, time| {
            writes.iter().map(|write| self.append_write(tx, marks, write, time.clone())).collect()
        })
    }

    /// Queues the deletion of a record, seeing all that the store shows of it.
    pub fn delete(&self, scope: &str, kind: &str, id: &str) -> Result<Dot> {
        self.write(&Write::new(scope, kind, id, json!({ DELETED: true })))
    }

    /// Queues the addition of elements to a set.
    pub fn add_to_set(
        &self,
        scope: &str,
        kind: &str,
        id: &str,
        field: &str,
        elements: &[impl Serialize],
    ) -> Result<Dot> {
        self.write(&Write::new(scope, kind, id, json!({ field: write::adding(elements)? })))
    }

    /// Queues the removal of elements from a set, naming the additions that the store shows.
    pub fn remove_from_set(
        &self,
        scope: &str,
        kind: &str,
        id: &str,
        field: &str,
        elements: &[impl Serialize],
    ) -> Result<Dot> {
        let dots = self.append(|tx, marks, time| {
            let body = records::body(tx, scope, kind, id)?;
            let removal = write::removing(fed(body.as_deref())?.as_ref(), field, elements)?;
            let write = Write::new(scope, kind, id, json!({ field: removal }));
            Ok(vec![self.append_write(tx, marks, &write, time.clone())?])
        })?;
        dots.into_iter().next().ok_or(Error::BadFields)
    }

    /// Queues a line that says only what time it is. Each sign-in writes one.
    pub fn write_time_line(&self) -> Result<Dot> {
        let dots =
            self.append(|tx, marks, time| Ok(vec![chain::append(tx, marks, &write::time_line(time.clone()), None)?]))?;
        dots.into_iter().next().ok_or(Error::BadFields)
    }

    /// Queues bytes as they are. For tests of what servers do with lines that nobody can read.
    pub fn append_raw_line(&self, bytes: &[u8]) -> Result<Dot> {
        if bytes.contains(&b'\n') {
            return Err(Error::LineFeed);
        }
        let dots = self.append(|tx, marks, _| {
            let dot = match line::read(marks.install, marks.seq + 1, bytes) {
                Line::Op(op) => {
                    chain::append(tx, marks, bytes, Some(About { scope: &op.scope, kind: &op.kind, id: &op.id }))?
                }
                _ => chain::append(tx, marks, bytes, None)?,
            };
            Ok(vec![dot])
        })?;
        dots.into_iter().next().ok_or(Error::BadFields)
    }

    /// A new id for records whose id is free: a UUIDv7.
    pub fn new_id(&self) -> Result<String> {
        let heard = self.store.read(|tx| identity::heard(tx))?;
        let mut random = [0; 10];
        self.device.random(&mut random);
        Ok(new_ids::uuid_v7(clock::best_guess_ms(&self.clocks(), heard.as_ref()), random))
    }

    /// A new id for evidence: `<install>.<count>`. Never given out twice, though a restart leaves counts out.
    pub fn own_id(&self) -> Result<String> {
        let install = self.identity()?.install;
        if let Some(count) = self.live().ids.next() {
            return Ok(new_ids::own_id(install, count));
        }
        let first = self.store.write(|tx| identity::reserve_ids(tx, RESERVED))?;
        // Should another thread have reserved some meanwhile, they are left out.
        self.live().ids = first + 1..first + RESERVED;
        Ok(new_ids::own_id(install, first))
    }

    pub(super) fn append(
        &self,
        f: impl FnOnce(&Connection, &mut Marks, &TimeEvidence) -> Result<Vec<Dot>>,
    ) -> Result<Vec<Dot>> {
        let now = self.clocks();
        self.store.write(|tx| {
            let mut marks = chain::marks(tx)?;
            let time = clock::evidence(&now, identity::heard(tx)?.as_ref());
            let dots = f(tx, &mut marks, &time)?;
            chain::set_marks(tx, &marks)?;
            Ok(dots)
        })
    }

    pub(super) fn append_write(
        &self,
        db: &Connection,
        marks: &mut Marks,
        write: &Write,
        time: TimeEvidence,
    ) -> Result<Dot> {
        let body = records::body(db, &write.scope, &write.kind, &write.id)?;
        let begun = if write.kind == "response" { fillings::begun(db, &write.scope, &write.id)? } else { None };
        let tpl = write.tpl.as_ref().or(begun.as_ref());
        let template = match tpl {
            Some(tpl) => self.template(db, tpl)?,
            None => None,
        };
        let fed = fed(body.as_deref())?;
        let bytes = write::line(write, tpl.map(String::as_str), fed.as_ref(), template.as_deref(), time)?;
        let about = About { scope: &write.scope, kind: &write.kind, id: &write.id };
        chain::append(db, marks, &bytes, Some(about))
    }

    /// The checklist template of that name, where a scope on this phone has it.
    pub(crate) fn template(&self, db: &Connection, name: &str) -> Result<Option<Arc<Template>>> {
        if let Some(template) = self.live().templates.get(name) {
            return Ok(Some(template.clone()));
        }
        let Some(body) = records::body_anywhere(db, "checklist_template", name)? else { return Ok(None) };
        let Some(fed) = fed(Some(&body))? else { return Ok(None) };
        let fields = serde_json::to_string(&fed.f).map_err(|_| Error::DamagedStore("a template"))?;
        let template = Template::parse(&fields).ok().map(Arc::new);
        if let Some(template) = &template {
            self.live().templates.insert(name.to_owned(), template.clone());
        }
        Ok(template)
    }
}

pub(crate) fn fed(body: Option<&str>) -> Result<Option<Fed<'_>>> {
    body.map(Fed::read).transpose().map_err(|_| Error::DamagedStore("a record"))
}
