//! What a feature says: its village, its days, what its numbers refer to.

use jiff::civil::Date;
use mobile_schema::{Datum, VillageCode};
use serde_json::{Map, Value};
use zhucun_fences::{BadReference, Drawing, Reference, file::Feature};

use super::{
    examined::errors,
    names::{Names, Unmatched},
};
use crate::registry::import::{
    book::Want,
    cells::parse_day,
    fault::{Code, Faults},
    plan::Context,
};

/// Where a village's code or name is looked for, if nobody says where.
const VILLAGE: &[&str] =
    &["village", "village_code", "村代码", "code", "行政代码", "行政区代码", "xzqdm", "name", "村名", "名称", "xzqmc"];

/// A feature of which all is known but whether its boundary is any good.
pub(super) struct Said {
    pub(super) line: u64,
    pub(super) path: String,
    pub(super) village: VillageCode,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
    /// Where the boundary comes from, and whether it is surveyed.
    pub(super) more: Vec<(&'static str, Want)>,
    /// In degrees of the datum, or a sentence, why there is none.
    pub(super) drawing: Result<(Drawing, Datum), String>,
}

/// Reads features.
pub(super) struct Reader<'a> {
    pub(super) context: &'a Context,
    pub(super) names: &'a Names<'a>,
    /// What the file says its numbers refer to.
    pub(super) file: Option<&'a Result<Reference, BadReference>>,
    pub(super) faults: &'a mut Faults,
}

impl Reader<'_> {
    /// What it says; none if anything is missing, which is noted.
    pub(super) fn read(&mut self, feature: Feature) -> Option<Said> {
        let Feature { line, path, properties, drawing } = feature;
        let mut at = At { line, path: &path, faults: self.faults };
        let Some(properties) = properties else {
            at.fault("type", Code::Syntax, "This is no feature.");
            return None;
        };
        let options = &self.context.options.fences;
        let (member, village) = village(&properties, options.village.as_deref(), self.names);
        let village = match village {
            Ok(village) => Some(village),
            Err(Unmatched::None(code, message)) if options.skip_unmatched => {
                at.faults.warn(line, &format!("{path}.{member}"), code, format!("{message} It is left out."));
                return None;
            }
            Err(Unmatched::None(code, message)) => at.none(&member, code, message),
            Err(Unmatched::Several(message)) => at.none(&member, Code::UnknownVillage, message),
        };
        let from = at.day(&properties, &["from", "开始日期"]).or(options.from);
        if from.is_none() && find(&properties, &["from", "开始日期"]).is_none() {
            at.fault("properties.from", Code::Missing, "The feature does not say since when the boundary holds.");
        }
        let to = at.day(&properties, &["to", "结束日期"]);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            at.fault("properties.to", Code::ToBeforeFrom, format!("The last day {to} is before the first, {from}."));
        }
        let reference = at.reference(&properties, self.file, options.reference);
        if let Err(message) = &drawing {
            at.fault("geometry", Code::BadGeometry, message.clone());
        }
        let drawing = reference?.degrees(&drawing.ok()?);
        let (Some(village), Some(from)) = (village, from) else {
            // Nobody knows whose it is; what is wrong with it is told all the same.
            errors(line, &path, &drawing.ok()?, self.faults);
            return None;
        };
        let more = [("source", find(&properties, &["source", "来源"])), ("synthetic", properties.get("synthetic"))];
        let more = more.into_iter().filter_map(|(name, value)| Some((name, Want::Be(value?.clone())))).collect();
        Some(Said { line, village, from, to, more, drawing, path })
    }
}

/// A place in the file.
struct At<'a> {
    line: u64,
    path: &'a str,
    faults: &'a mut Faults,
}

impl At<'_> {
    fn fault(&mut self, member: &str, code: Code, message: impl Into<String>) {
        self.faults.push(self.line, &format!("{}.{member}", self.path), code, message);
    }

    fn none<T>(&mut self, member: &str, code: Code, message: String) -> Option<T> {
        self.fault(member, code, message);
        None
    }

    fn day(&mut self, properties: &Map<String, Value>, names: &[&str]) -> Option<Date> {
        let value = find(properties, names)?;
        let day = value.as_str().and_then(|d| parse_day(d.trim()));
        if day.is_none() {
            let member = format!("properties.{}", names[0]);
            self.fault(&member, Code::BadDate, format!("{value} is no day; write it as \"2026-01-31\"."));
        }
        day
    }

    /// What the numbers refer to: said by the feature, else by the file, else by who imports. Never guessed, for a wrong guess puts
    /// the boundary half a kilometre away.
    fn reference(
        &mut self,
        properties: &Map<String, Value>,
        file: Option<&Result<Reference, BadReference>>,
        chosen: Option<Reference>,
    ) -> Option<Reference> {
        let own = find(properties, &["datum", "坐标系"]).map(|v| Reference::parse(v.as_str().unwrap_or("?")));
        let (code, message) = match (own.as_ref().or(file), chosen) {
            (Some(Ok(said)), Some(chosen)) if *said != chosen => {
                (Code::DatumDiffers, "The file says something else than was chosen.".to_owned())
            }
            (Some(Ok(reference)), _) => return Some(*reference),
            (None, Some(chosen)) => return Some(chosen),
            (Some(Err(bad @ BadReference::NotPublic(_))), _) => (Code::DatumNotPublic, bad.to_string()),
            (Some(Err(bad)), _) => (Code::DatumMissing, bad.to_string()),
            (None, None) => (
                Code::DatumMissing,
                "Say what the numbers refer to (--datum): wgs84, cgcs2000, gcj02, bd09, or a projection as EPSG:4525."
                    .to_owned(),
            ),
        };
        self.fault("properties.datum", code, message);
        None
    }
}

/// Which village it bounds, and where in the feature that is said.
fn village(
    properties: &Map<String, Value>,
    named: Option<&str>,
    names: &Names<'_>,
) -> (String, Result<VillageCode, Unmatched>) {
    let said = match named {
        Some(named) => find(properties, &[named]),
        None => find(properties, VILLAGE),
    };
    let village = match said {
        Some(Value::String(said)) => names.find(said.trim()),
        // Map programs like to make numbers of codes; twelve digits survive it.
        Some(Value::Number(code)) => names.find(&code.to_string()),
        _ => Err(Unmatched::None(Code::Missing, "The feature does not say which village it bounds.".to_owned())),
    };
    (format!("properties.{}", named.unwrap_or(VILLAGE[0])), village)
}

/// The first of these members that says anything, in large or small letters.
fn find<'p>(properties: &'p Map<String, Value>, names: &[&str]) -> Option<&'p Value> {
    let says = |v: &&Value| !v.is_null() && v.as_str().is_none_or(|s| !s.trim().is_empty());
    let named = |name: &&str| {
        let exact = properties.get(*name).filter(says);
        exact.or_else(|| properties.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v).find(says))
    };
    names.iter().find_map(named)
}
