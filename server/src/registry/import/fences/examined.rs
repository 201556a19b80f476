//! Examines the boundaries of a file beside each other and beside those that stand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mobile_schema::Datum;
use zhucun_fences::{
    Bounds, Drawing, Shape,
    examine::{self, Around, Kind, Neighbour, Weight, examine as findings_of, repair},
};

use super::{
    feature::Said,
    finding::{Finding, Findings, Mended},
};
use crate::registry::import::{
    cells::parse_day,
    fault::{Code, Faults},
    known::Known,
    plan::Context,
};

/// Neighbours farther away than this, in degrees, say nothing: a datum shifts by a kilometre.
const NEAR_DEG: f64 = 0.02;

/// A boundary that can be taken.
pub(super) struct Examined {
    pub(super) said: Said,
    pub(super) drawing: Drawing,
    pub(super) datum: Datum,
}

/// First each by itself and beside what stands, repaired where asked; then beside the others of the file as they came out. Errors become
/// faults, whatever is found findings.
pub(super) fn all(
    drawn: Vec<Said>,
    context: &Context,
    known: &Known,
    faults: &mut Faults,
    findings: &mut Findings,
) -> Vec<Examined> {
    let standing = standing(known, context.options.district.as_str());
    let wanted: &BTreeSet<_> = &context.options.fences.repairs;
    let mut areas: Vec<f64> = standing.values().map(Neighbour::area_m2).collect();
    let mut sound: Vec<(Examined, Option<Neighbour>)> = Vec::new();
    for mut said in drawn {
        let (drawing, datum) = match std::mem::replace(&mut said.drawing, Err(String::new())) {
            Ok(drawn) => drawn,
            Err(message) => {
                faults.push(said.line, &format!("{}.geometry", said.path), Code::Projected, message);
                continue;
            }
        };
        let bounds = bounds(&drawing, datum);
        let around = Around {
            standing: near(&standing, said.village.as_str(), bounds),
            earlier: standing.get(said.village.as_str()),
            ..Around::default()
        };
        let repaired = repair(drawing, datum, &around, wanted);
        if !repaired.done.is_empty() {
            findings.mended.push(Mended::of(said.line, said.village.as_str(), &repaired.done));
        }
        let bad: Vec<_> = repaired.findings.into_iter().filter(|f| f.kind.weight() == Weight::Error).collect();
        note(said.line, &said.path, &bad, faults);
        if !bad.is_empty() {
            let village = said.village.as_str();
            findings.found.extend(bad.into_iter().map(|found| Finding::of(said.line, &said.path, village, found)));
        } else {
            let shape = Shape::of(&repaired.drawing, repaired.datum).ok();
            let neighbour = shape.and_then(|shape| Neighbour::new(said.village.as_str(), shape));
            areas.extend(neighbour.as_ref().map(Neighbour::area_m2));
            sound.push((Examined { said, drawing: repaired.drawing, datum: repaired.datum }, neighbour));
        }
    }
    beside_each_other(&sound, &standing, areas, findings);
    sound.into_iter().map(|(examined, _)| examined).collect()
}

/// Notes what stands in the way of a boundary by itself.
pub(super) fn errors(line: u64, path: &str, (drawing, datum): &(Drawing, Datum), faults: &mut Faults) {
    let mut found = findings_of(drawing, *datum, &Around::default());
    found.retain(|f| f.kind.weight() == Weight::Error);
    note(line, path, &found, faults);
}

fn note(line: u64, path: &str, errors: &[examine::Finding], faults: &mut Faults) {
    for found in errors {
        let offer = found.offer.as_ref().map(|offer| offer.repair.name());
        faults.push_mendable(line, &format!("{path}.geometry"), code_of(found.kind), found.en.clone(), offer);
    }
}

