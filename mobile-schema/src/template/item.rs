//! One question, and the answers it takes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::check::{check_set, check_value, choice_fault, is_null};
use crate::fault::Fault;
use crate::spec::{FieldType, Policy};

/// What kind of answer an item takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemType {
    /// `true` or `false`.
    YesNo,
    /// The key of one of the options.
    Choice,
    /// A number from `min` to `max`, in `unit`.
    Number,
    /// Text of at most `max` characters; 1,000 when missing, which fits a cell of a printed sheet.
    Text,
    /// A set of photos, by SHA-256.
    Photo,
    /// Points from `min` (0 when missing) to `max`.
    Score,
}

/// One question of a checklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its key, once in the template: `[a-z0-9_-]{1,40}`.
    pub key: String,
    /// What answer it takes.
    #[serde(rename = "type")]
    pub kind: ItemType,
    /// The question in Chinese.
    pub label: String,
    /// The question in English; empty when missing.
    #[serde(default)]
    pub label_en: String,
    /// How to find the answer, and how to grade it; empty when missing.
    #[serde(default)]
    pub guidance: String,
    /// Of a choice: what can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Smallest number or score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest number or score; most characters of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Unit of a number, such as `户`; empty for a count.
    #[serde(default)]
    pub unit: String,
    /// Of a score: what its points are multiplied by, 1 when missing. Of a yes-no: the points of a yes, 0 when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Whether differing answers go to the office; when missing, so for a score and not for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<bool>,
    /// Asked only when an earlier item has this answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What the answer holds: `[a-z0-9_-]{1,40}`.
    pub key: String,
    /// In Chinese.
    pub label: String,
    /// In English; empty when missing.
    #[serde(default)]
    pub label_en: String,
}

/// An answer that an earlier item must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The earlier item's key.
    pub item: String,
    /// Its answer.
    pub is: Value,
}

/// Most characters of a text whose item gives none.
const TEXT_MAX: f64 = 1_000.0;
/// The range of a number whose item gives none: every integer in it is exact.
const NUMBER_MAX: f64 = 9_007_199_254_740_992.0;

impl Item {
    /// How several people's answers are merged.
    pub fn policy(&self) -> Policy {
        match (self.kind, self.review) {
            (ItemType::Photo, _) => Policy::Set,
            (_, Some(true)) | (ItemType::Score, None) => Policy::Review,
            _ => Policy::Single,
        }
    }

    /// The smallest and the largest number taken; of a text, of its characters.
    pub fn range(&self) -> (f64, f64) {
        let (min, max) = match self.kind {
            ItemType::Text => (0.0, TEXT_MAX),
            ItemType::Score => (0.0, NUMBER_MAX),
            _ => (-NUMBER_MAX, NUMBER_MAX),
        };
        (self.min.unwrap_or(min), self.max.unwrap_or(max))
    }

    /// Checks an answer; `null` takes it back.
    pub fn check(&self, path: &str, value: &RawValue, faults: &mut Vec<Fault>) {
        let (min, max) = self.range();
        let ty = match self.kind {
            // A set is emptied by removing, so `null` is none.
            ItemType::Photo => return check_set(&FieldType::Sha256, path, value, faults),
            _ if is_null(value) => return,
            ItemType::Choice => {
                return faults.extend(choice_fault(path, value, self.options.iter().map(|o| o.key.as_str())));
            }
            ItemType::YesNo => FieldType::Bool,
            ItemType::Number | ItemType::Score => FieldType::Number { min, max, unit: "" },
            // `parse` holds the limit between 1 and what fits into a line.
            ItemType::Text => FieldType::Text { max: max as usize },
        };
        check_value(&ty, path, value, faults);
    }

    /// What one point, or a yes, is worth.
    pub fn weight(&self) -> f64 {
        self.weight.unwrap_or(if self.kind == ItemType::Score { 1.0 } else { 0.0 })
    }
}
