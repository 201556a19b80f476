//! The model's step before the rules: lines that the office accepted from who carries them are put where they belong.

use std::collections::BTreeMap;

use mobile_schema::{KindSpec, Scope, check, kind};
use serde_json::Value;

use super::{model::Model, read::Lines, upcast};
use crate::{Dot, Line, Op, line};

/// The lines with those in their place that are accepted, as the model of the lines before says.
pub fn put(lines: &Lines, before: &Model<'_>) -> Lines {
    let (ops, mut lines) = (lines.ops.values().flat_map(BTreeMap::values), lines.clone());
    for op in ops.filter(|op| op.kind == "carried" && is_accepted(before, op.dot)) {
        let Some(old) = old(op).filter(|_| lines.server(op.dot.install).is_none()) else { continue };
        let name = |op: &Op| (op.scope.clone(), op.kind.clone(), op.id.clone());
        lines.ops.entry(name(op)).or_default().remove(&op.dot);
        lines.places.insert(op.dot, old.dot);
        let placed = Op { dot: op.dot, carried: Some(old.dot), ..old };
        lines.ops.entry(name(&placed)).or_default().insert(op.dot, placed);
    }
    lines
}

fn is_accepted(model: &Model<'_>, dot: Dot) -> bool {
    let about = dot.to_string();
    let decided = model.records.iter().rev().filter(|((_, kind, id), _)| kind == "decision" && *id == about);
    let mut says = decided.map(|(_, record)| record.shown()["decision"].clone());
    says.find(|says| says == "accept" || says == "refuse").is_some_and(|says| says == "accept")
}

/// Whether it carries what is not to be carried.
pub fn unfit(op: &Op) -> bool {
    read(op).and_then(|old| kind(&old.kind)).is_some_and(|old| old.server_only() || old.name == "carried")
}

/// The operation that it carries, if it may.
pub fn old(op: &Op) -> Option<Op> {
    let (spec, scope): (&KindSpec, _) = (kind("carried")?, Scope::parse(&op.scope)?);
    let named = spec.lane(scope.lane).is_some() && check::is_id(&op.id) && spec.id.takes(&op.id);
    let fits = op.version == 1 && spec.check(op.fields.iter().map(|(name, v)| (name.as_str(), &**v))).is_empty();
    read(op).filter(|_| named && fits && !unfit(op))
}

/// The operation that it carries, whether it may or not.
pub fn read(op: &Op) -> Option<Op> {
    let said = |field: &str| serde_json::from_str::<Value>(op.field(field)?.get()).ok();
    let install = said("install").filter(|_| op.kind == "carried")?.as_str()?.parse().ok()?;
    match line::as_written(install, said("seq")?.as_u64()?, said("line")?.as_str()?.as_bytes()) {
        Line::Op(mut old) => {
            upcast::newest(&mut old);
            Some(*old)
        }
        _ => None,
    }
}
