//! An operation that is not simply applied, as the office sees it.

use serde::Serialize;
use serde_json::value::RawValue;
use sync_protocol::{Line, Op, Standing, carried};

use super::{When, readable};

/// An operation that is not simply applied.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StandingView {
    /// The operation.
    pub dot: String,
    /// Who wrote it, as far as known.
    pub person: String,
    /// What they are called.
    pub name: Option<String>,
    /// Scope of the record it would change; empty of a line that cannot be read.
    pub scope: String,
    /// Kind of that record.
    pub kind: String,
    /// Id of that record.
    pub id: String,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub code: String,
    /// What exactly: a field's path, an unknown template.
    pub detail: String,
    /// Why, for a person (Chinese).
    pub sentence: String,
    /// Why, for a person (English).
    pub sentence_en: String,
    /// When it was written, and how sure that is.
    #[serde(flatten)]
    pub when: When,
    /// The fields it writes, as written; none of a line that cannot be read.
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Box<RawValue>>,
    /// Its template, of a response.
    pub tpl: Option<String>,
    /// Of a line carried over from an earlier phone: that line, read.
    pub carried: Option<CarriedView>,
    /// The record as it stands now, as fed; none where there is none yet.
    #[schema(value_type = Option<Object>)]
    pub now: Option<Box<RawValue>>,
}

impl StandingView {
    /// Of an operation that stands so; what it says is added by [`Self::saying`].
    pub fn new(dot: String, [scope, kind, id]: [String; 3], standing: &Standing, when: When) -> Self {
        let (zh, en) = standing.code.sentence();
        Self {
            dot,
            person: String::new(),
            name: None,
            scope,
            kind,
            id,
            state: standing.state().name().to_owned(),
            code: standing.code.name().to_owned(),
            detail: standing.detail.clone(),
            sentence: zh.to_owned(),
            sentence_en: en.to_owned(),
            when,
            fields: None,
            tpl: None,
            carried: None,
            now: None,
        }
    }

    /// With what the operation says.
    #[must_use]
    pub fn saying(mut self, op: &Op) -> Self {
        self.fields = Some(fields(op));
        self.tpl.clone_from(&op.tpl);
        self.carried = carried_view(op);
        self
    }
}

/// A line of an earlier phone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CarriedView {
    /// The phone it was written on.
    pub install: String,
    /// Its place in that phone's chain.
    pub seq: u64,
    /// The record it writes; empty where it cannot be read.
    pub scope: String,
    /// Kind of that record.
    pub kind: String,
    /// Id of that record.
    pub id: String,
    /// The fields it writes, as written.
    #[schema(value_type = Option<Object>)]
    pub fields: Option<Box<RawValue>>,
    /// Why it cannot be read.
    pub unreadable: Option<String>,
}

/// The fields of an operation as one object, in the order written.
fn fields(op: &Op) -> Box<RawValue> {
    let member = |(name, value): &(String, Box<RawValue>)| {
        format!("{}:{}", serde_json::to_string(name).expect("text serialises"), readable(value.get()))
    };
    let members: Vec<String> = op.fields.iter().map(member).collect();
    RawValue::from_string(format!("{{{}}}", members.join(","))).expect("members that were read are JSON")
}

/// What a `carried` operation carries; none where it does not say whose line it is.
fn carried_view(op: &Op) -> Option<CarriedView> {
    let (install, seq, line) = carried::read(op)?;
    let mut view = CarriedView {
        install: install.to_string(),
        seq,
        scope: String::new(),
        kind: String::new(),
        id: String::new(),
        fields: None,
        unreadable: None,
    };
    match line {
        Line::Op(op) => {
            view.fields = Some(fields(&op));
            (view.scope, view.kind, view.id) = (op.scope, op.kind, op.id);
        }
        Line::Time(_) => "time".clone_into(&mut view.kind),
        Line::Blank(_) => view.unreadable = Some("lost".to_owned()),
        Line::Unreadable(why) => view.unreadable = Some(why.code().to_owned()),
    }
    Some(view)
}

/// Operations in one state.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Standings {
    /// By code, scope, phone and its order.
    pub standings: Vec<StandingView>,
    /// For the next page; none after the last.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sync_protocol::{Code, InstallId, line as read_line, time::Corrected};

    use super::*;

    fn op(kind: &str, fields: &serde_json::Value) -> Op {
        let line = format!(r#"{{"s":"zjedz.p.li/own","k":"{kind}","id":"x","f":{fields}}}"#);
        match read_line::read(InstallId([1; 16]), 1, line.as_bytes()) {
            Line::Op(op) => *op,
            other => panic!("{other:?}"),
        }
    }

    fn view(op: &Op) -> serde_json::Value {
        let name = [op.scope.clone(), op.kind.clone(), op.id.clone()];
        let standing = Standing::of(Code::Carried);
        let view = StandingView::new(op.dot.to_string(), name, &standing, Corrected::Within(Some(5), None).into());
        serde_json::to_value(view.saying(op)).unwrap()
    }

    #[test]
    fn a_carried_line_is_shown_as_what_it_says() {
        let old = "ab".repeat(16);
        let line = r#"{"s":"440811070201/presence","k":"work_log","id":"w","f":{"text":"修路"}}"#;
        let shown = view(&op("carried", &json!({"install": old, "seq": 7, "line": line})));
        assert_eq!((&shown["carried"]["install"], &shown["carried"]["seq"]), (&json!(old), &json!(7)));
        assert_eq!(
            (&shown["carried"]["kind"], &shown["carried"]["fields"]["text"]),
            (&json!("work_log"), &json!("修路"))
        );
        let torn = view(&op("carried", &json!({"install": old, "seq": 7, "line": "{"})));
        assert_eq!(torn["carried"]["unreadable"], "not_json");
        assert!(view(&op("carried", &json!({"install": "?", "seq": 7, "line": line})))["carried"].is_null());
    }

    #[test]
    fn what_is_known_of_its_time_is_beside_what_it_writes() {
        let shown = view(&op("work_log", &json!({"text": "a\"b", "n": 1.0})));
        assert_eq!((&shown["fields"]["text"], &shown["not_before"]), (&json!("a\"b"), &json!(5)));
        assert!(shown["at"].is_null() && shown["not_after"].is_null() && shown["now"].is_null());
    }
}