/// What is found of boundaries that can be taken.
fn beside_each_other(
    sound: &[(Examined, Option<Neighbour>)],
    standing: &BTreeMap<String, Neighbour>,
    mut areas: Vec<f64>,
    findings: &mut Findings,
) {
    areas.sort_unstable_by(f64::total_cmp);
    // Few say nothing of what is usual.
    let usual_m2 = areas.get(areas.len() / 2).copied().filter(|_| areas.len() >= 10);
    // Of a village that is in the file the last boundary of it counts, else that which stands.
    let mut all: BTreeMap<&str, &Neighbour> = standing.iter().map(|(village, n)| (village.as_str(), n)).collect();
    let mut latest: BTreeMap<&str, Date> = BTreeMap::new();
    for (examined, neighbour) in sound {
        let (village, from) = (examined.said.village.as_str(), examined.said.from);
        if let Some(neighbour) = neighbour.as_ref().filter(|_| latest.get(village).is_none_or(|l| *l < from)) {
            latest.insert(village, from);
            all.insert(village, neighbour);
        }
    }
    for (Examined { said, drawing, datum }, neighbour) in sound {
        let village = said.village.as_str();
        let bounds = neighbour.as_ref().map(Neighbour::bounds);
        let around = Around {
            neighbours: near_of(all.iter().map(|(v, n)| (*v, *n)), village, bounds),
            standing: near(standing, village, bounds),
            earlier: standing.get(village),
            usual_m2,
        };
        let found = findings_of(drawing, *datum, &around);
        findings.found.extend(found.into_iter().map(|f| Finding::of(said.line, &said.path, village, f)));
    }
}

/// Of each village of the district the boundary that began last.
fn standing(known: &Known, district: &str) -> BTreeMap<String, Neighbour> {
    let towns = known.towns(district).unwrap_or_default();
    let mut latest: BTreeMap<String, (Date, Neighbour)> = BTreeMap::new();
    for (_, r) in known.all("fence") {
        let Some((village, from)) = r.text("village").zip(r.text("from").and_then(parse_day)) else { continue };
        let newer = latest.get(village).is_none_or(|(other, _)| *other < from);
        if !newer || !village.get(..9).is_some_and(|town| towns.contains(town)) {
            continue;
        }
        let datum = r.text("datum").and_then(Datum::parse);
        let geometry = r.fields.get("geometry").map(ToString::to_string);
        let shape = datum.zip(geometry).and_then(|(datum, geometry)| Shape::from_geojson(&geometry, datum).ok());
        if let Some(neighbour) = shape.and_then(|shape| Neighbour::new(village, shape)) {
            latest.insert(village.to_owned(), (from, neighbour));
        }
    }
    latest.into_iter().map(|(village, (_, neighbour))| (village, neighbour)).collect()
}

fn bounds(drawing: &Drawing, datum: Datum) -> Option<Bounds> {
    Some(Neighbour::new("", Shape::of(drawing, datum).ok()?)?.bounds())
}

fn near<'n>(all: &'n BTreeMap<String, Neighbour>, village: &str, bounds: Option<Bounds>) -> Vec<&'n Neighbour> {
    near_of(all.iter().map(|(v, n)| (v.as_str(), n)), village, bounds)
}

/// The boundaries of other villages about there.
fn near_of<'n>(
    all: impl Iterator<Item = (&'n str, &'n Neighbour)>,
    village: &str,
    bounds: Option<Bounds>,
) -> Vec<&'n Neighbour> {
    let Some(b) = bounds else { return Vec::new() };
    let wide = Bounds {
        west: b.west - NEAR_DEG,
        south: b.south - NEAR_DEG,
        east: b.east + NEAR_DEG,
        north: b.north + NEAR_DEG,
    };
    all.filter(|(other, n)| *other != village && n.bounds().meets(&wide)).map(|(_, n)| n).collect()
}

fn code_of(kind: Kind) -> Code {
    match kind {
        Kind::Swapped => Code::Swapped,
        Kind::Projected => Code::Projected,
        Kind::Open => Code::OpenRing,
        Kind::TooManyPoints => Code::TooManyPoints,
        Kind::Crossing => Code::Crossing,
        Kind::NoArea => Code::NoArea,
        Kind::HoleOutside => Code::HoleOutside,
        Kind::PartsNested => Code::PartsNested,
        Kind::Bad | Kind::DuplicatePoints | Kind::UnusualArea | Kind::DatumSuspected | Kind::Overlap => {
            Code::BadGeometry
        }
    }
}
