//! Filling a checklist on a visit. A visit goes on in the version of the checklist that it was begun in, whatever a pull brings meanwhile.

use std::sync::Arc;

use mobile_schema::{Template, derived_id};
use rusqlite::Connection;
use serde_json::json;

use super::Engine;
use crate::{
    error::Error,
    store::{Result, fillings, records},
    write::Write,
};

/// The kind that is filled.
const RESPONSE: &str = "response";

/// A checklist being filled.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The id of the response: who fills the same checklist on the same visit meets in it, whatever version they have.
    pub id: String,
    /// The version it was begun in: what is asked, and what each answer is checked by.
    pub template: Arc<Template>,
}

impl Engine {
    /// Begins to fill a checklist on a visit, in its newest version on this phone; one begun before goes on in its own. What is written to
    /// the response from then on, without naming a template, is written in that version.
    pub fn begin_filling(&self, scope: &str, visit: &str, key: &str) -> Result<Filling> {
        let id = derived_id(RESPONSE, &[visit, key]);
        if let Some(filling) = self.filling(scope, visit, key)? {
            return Ok(filling);
        }
        let mut begun = None;
        self.append(|tx, marks, time| {
            let template = self.newest_template(tx, key)?.ok_or_else(|| Error::NoTemplate(key.to_owned()))?;
            let tpl = template.name();
            fillings::begin(tx, scope, &id, &tpl)?;
            begun = Some(template);
            let fields = json!({"visit": visit, "template": tpl});
            let write = Write::new(scope, RESPONSE, &id, fields);
            Ok(vec![self.append_write(tx, marks, &write, time.clone())?])
        })?;
        begun.map(|template| Filling { id, template }).ok_or_else(|| Error::NoTemplate(key.to_owned()))
    }

    /// The checklist as it is being filled on that visit by this phone, if it was begun.
    pub fn filling(&self, scope: &str, visit: &str, key: &str) -> Result<Option<Filling>> {
        let id = derived_id(RESPONSE, &[visit, key]);
        self.store.read(|tx| {
            let Some(tpl) = fillings::begun(tx, scope, &id)? else { return Ok(None) };
            // Its scope may have been left meanwhile, and the template gone with it.
            let template = self.template(tx, &tpl)?.ok_or(Error::NoTemplate(tpl))?;
            Ok(Some(Filling { id, template }))
        })
    }

    /// The newest version of a checklist on this phone. What was deleted is no version.
    fn newest_template(&self, db: &Connection, key: &str) -> Result<Option<Arc<Template>>> {
        let mut newest: Option<Arc<Template>> = None;
        for name in records::ids_anywhere(db, "checklist_template", &format!("{key}@"))? {
            let template = self.template(db, &name)?.filter(|template| template.name() == name);
            newest = newest.into_iter().chain(template).max_by_key(|template| template.version);
        }
        Ok(newest)
    }
}
