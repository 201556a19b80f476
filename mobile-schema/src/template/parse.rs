//! Reading a template, and what makes one unusable.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Item, ItemType, Section, Template};
use crate::check::is_key;
use crate::fault::Fault;

/// Most items. The longest checklists in use have about 120; a person can fill no 500 on one visit.
pub const MAX_ITEMS: usize = 500;
/// Most options of a choice: more cannot be read on a phone's screen.
pub const MAX_OPTIONS: usize = 100;
/// Most characters of a label: a question of three lines.
pub const MAX_LABEL: usize = 300;
/// Most characters of guidance: a page.
pub const MAX_GUIDANCE: usize = 2_000;
/// Largest limit of a text's characters, so that some long answers still fit into one line of 262,144 bytes.
pub const MAX_TEXT: f64 = 10_000.0;

#[derive(Deserialize)]
struct Draft {
    key: String,
    version: u32,
    title: String,
    #[serde(default)]
    title_en: String,
    sections: Vec<DraftSection>,
}

#[derive(Deserialize)]
struct DraftSection {
    title: String,
    #[serde(default)]
    title_en: String,
    items: Vec<Item>,
}

impl Template {
    /// Reads a template from the `f` object of a `checklist_template` record, or says all that is wrong with it.
    pub fn parse(json: &str) -> Result<Template, Vec<Fault>> {
        let draft: Draft = serde_json::from_str(json)
            .map_err(|e| vec![Fault::new("", "wrong_type", format!("The template cannot be read: {e}."))])?;
        let mut faults = Vec::new();
        key(&draft.key, "key", &mut faults);
        if draft.version == 0 {
            faults.push(Fault::new("version", "out_of_range", "The version must be at least 1."));
        }
        label(&draft.title, "title", &mut faults);
        let count: usize = draft.sections.iter().map(|s| s.items.len()).sum();
        match count {
            0 => faults.push(Fault::new("sections", "missing", "A checklist must have an item.")),
            n if n > MAX_ITEMS => {
                let message = format!("A checklist must have at most {MAX_ITEMS} items, and has {n}.");
                faults.push(Fault::new("sections", "too_many", message));
            }
            _ => {}
        }

        let mut index = HashMap::with_capacity(count);
        let mut earlier: HashMap<&str, &Item> = HashMap::with_capacity(count);
        for (s, section) in draft.sections.iter().enumerate() {
            label(&section.title, &format!("sections[{s}].title"), &mut faults);
            for (i, item) in section.items.iter().enumerate() {
                let path = format!("sections[{s}].items[{i}]");
                check_item(item, &path, &earlier, &mut faults);
                if earlier.insert(&item.key, item).is_some() {
                    let message = format!("The key {:?} stands twice.", item.key);
                    faults.push(Fault::new(&format!("{path}.key"), "duplicate_key", message));
                }
                index.insert(item.key.clone(), (s, i));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let section = |s: DraftSection| Section { title: s.title, title_en: s.title_en, items: s.items };
        Ok(Template {
            key: draft.key,
            version: draft.version,
            title: draft.title,
            title_en: draft.title_en,
            sections: draft.sections.into_iter().map(section).collect(),
            index,
        })
    }
}

fn key(key: &str, path: &str, faults: &mut Vec<Fault>) {
    if !is_key(key) {
        faults.push(Fault::new(path, "bad_key", "A key must have 1 to 40 characters of a-z, 0-9, _ and -."));
    }
}

fn label(label: &str, path: &str, faults: &mut Vec<Fault>) {
    if label.trim().is_empty() {
        faults.push(Fault::new(path, "missing", "A title or label must not be empty."));
    } else if label.chars().count() > MAX_LABEL {
        faults.push(Fault::new(
            path,
            "too_long",
            format!("A title or label must have at most {MAX_LABEL} characters."),
        ));
    }
}

fn check_item(item: &Item, path: &str, earlier: &HashMap<&str, &Item>, faults: &mut Vec<Fault>) {
    key(&item.key, &format!("{path}.key"), faults);
    label(&item.label, &format!("{path}.label"), faults);
    let mut fault =
        |member: &str, code, message: &str| faults.push(Fault::new(&format!("{path}.{member}"), code, message));
    if item.label_en.chars().count() > MAX_LABEL {
        fault("label_en", "too_long", &format!("A label must have at most {MAX_LABEL} characters."));
    }
    if item.guidance.chars().count() > MAX_GUIDANCE {
        fault("guidance", "too_long", &format!("Guidance must have at most {MAX_GUIDANCE} characters."));
    }
    check_limits(item, &mut fault);
    if !item.weight().is_finite() || item.weight() < 0.0 {
        fault("weight", "bad_weight", "A weight must not be below 0.");
    } else if item.weight() > 0.0 && !matches!(item.kind, ItemType::Score | ItemType::YesNo) {
        fault("weight", "bad_weight", "Only a score or a yes-no has a weight.");
    }
    if item.kind == ItemType::Photo && item.review == Some(true) {
        fault("review", "wrong_type", "Photos are a set, which never conflicts, so there is nothing to review.");
    }
    if let Some(message) = condition_fault(item, earlier) {
        fault("when", "bad_condition", &message);
    }
    check_options(item, path, faults);
}

fn check_limits(item: &Item, fault: &mut impl FnMut(&str, &'static str, &str)) {
    let (min, max) = item.range();
    match item.kind {
        ItemType::Number if min > max => fault("max", "bad_limits", "The largest number is below the smallest."),
        ItemType::Score if item.max.is_none() => fault("max", "missing", "A score must have a max."),
        ItemType::Score if min < 0.0 || min >= max => {
            fault("max", "bad_limits", "The max of a score must be above its min, and its min not below 0.");
        }
        ItemType::Text if item.min.is_some() || !(1.0..=MAX_TEXT).contains(&max) => {
            fault("max", "bad_limits", "A text has only a max, from 1 to 10,000 characters.");
        }
        ItemType::YesNo | ItemType::Choice | ItemType::Photo if item.min.is_some() || item.max.is_some() => {
            fault("max", "bad_limits", "Only a number, a score or a text has limits.");
        }
        _ => {}
    }
}

fn check_options(item: &Item, path: &str, faults: &mut Vec<Fault>) {
    let path = format!("{path}.options");
    match (item.kind, item.options.len()) {
        (ItemType::Choice, 0) => faults.push(Fault::new(&path, "missing", "A choice must have options.")),
        (ItemType::Choice, n) if n > MAX_OPTIONS => {
            faults.push(Fault::new(&path, "too_many", format!("A choice must have at most {MAX_OPTIONS} options.")));
        }
        (ItemType::Choice, _) | (_, 0) => {}
        _ => faults.push(Fault::new(&path, "wrong_type", "Only a choice has options.")),
    }
    let mut seen = HashSet::new();
    for (i, option) in item.options.iter().enumerate() {
        key(&option.key, &format!("{path}[{i}].key"), faults);
        label(&option.label, &format!("{path}[{i}].label"), faults);
        if !seen.insert(&option.key) {
            let message = format!("The key {:?} stands twice.", option.key);
            faults.push(Fault::new(&format!("{path}[{i}].key"), "duplicate_key", message));
        }
    }
}

/// A condition must be one that can come true, on an item already asked.
fn condition_fault(item: &Item, earlier: &HashMap<&str, &Item>) -> Option<String> {
    let condition = item.when.as_ref()?;
    let Some(asked) = earlier.get(condition.item.as_str()) else {
        return Some(format!("The condition names {:?}, which is not an earlier item.", condition.item));
    };
    if matches!(asked.kind, ItemType::Photo) || matches!(condition.is, Value::Null) {
        return Some("A condition needs an answer to compare with, and no photo.".to_owned());
    }
    let mut faults = Vec::new();
    let is = RawValue::from_string(condition.is.to_string()).ok()?;
    asked.check("is", &is, &mut faults);
    faults.pop().map(|f| format!("{:?} cannot have that answer. {}", condition.item, f.message))
}
