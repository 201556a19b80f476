//! Settling what is alike by a rule: rule and conflict give the value that is to stand, with the reason, or why the rule says nothing
//! of it. Pure.

use mobile_schema::{Policy, Role};
use serde::Deserialize;
use serde_json::value::RawValue;
use sync_protocol::judge::Authority;

use super::views::{
    Because,
    conflict::{AuthorView, ConflictView, ValueView},
};

/// Which of the values is to stand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(tag = "prefer", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The one that is shown now.
    Shown,
    /// The latest of those whose time is known.
    LatestAnchored,
    /// The one written with this authority.
    Authority {
        /// `office` or `town`.
        #[schema(value_type = String)]
        authority: Authority,
    },
    /// The one whose author wrote it in this role, such as `lead`.
    Role {
        /// The role.
        #[schema(value_type = String)]
        role: Role,
    },
    /// The one of this person.
    Person {
        /// `district.p.name`.
        person: String,
    },
    /// The highest number.
    Highest,
    /// The lowest number.
    Lowest,
}

/// The value that is to stand.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Verbatim.
    pub value: Box<RawValue>,
    /// By which rule.
    pub because: Because,
}

impl Rule {
    /// What the rule says of that conflict; else why it says nothing.
    pub fn choose(&self, conflict: &ConflictView) -> Result<Chosen, Because> {
        if conflict.policy == Policy::Once {
            return Err(because("evidence", "证据不可更改", "evidence is not changed"));
        }
        let values = conflict.values.iter();
        let value = match self {
            Rule::Shown => values.filter(|v| v.shown).collect(),
            Rule::LatestAnchored => greatest(&conflict.values, |v| v.by.iter().filter_map(|by| by.when.at).max()),
            Rule::Authority { authority } => written_by(&conflict.values, |by| by.authority == *authority),
            Rule::Role { role } => written_by(&conflict.values, |by| by.roles.contains(role)),
            Rule::Person { person } => written_by(&conflict.values, |by| by.person == *person),
            Rule::Highest | Rule::Lowest => self.by_number(&conflict.values)?,
        };
        match value.as_slice() {
            [one] => Ok(Chosen { value: one.value.clone(), because: self.because() }),
            [] => Err(because("no_such_value", "没有符合规则的值", "no value is what the rule prefers")),
            _ => Err(because("several_values", "符合规则的值不止一个", "several values are what the rule prefers")),
        }
    }

    fn by_number<'v>(&self, values: &'v [ValueView]) -> Result<Vec<&'v ValueView>, Because> {
        let sign = if *self == Rule::Lowest { -1.0 } else { 1.0 };
        let number = |v: &ValueView| serde_json::from_str::<f64>(v.value.get()).ok().map(|n| sign * n);
        if values.iter().any(|v| number(v).is_none()) {
            return Err(because("not_a_number", "有的值不是数", "a value is not a number"));
        }
        Ok(greatest(values, number))
    }

    fn because(&self) -> Because {
        match self {
            Rule::Shown => because("shown", "按规则：目前显示的值", "By rule: the value shown"),
            Rule::LatestAnchored => {
                because("latest_anchored", "按规则：时间可确认的最晚值", "By rule: the latest of known time")
            }
            Rule::Authority { .. } => {
                because("authority", "按规则：权限为指定者的值", "By rule: the value of that authority")
            }
            Rule::Role { .. } => because("role", "按规则：指定角色的值", "By rule: the value of that role"),
            Rule::Person { .. } => because("person", "按规则：指定人员的值", "By rule: the value of that person"),
            Rule::Highest => because("highest", "按规则：最大的数", "By rule: the highest number"),
            Rule::Lowest => because("lowest", "按规则：最小的数", "By rule: the lowest number"),
        }
    }
}

impl Chosen {
    /// The reason as it stands in the line: by which rule, and what the person adds.
    pub fn reason(&self, said: &str) -> String {
        let rule = format!("{} ({})", self.because.sentence, self.because.sentence_en);
        if said.is_empty() { rule } else { format!("{rule}：{said}") }
    }
}

fn because(code: &str, zh: &str, en: &str) -> Because {
    Because::new(code, (zh, en))
}

fn written_by(values: &[ValueView], by: impl Fn(&AuthorView) -> bool) -> Vec<&ValueView> {
    values.iter().filter(|v| v.by.iter().any(&by)).collect()
}

/// The values of which nothing is greater; of which nothing is known is left out.
fn greatest<T: PartialOrd + Copy>(values: &[ValueView], of: impl Fn(&ValueView) -> Option<T>) -> Vec<&ValueView> {
    let known: Vec<(T, &ValueView)> = values.iter().filter_map(|v| Some((of(v)?, v))).collect();
    let is_greatest = |one: &T| known.iter().all(|(other, _)| one >= other);
    known.iter().filter(|(one, _)| is_greatest(one)).map(|(_, v)| *v).collect()
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
