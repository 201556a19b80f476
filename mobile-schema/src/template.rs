//! Checklist templates: what an inspector is asked, how each answer is checked and merged, and what it scores.
//!
//! A template comes from the `f` object of a `checklist_template` record:
//!
//! ```json
//! {"key":"teams","version":2,"title":"驻村工作队督查表","title_en":"Stationed work teams","sections":[
//!   {"title":"在岗","title_en":"Presence","items":[
//!     {"key":"in_village","type":"yes_no","label":"队员是否在村","label_en":"Is the team in the village?","weight":5},
//!     {"key":"why","type":"choice","label":"不在村原因","label_en":"If not, why?","when":{"item":"in_village","is":false},
//!      "options":[{"key":"leave","label":"请假","label_en":"On leave"},{"key":"none","label":"无故","label_en":"No reason"}]},
//!     {"key":"diligence","type":"score","label":"履职情况","label_en":"Diligence","max":10}]}]}
//! ```
//!
//! An answer is the field `i.<key>` of a `response`. Templates never change: a changed checklist is a new version.

mod answers;
mod item;
mod parse;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::fault::Fault;
pub use answers::{Answers, Score, answers};
pub use item::{Choice, Condition, Item, ItemType};

/// What a response's fields that hold answers begin with.
pub const ITEM_PREFIX: &str = "i.";

/// One version of a checklist, checked: made by [`Template::parse`] only.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Template {
    /// Which checklist: `[a-z0-9_-]{1,40}`.
    pub key: String,
    /// Which version of it, from 1.
    pub version: u32,
    /// Title in Chinese.
    pub title: String,
    /// Title in English; empty when missing.
    pub title_en: String,
    /// The sections, in the order they are asked.
    pub sections: Vec<Section>,
    /// Item key → where it stands: (section, item).
    #[serde(skip)]
    index: HashMap<String, (usize, usize)>,
}

/// Some items under a heading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Heading in Chinese.
    pub title: String,
    /// Heading in English; empty when missing.
    pub title_en: String,
    /// The items, in the order they are asked.
    pub items: Vec<Item>,
}

impl Template {
    /// `key@version`: the id of its record, and what the `tpl` of a line names.
    pub fn name(&self) -> String {
        format!("{}@{}", self.key, self.version)
    }

    /// The item of that key.
    pub fn item(&self, key: &str) -> Option<&Item> {
        let &(section, item) = self.index.get(key)?;
        Some(&self.sections[section].items[item])
    }

    /// Every item, in the order they are asked.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|s| &s.items)
    }

    /// What is wrong with the answers among these fields of a response. An answer to no item of the template is kept like any
    /// unknown field, and other fields are the kind's to check.
    pub fn check<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a RawValue)>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (name, value) in fields {
            if let Some(item) = name.strip_prefix(ITEM_PREFIX).and_then(|key| self.item(key)) {
                item.check(name, value, &mut faults);
            }
        }
        faults
    }
}
