//! Fences: boundaries of villages, versioned by date.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::civil::Date;
use mobile_schema::{Datum, VillageCode};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    book::{Book, Entry, Want},
    cells::{code_fault, parse_day},
    fault::{Code, Faults},
    geometry,
    known::Known,
    plan::Context,
    text,
};

/// Largest file in bytes: some thousand boundaries as map offices draw them.
pub(super) const MAX_BYTES: usize = 32 << 20;

pub(super) const DOC: &str = "\
GeoJSON (RFC 7946), a FeatureCollection of Polygons or MultiPolygons, or Circles with radius_m. Properties of a feature:
  village (村代码): code of the village, 12 digits
  from (开始日期): first day the boundary holds, as 2026-01-31
  to (结束日期): last day; empty while it lasts. A boundary that another follows ends the day before.
  source (来源): where it comes from: document, survey, who drew it. Optional.
  synthetic: true where it is not surveyed. Optional.
  datum (坐标系): wgs84 (also cgcs2000), gcj02 or bd09; or said once for the file, as a member `datum` beside `features`, or when importing.
";

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    datum: Option<String>,
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Option<Map<String, Value>>,
    geometry: Option<Value>,
}

/// A boundary that the file brings, or that stands.
struct Fence {
    line: u64,
    column: String,
    to: Option<Date>,
    /// Its other fields; none where it stands and is not in the file.
    fields: Option<Vec<(&'static str, Want)>>,
}

/// By village, by first day.
type Fences = BTreeMap<String, BTreeMap<Date, Fence>>;

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(text) = text::decode(bytes, MAX_BYTES, faults) else { return };
    let collection: Collection<'_> = match serde_json::from_str(&text) {
        Ok(collection) => collection,
        Err(error) => {
            return faults.push(
                error.line() as u64,
                "",
                Code::Syntax,
                format!("This is no FeatureCollection: {error}."),
            );
        }
    };
    if collection.kind != "FeatureCollection" {
        return faults.push(1, "type", Code::Syntax, "The file must be a FeatureCollection.");
    }
    if collection.features.is_empty() {
        return faults.push(1, "features", Code::Empty, "There is no feature in the file.");
    }
    let mut fences = standing(known);
    let (mut line, mut counted) = (1, 0);
    for (i, raw) in collection.features.iter().enumerate() {
        let offset = raw.get().as_ptr() as usize - text.as_ptr() as usize;
        line += text.as_bytes()[counted..offset].iter().filter(|b| **b == b'\n').count() as u64;
        counted = offset;
        let mut reader = Reader { line, path: format!("features[{i}]"), context, known, faults };
        reader.feature(raw, collection.datum.as_deref(), &mut fences);
    }
    put(fences, known, book, faults);
}

fn standing(known: &Known) -> Fences {
    let mut fences = Fences::new();
    for (_, r) in known.all("fence") {
        let (Some(village), Some(from)) = (r.text("village"), r.text("from").and_then(parse_day)) else { continue };
        let to = r.text("to").and_then(parse_day);
        let fence = Fence { line: 0, column: String::new(), to, fields: None };
        fences.entry(village.to_owned()).or_default().insert(from, fence);
    }
    fences
}

