//! What a set of answers means: which items apply, and the score.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, value::RawValue};

use super::{ITEM_PREFIX, Item, ItemType, Template};

/// Answers by item key. An answer that is missing or `null` is not given.
pub type Answers = BTreeMap<String, Value>;

/// The answers among the fields of a response.
pub fn answers<'a>(fields: impl Iterator<Item = (&'a str, &'a RawValue)>) -> Answers {
    fields
        .filter_map(|(name, value)| {
            let key = name.strip_prefix(ITEM_PREFIX)?;
            Some((key.to_owned(), serde_json::from_str(value.get()).ok()?))
        })
        .collect()
}

/// Points got, of those possible.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Score {
    /// Points got.
    pub got: f64,
    /// Points possible in the items that apply, answered or not: leaving out an item gains nothing.
    pub possible: f64,
}

impl Template {
    /// Whether the item is asked, given the answers to earlier ones. An item that hangs on one which is not asked is not asked
    /// either, whatever answer was left there.
    pub fn applies(&self, item: &Item, answers: &Answers) -> bool {
        let mut item = item;
        // This ends because a condition names an earlier item.
        while let Some(condition) = &item.when {
            let given = answers.get(&condition.item).is_some_and(|answer| same(answer, &condition.is));
            match self.item(&condition.item) {
                Some(earlier) if given => item = earlier,
                _ => return false,
            }
        }
        true
    }

    /// The score of these answers. An answer that the item does not take counts as none.
    pub fn score(&self, answers: &Answers) -> Score {
        let mut score = Score::default();
        for item in self.items() {
            let (min, max) = item.range();
            let best = match item.kind {
                ItemType::Score => max,
                ItemType::YesNo => 1.0,
                _ => continue,
            };
            if !self.applies(item, answers) {
                continue;
            }
            let points = match answers.get(&item.key) {
                Some(Value::Bool(yes)) if item.kind == ItemType::YesNo => f64::from(u8::from(*yes)),
                Some(Value::Number(n)) if item.kind == ItemType::Score => {
                    n.as_f64().filter(|n| (min..=max).contains(n)).unwrap_or(0.0)
                }
                _ => 0.0,
            };
            score.got += item.weight() * points;
            score.possible += item.weight() * best;
        }
        score
    }
}

/// Equal as answers: `1` and `1.0` are.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}
