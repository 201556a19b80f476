//! Checklist templates.

use mobile_schema::Template;
use serde_json::Value;

use super::{
    book::{Book, Entry, Want},
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    text,
};

/// Largest file in bytes. A checklist fits into a line of 256 kB; a file may have several.
pub(super) const MAX_BYTES: usize = 1 << 20;

pub(super) const DOC: &str = "\
YAML; several checklists in one file are separated by a line of three hyphens. A checklist has
  key, version: its id is key@version and its content never changes: a changed checklist has the next version
  title, title_en, sections
A section has title, title_en and items. An item has
  key, type: yes_no, choice, number, text, photo or score
  label, label_en, guidance
  options (of a choice): each with key, label, label_en
  min, max, unit, weight, review, and when: {item: an earlier item's key, is: its answer}
";

const TEMPLATE: &[&str] = &["key", "version", "title", "title_en", "sections"];
const SECTION: &[&str] = &["title", "title_en", "items"];
const ITEM: &[&str] =
    &["key", "type", "label", "label_en", "guidance", "options", "min", "max", "unit", "weight", "review", "when"];
const OPTION: &[&str] = &["key", "label", "label_en"];
const CONDITION: &[&str] = &["item", "is"];

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(text) = text::decode(bytes, MAX_BYTES, faults) else { return };
    for document in documents(&text) {
        let value = match read(&document) {
            Ok(value) => value,
            Err((line, message)) => {
                faults.push(line, "", Code::Syntax, message);
                continue;
            }
        };
        let before = faults.found.len();
        unknown_members(&value, &document, faults);
        let template = match Template::parse(&value.to_string()) {
            Ok(template) => template,
            Err(found) => {
                for fault in found {
                    let line = document.line_of(&value, &fault.path);
                    faults.push(line, &fault.path, Code::Template, fault.message);
                }
                continue;
            }
        };
        if faults.found.len() > before {
            continue;
        }
        put(&template, &value, document.line, context, known, book, faults);
    }
}

fn put(
    template: &Template,
    value: &Value,
    line: u64,
    context: &Context,
    known: &Known,
    book: &mut Book<'_>,
    faults: &mut Faults,
) {
    let id = template.name();
    let fields: Vec<(&'static str, Value)> =
        TEMPLATE.iter().filter_map(|name| Some((*name, value.get(name)?.clone()))).collect();
    let stands = known.get("checklist_template", &id);
    let differs = |name: &str| {
        let now = |r: &super::known::Record| r.fields.get(name).cloned().unwrap_or_default();
        stands.is_some_and(|r| now(r) != value[name])
    };
    if let Some(name) = TEMPLATE.iter().find(|name| differs(name)) {
        let message = format!("{id} is known with another {name}. A checklist never changes: raise its version.");
        return faults.push(line, "version", Code::VersionTaken, message);
    }
    let fields = fields.into_iter().map(|(name, value)| (name, Want::Be(value))).collect();
    let scope = format!("{}/roster", context.options.district.as_str());
    book.put(Entry { line, column: "key".to_owned(), scope, kind: "checklist_template", id, fields }, faults);
}

/// A checklist's part of the file, and the line it begins in.
struct Document<'t> {
    line: u64,
    text: Vec<&'t str>,
}

/// Split by hand, because a document that cannot be read must not hide those after it. `---` at the start of a line is nothing else
/// in YAML.
fn documents(text: &str) -> Vec<Document<'_>> {
    let mut documents = vec![Document { line: 1, text: Vec::new() }];
    for (i, line) in text.lines().enumerate() {
        if line.trim_end() == "---" {
            documents.push(Document { line: i as u64 + 2, text: Vec::new() });
        } else if let Some(last) = documents.last_mut() {
            last.text.push(line);
        }
    }
    let blank = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    documents.retain(|d| !d.text.iter().all(blank));
    documents
}

fn read(document: &Document<'_>) -> Result<Value, (u64, String)> {
    let failed = |e: serde_yaml_ng::Error| {
        let line = document.line + e.location().map_or(0, |l| l.line() as u64 - 1);
        (line, format!("This is not YAML as it is taken here: {e}."))
    };
    // By way of YAML's own tree, which minds a member that stands twice.
    let tree: serde_yaml_ng::Value = serde_yaml_ng::from_str(&document.text.join("\n")).map_err(failed)?;
    let value = serde_json::to_value(tree).map_err(|e| (document.line, format!("This cannot be a checklist: {e}.")))?;
    if value.is_object() { Ok(value) } else { Err((document.line, "This is no checklist.".to_owned())) }
}

/// A member that is misspelt would silently not count.
fn unknown_members(value: &Value, document: &Document<'_>, faults: &mut Faults) {
    let mut check = |of: &Value, known: &[&str], path: &str| {
        for name in of.as_object().into_iter().flat_map(|o| o.keys()).filter(|n| !known.contains(&n.as_str())) {
            let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let message = format!("Nothing is called {name:?} here; there are {}.", known.join(", "));
            faults.push(document.line_of(value, &full), &full, Code::MemberUnknown, message);
        }
    };
    let list = |v: &Value, name: &str| v.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    check(value, TEMPLATE, "");
    for (s, section) in list(value, "sections").iter().enumerate() {
        check(section, SECTION, &format!("sections[{s}]"));
        for (i, item) in list(section, "items").iter().enumerate() {
            let path = format!("sections[{s}].items[{i}]");
            check(item, ITEM, &path);
            for (o, option) in list(item, "options").iter().enumerate() {
                check(option, OPTION, &format!("{path}.options[{o}]"));
            }
            check(&item["when"], CONDITION, &format!("{path}.when"));
        }
    }
}

impl Document<'_> {
    /// The line of the item, or the section, that a path leads into; the first line where it leads into none.
    fn line_of(&self, value: &Value, path: &str) -> u64 {
        let index = |of: &str| path.split_once(of)?.1.split_once(']')?.0.parse::<usize>().ok();
        let place = index("sections[").and_then(|s| {
            let section = &value["sections"][s];
            match index("items[").and_then(|i| section["items"][i]["key"].as_str()) {
                Some(key) => self.text.iter().rposition(|l| says(l, "key", key)),
                None => {
                    section["title"].as_str().and_then(|title| self.text.iter().rposition(|l| says(l, "title", title)))
                }
            }
        });
        self.line + place.unwrap_or(0) as u64
    }
}

/// Whether a line of YAML gives that member that value, in whichever of its notations.
fn says(line: &str, member: &str, value: &str) -> bool {
    line.match_indices(&format!("{member}:")).any(|(at, found)| {
        let rest = line[at + found.len()..].trim_start().trim_start_matches(['"', '\'']);
        let own = line[..at].trim_end().is_empty() || line[..at].ends_with(['{', ' ', ',']);
        own && rest
            .strip_prefix(value)
            .is_some_and(|after| after.is_empty() || after.starts_with([',', ' ', '}', '"', '\'']))
    })
}
