//! A field with several values, as the office sees it.

use mobile_schema::{Policy, Role, Template};
use serde::Serialize;
use serde_json::value::RawValue;
use sync_protocol::{Code, Dot, judge::Authority};

use super::{Because, When};

/// A field with differing values.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConflictView {
    /// Scope of the record.
    pub scope: String,
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The field.
    pub field: String,
    /// Whether the office is asked; else the others are only kept beside.
    pub open: bool,
    /// How several people's values are merged.
    #[schema(value_type = String)]
    pub policy: Policy,
    /// What hangs on it: of a checklist item its weight; of others 1 where the policy is `review`, else 0.
    pub weight: f64,
    /// Of a checklist item: the question, in Chinese.
    pub label: Option<String>,
    /// Likewise in English.
    pub label_en: Option<String>,
    /// Template of a response.
    pub tpl: Option<String>,
    /// Why the first is the one shown.
    pub shown_because: Because,
    /// The values, the one shown first. Evidence may show none.
    pub values: Vec<ValueView>,
}

/// One of the values of a field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ValueView {
    /// The value.
    #[schema(value_type = Object)]
    pub value: Box<RawValue>,
    /// Whether it is the one shown.
    pub shown: bool,
    /// Why it is not.
    pub why: Option<String>,
    /// Who wrote it; equal values are one.
    pub by: Vec<AuthorView>,
}

/// Who wrote a value.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuthorView {
    /// The operation.
    #[schema(value_type = String)]
    pub dot: Dot,
    /// The person.
    pub person: String,
    /// What they are called.
    pub name: Option<String>,
    /// With what authority.
    #[schema(value_type = String)]
    pub authority: Authority,
    /// In which roles they may write it. None where it counts by a decision.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Role>,
    /// When, and how sure that is.
    #[serde(flatten)]
    pub when: When,
    /// The value they had before them. None where the field was empty; several where it differed already.
    pub started_from: Vec<StartView>,
}

/// A value that an author had before them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StartView {
    /// The operation that wrote it.
    #[schema(value_type = String)]
    pub dot: Dot,
    /// The value.
    #[schema(value_type = Object)]
    pub value: Box<RawValue>,
}

/// Fields with several values.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Conflicts {
    /// In the order asked for.
    pub conflicts: Vec<ConflictView>,
    /// For the next page; none after the last.
    pub next: Option<String>,
}

impl ConflictView {
    /// The operations whose values stand: what a person who read this saw.
    pub fn seen(&self) -> Vec<Dot> {
        let mut seen: Vec<Dot> = self.values.iter().flat_map(|v| &v.by).map(|by| by.dot).collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    }
}

/// How a field is merged, and what hangs on it.
pub fn bearing(kind: &str, field: &str, template: Option<&Template>) -> (Policy, f64) {
    let spec = mobile_schema::kind(kind);
    let policy = spec.map_or(Policy::Single, |spec| sync_protocol::judge::policy_of(spec, field, template));
    let asked = if policy == Policy::Review { 1.0 } else { 0.0 };
    let points = item(field, template).map(mobile_schema::template::Item::weight).filter(|w| *w > 0.0);
    (policy, points.unwrap_or(asked))
}

/// The checklist item that a field answers.
pub fn item<'t>(field: &str, template: Option<&'t Template>) -> Option<&'t mobile_schema::template::Item> {
    template?.item(field.strip_prefix(mobile_schema::template::ITEM_PREFIX)?)
}

/// Why a value is shown before another that is not for this reason.
pub fn shown_because(why: Option<Code>) -> Because {
    let sentences = match why {
        Some(Code::ByAuthority) => ("显示此值：其作者权限更高", "Shown: its author has more authority."),
        Some(Code::ByUnanchored) => {
            ("显示此值：其时间可以确认", "Shown: its time is known, that of the others is not.")
        }
        Some(Code::ByTime) => ("显示此值：写入时间最晚", "Shown: it was written last."),
        Some(Code::ByDot) => {
            ("显示此值：无法区分先后，按固定次序", "Shown: nothing tells which is later; a fixed order decides.")
        }
        Some(Code::CorrectionProposed) => {
            ("显示原始证据：更正仅作建议", "Shown: evidence stands as taken; corrections are proposals.")
        }
        _ => ("只有这一个值", "It is the only one."),
    };
    Because::new(why.map_or("alone", Code::name), sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_on_a_field_is_in_the_template_or_the_policy() {
        let template = Template::parse(
            r#"{"key":"t","version":1,"title":"督查","sections":[{"title":"在岗","items":[
                {"key":"score","type":"score","label":"a","max":10,"weight":5},
                {"key":"seen","type":"yes_no","label":"b","review":true},
                {"key":"note","type":"text","label":"c"}]}]}"#,
        )
        .unwrap();
        let of = |kind: &str, field: &str| bearing(kind, field, Some(&template));
        assert_eq!(of("response", "i.score"), (Policy::Review, 5.0));
        assert_eq!(of("response", "i.seen"), (Policy::Review, 1.0));
        assert_eq!(of("response", "i.note"), (Policy::Single, 0.0));
        assert_eq!(bearing("finding", "severity", None), (Policy::Review, 1.0));
        assert_eq!(bearing("finding", "title", None), (Policy::Single, 0.0));
        assert_eq!(bearing("roll_call", "state", None), (Policy::Once, 0.0));
    }
}