/// Reads one feature.
struct Reader<'a> {
    line: u64,
    path: String,
    context: &'a Context,
    known: &'a Known,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    fn fault(&mut self, member: &str, code: Code, message: impl Into<String>) {
        self.faults.push(self.line, &format!("{}.{member}", self.path), code, message);
    }

    fn feature(&mut self, raw: &RawValue, datum: Option<&str>, fences: &mut Fences) {
        let Ok(Feature { properties, geometry }) = serde_json::from_str::<Feature>(raw.get()) else {
            return self.fault("type", Code::Syntax, "This is no feature.");
        };
        let properties = properties.unwrap_or_default();
        let before = self.faults.0.len();
        let village = self.village(&properties);
        let from = self.day(&properties, &["from", "开始日期"]);
        if from.is_none() && self.faults.0.len() == before + usize::from(village.is_none()) {
            self.fault("properties.from", Code::Missing, "The feature does not say since when the boundary holds.");
        }
        let to = self.day(&properties, &["to", "结束日期"]);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            self.fault("properties.to", Code::ToBeforeFrom, format!("The last day {to} is before the first, {from}."));
        }
        let datum = self.datum(&properties, datum);
        let geometry = match geometry::check(&geometry.unwrap_or_default()) {
            Ok(geometry) => Some(geometry),
            Err((code, message)) => {
                self.fault("geometry", code, message);
                None
            }
        };
        let (Some(village), Some(from), Some(datum), Some(geometry)) = (village, from, datum, geometry) else { return };
        let mut fields = vec![
            ("village", Want::text(village.as_str())),
            ("from", Want::text(from.to_string())),
            ("datum", Want::text(datum.name())),
            ("geometry", Want::Be(geometry)),
        ];
        if let Some(source) = find(&properties, &["source", "来源"]) {
            fields.push(("source", Want::Be(source.clone())));
        }
        if let Some(synthetic) = properties.get("synthetic") {
            fields.push(("synthetic", Want::Be(synthetic.clone())));
        }
        let of_village = fences.entry(village.to_string()).or_default();
        if let Some(first) = of_village.get(&from).filter(|f| f.line != 0) {
            let message = format!("The boundary of {village} from {from} stands in line {} already.", first.line);
            return self.fault("properties", Code::Duplicate, message);
        }
        of_village.insert(from, Fence { line: self.line, column: self.path.clone(), to, fields: Some(fields) });
    }

    fn village(&mut self, properties: &Map<String, Value>) -> Option<VillageCode> {
        let code = match find(properties, &["village", "village_code", "村代码"]) {
            Some(Value::String(code)) => code.trim().to_owned(),
            // Map programs like to make numbers of codes; twelve digits survive it.
            Some(Value::Number(code)) => code.to_string(),
            _ => {
                self.fault("properties.village", Code::Missing, "The feature does not say which village it bounds.");
                return None;
            }
        };
        if let Some((kind, message)) = code_fault(&code, 12) {
            self.fault("properties.village", kind, message);
            return None;
        }
        let village = VillageCode::parse(&code)?;
        if !self.known.has_village(self.context.options.district.as_str(), village) {
            let message = format!("There is no village {village} in this district.");
            self.fault("properties.village", Code::UnknownVillage, message);
            return None;
        }
        Some(village)
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

    /// What the degrees refer to: said by the feature, else by the file, else by who imports. Never guessed, for a wrong guess puts
    /// the boundary half a kilometre away.
    fn datum(&mut self, properties: &Map<String, Value>, of_file: Option<&str>) -> Option<Datum> {
        let chosen = self.context.options.datum;
        let said = find(properties, &["datum", "坐标系"]).map(|v| v.as_str().unwrap_or("?")).or(of_file);
        let Some(said) = said else {
            if chosen.is_none() {
                self.fault(
                    "properties.datum",
                    Code::DatumMissing,
                    "Say what the degrees refer to: wgs84, gcj02 or bd09 (--datum).",
                );
            }
            return chosen;
        };
        let datum = datum_named(said);
        match (datum, chosen) {
            (None, _) => {
                self.fault(
                    "properties.datum",
                    Code::DatumMissing,
                    format!("{said:?} is none of wgs84, gcj02 and bd09."),
                );
            }
            (Some(said), Some(chosen)) if said != chosen => {
                let message = format!("The file says {}, and {} was chosen.", said.name(), chosen.name());
                self.fault("properties.datum", Code::DatumDiffers, message);
            }
            _ => {}
        }
        datum
    }
}

/// A datum as people write it. CGCS2000, China's own, is WGS-84 to some centimetres.
pub fn datum_named(name: &str) -> Option<Datum> {
    let plain: String = name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    if plain == "cgcs2000" { Some(Datum::Wgs84) } else { Datum::parse(&plain) }
}

/// The first of these members that says anything.
fn find<'p>(properties: &'p Map<String, Value>, names: &[&str]) -> Option<&'p Value> {
    let says = |v: &&Value| !v.is_null() && v.as_str().is_none_or(|s| !s.trim().is_empty());
    names.iter().find_map(|name| properties.get(*name).filter(says))
}

/// A boundary that does not say when it ends, ends the day before the next begins: also one that stands already.
fn put(fences: Fences, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    for (village, fences) in fences {
        let begins: Vec<Date> = fences.keys().copied().collect();
        for (i, (from, fence)) in fences.into_iter().enumerate() {
            let next = begins.get(i + 1).copied();
            let before_next = next.and_then(|n| n.yesterday().ok());
            if let (Some(to), Some(next)) = (fence.to, next)
                && to >= next
                && fence.line != 0
            {
                let message = format!("The boundary of {village} lasts until {to}, and the next begins on {next}.");
                faults.push(fence.line, &fence.column, Code::Overlap, message);
            }
            let id = format!("{village}@{from}");
            let to = match fence.fields {
                None => fence.to.filter(|to| next.is_none_or(|n| *to < n)),
                Some(_) => fence.to,
            };
            let to = to.or(before_next).map_or(Value::Null, |day| json!(day.to_string()));
            let (line, column, scope) = (fence.line.max(1), fence.column, format!("{village}/roster"));
            match fence.fields {
                Some(mut fields) => {
                    fields.push(("to", Want::Be(to)));
                    book.put(Entry { line, column, scope, kind: "fence", id, fields }, faults);
                }
                // What stands is cut short, and otherwise none of this file's business.
                None if known.get("fence", &id).is_some_and(|r| r.fields.get("to").unwrap_or(&Value::Null) != &to) => {
                    book.put(
                        Entry { line, column, scope, kind: "fence", id, fields: vec![("to", Want::Be(to))] },
                        faults,
                    );
                }
                None => {}
            }
        }
    }
}
