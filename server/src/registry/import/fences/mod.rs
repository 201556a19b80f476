//! Fences: boundaries of villages, versioned by date. What they are drawn in and what is wrong with them is `zhucun_fences`' business; here
//! they get their village, their days and their records.

mod examined;
mod feature;
mod finding;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Value, json};
use zhucun_fences::{
    Reference,
    examine::Repair,
    file::{self, Reason, Unreadable},
};

pub(super) use self::finding::Findings;
use self::{examined::Examined, feature::Reader, names::Names};
use super::{
    book::{Book, Entry, Want},
    cells::parse_day,
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    text,
};
pub use finding::{Finding, Mended};

/// Largest file in bytes: some thousand boundaries as map offices draw them.
pub(super) const MAX_BYTES: usize = 32 << 20;

pub(super) const DOC: &str = "\
GeoJSON (RFC 7946; also Circles with radius_m), KML, KMZ, or a shapefile as a zip archive with .shp, .dbf and .prj. Of each boundary:
  village (村代码): code of the village, 12 digits, or its name; the property is named by --village, or one of village, village_code,
    code, name and their like
  from (开始日期): first day the boundary holds, as 2026-01-31; or said once, when importing
  to (结束日期): last day; empty while it lasts. A boundary that another follows ends the day before.
  source (来源): where it comes from: document, survey, who drew it. Optional.
  synthetic: true where it is not surveyed. Optional.
  datum (坐标系): wgs84, cgcs2000 (taken for wgs84, from which it differs by decimetres), gcj02, bd09, or a projection by its code, EPSG:4513
    to 4554 and the like; or said once for the file, as a member `datum` or `crs` beside `features`, by the .prj, or when importing. KML is
    of wgs84. Beijing 1954 and Xi'an 1980 are refused: their parameters are not public.
A boundary may have 10,000 points. What is wrong is told with the repair that would mend it; repairs are made where they are asked for:
  swap, close, drop_duplicates, simplify, untangle, drop_holes, merge, datum
What bounds no village of the district refuses the file, or is left out and named where that is asked for (--skip-unmatched).
";

/// What the one who imports says of a file of fences.
#[derive(Debug, Clone, Default)]
pub struct FenceOptions {
    /// What the numbers refer to, where the file does not say.
    pub reference: Option<Reference>,
    /// The property that names the village; else it is looked for.
    pub village: Option<String>,
    /// First day, where a feature does not say.
    pub from: Option<Date>,
    /// What may be mended.
    pub repairs: BTreeSet<Repair>,
    /// Whether what bounds no village of the district is left out, with a warning each; else the file is refused for it.
    pub skip_unmatched: bool,
}

/// A boundary that the file brings, or that stands.
struct Fence {
    line: u64,
    path: String,
    to: Option<Date>,
    /// Its other fields; none where it stands and is not in the file.
    fields: Option<Vec<(&'static str, Want)>>,
}

/// By village, by first day.
type Fences = BTreeMap<String, BTreeMap<Date, Fence>>;

/// Plans it, and gives what else is to be said of the boundaries.
pub(super) fn plan(
    bytes: &[u8],
    context: &Context,
    known: &Known,
    book: &mut Book<'_>,
    faults: &mut Faults,
) -> Findings {
    let mut findings = Findings::default();
    let Some(file) = read(bytes, faults) else { return findings };
    let names = Names::of(known, context.options.district.as_str());
    let (mut fences, mut drawn) = (standing(known), Vec::new());
    let features = file.features.len();
    for feature in file.features {
        let mut reader = Reader { context, names: &names, file: file.reference.as_ref(), faults };
        let Some(said) = reader.read(feature) else { continue };
        if let Some(message) = known.past_its_end(said.village.as_str(), Some(said.from)) {
            faults.push(said.line, &format!("{}.properties", said.path), Code::VillageEnded, message);
            continue;
        }
        let of_village = fences.entry(said.village.to_string()).or_default();
        if let Some(first) = of_village.get(&said.from).filter(|f| f.line != 0) {
            let message =
                format!("The boundary of {} from {} stands in line {} already.", said.village, said.from, first.line);
            faults.push(said.line, &format!("{}.properties", said.path), Code::Duplicate, message);
            continue;
        }
        let fence = Fence { line: said.line, path: said.path.clone(), to: said.to, fields: None };
        of_village.insert(said.from, fence);
        drawn.push(said);
    }
    if features > 0 && faults.warnings.len() == features {
        // Left out is what else lies about there, not all that was meant.
        let message = "No boundary of the file is that of a village of this district.";
        faults.push(1, "features", Code::UnknownVillage, message);
    }
    for Examined { said, drawing, datum } in examined::all(drawn, context, known, faults, &mut findings) {
        let mut fields = vec![
            ("village", Want::text(said.village.as_str())),
            ("from", Want::text(said.from.to_string())),
            ("datum", Want::text(datum.name())),
            ("geometry", Want::Be(drawing.to_geojson())),
        ];
        fields.extend(said.more);
        let fence = fences.get_mut(said.village.as_str()).and_then(|of_village| of_village.get_mut(&said.from));
        fence.expect("noted above").fields = Some(fields);
    }
    put(fences, known, book, faults);
    findings
}

fn read(bytes: &[u8], faults: &mut Faults) -> Option<file::File> {
    let read = if file::is_archive(bytes) {
        if bytes.len() > MAX_BYTES {
            let message = format!("The file has {} bytes; at most {MAX_BYTES} are taken at once.", bytes.len());
            faults.push(1, "", Code::TooLarge, message);
            return None;
        }
        file::read_archive(bytes)
    } else {
        file::read_text(&text::decode(bytes, MAX_BYTES, faults)?)
    };
    let Unreadable { line, reason, message } = match read {
        Ok(file) => return Some(file),
        Err(unreadable) => unreadable,
    };
    let (column, code) = match reason {
        Reason::Syntax => ("", Code::Syntax),
        Reason::Content => ("type", Code::Syntax),
        Reason::Empty => ("features", Code::Empty),
        Reason::TooLarge => ("", Code::TooLarge),
    };
    faults.push(line, column, code, message);
    None
}

fn standing(known: &Known) -> Fences {
    let mut fences = Fences::new();
    for (_, r) in known.all("fence") {
        let (Some(village), Some(from)) = (r.text("village"), r.text("from").and_then(parse_day)) else { continue };
        let to = r.text("to").and_then(parse_day);
        let fence = Fence { line: 0, path: String::new(), to, fields: None };
        fences.entry(village.to_owned()).or_default().insert(from, fence);
    }
    fences
}

/// A boundary that does not say when it ends, ends the day before the next begins, or with its village: also one that stands already.
fn put(fences: Fences, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    for (village, fences) in fences {
        let begins: Vec<Date> = fences.keys().copied().collect();
        let last = known.end_of(&village).map(|end| end.last);
        for (i, (from, fence)) in fences.into_iter().enumerate() {
            let next = begins.get(i + 1).copied();
            let before_next = next.and_then(|n| n.yesterday().ok());
            if let (Some(to), Some(next)) = (fence.to, next)
                && to >= next
                && fence.line != 0
            {
                let message = format!("The boundary of {village} lasts until {to}, and the next begins on {next}.");
                faults.push(fence.line, &fence.path, Code::Overlap, message);
            }
            let id = format!("{village}@{from}");
            let to = match fence.fields {
                None => fence.to.filter(|to| next.is_none_or(|n| *to < n)),
                Some(_) => fence.to,
            };
            let to = to.or(before_next).into_iter().chain(last).min().map_or(Value::Null, |day| json!(day.to_string()));
            let (line, column, scope) = (fence.line.max(1), fence.path, format!("{village}/roster"));
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
