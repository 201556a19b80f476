//! A shapefile (ESRI, July 1998): polygons from `.shp`, what is said of them from `.dbf`, what the numbers refer to from `.prj`.

use std::io::Cursor;

use mobile_schema::check::MAX_POINTS;
use serde_json::{Map, Value};
use shapefile::{
    PolygonRing, Shape, ShapeReader,
    dbase::{self, FieldValue, encoding::EncodingRs},
};

use super::{Feature, File, Gathered, Reason, Unreadable, zip::Members};
use crate::{
    drawing::{Drawing, Ring},
    reference::Reference,
};

pub(super) fn read(members: &Members, shp: &str) -> Result<File, Unreadable> {
    let beside = |ending: &str| members.get(&format!("{}{ending}", shp.trim_end_matches(".shp")));
    let bad = |record: usize, error: &dyn std::fmt::Display| {
        Unreadable::new(record as u64 + 1, Reason::Syntax, format!("The shapefile is damaged: {error}."))
    };
    let mut shapes = ShapeReader::new(Cursor::new(&members[shp])).map_err(|error| bad(0, &error))?;
    let mut sayings = beside(".dbf").map(|dbf| table(dbf)).transpose().map_err(|error| bad(0, &error))?;
    let mut sayings = sayings.as_mut().map(|table| table.iter_records());
    let mut gathered = Gathered::default();
    for (i, shape) in shapes.iter_shapes().enumerate() {
        let shape = shape.map_err(|error| bad(i, &error))?;
        let said = match sayings.as_mut().map(Iterator::next) {
            Some(Some(said)) => said.map_err(|error| bad(i, &error))?.into_iter().filter_map(value).collect(),
            Some(None) => return Err(bad(i, &"the .dbf has fewer records than the .shp")),
            None => Map::new(),
        };
        gathered.push(Feature {
            line: i as u64 + 1,
            path: format!("records[{i}]"),
            properties: Some(said),
            drawing: drawing(shape),
        })?;
    }
    let reference = beside(".prj").map(|prj| Reference::of_prj(&String::from_utf8_lossy(prj)));
    Ok(File { features: gathered.features, reference })
}

type Table<'a> = dbase::Reader<Cursor<&'a Vec<u8>>>;

/// The table, its texts taken as UTF-8 if they are, else as GB18030, which desktop programs in China write.
fn table(dbf: &Vec<u8>) -> Result<Table<'_>, dbase::Error> {
    let texts = dbf.get(8..10).map_or(0, |at| usize::from(u16::from_le_bytes([at[0], at[1]])));
    let utf8 = std::str::from_utf8(dbf.get(texts..).unwrap_or_default()).is_ok();
    let encoding = if utf8 { encoding_rs::UTF_8 } else { encoding_rs::GB18030 };
    dbase::ReaderBuilder::new().with_encoding(EncodingRs::from(encoding)).build(Cursor::new(dbf))
}

fn value((name, value): (String, FieldValue)) -> Option<(String, Value)> {
    let number = |n: f64| match n {
        // A code that a map program made a number of.
        n if n.fract() == 0.0 && n.abs() < 1e15 => Some(Value::from(n as i64)),
        n => serde_json::Number::from_f64(n).map(Value::Number),
    };
    let value = match value {
        FieldValue::Character(text) => Value::String(text?.trim_matches(['\0', ' ']).to_owned()),
        FieldValue::Memo(text) => Value::String(text),
        FieldValue::Numeric(n) => number(n?)?,
        FieldValue::Float(n) => number(f64::from(n?))?,
        FieldValue::Double(n) | FieldValue::Currency(n) => number(n)?,
        FieldValue::Integer(n) => Value::from(n),
        FieldValue::Logical(yes) => Value::Bool(yes?),
        FieldValue::Date(day) => {
            let day = day?;
            Value::String(format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()))
        }
        FieldValue::DateTime(_) => return None,
    };
    Some((name, value))
}

fn drawing(shape: Shape) -> Result<Drawing, String> {
    match shape {
        Shape::Polygon(p) => Ok(polygons(p.into_inner(), |p| [p.x, p.y])),
        Shape::PolygonM(p) => Ok(polygons(p.into_inner(), |p| [p.x, p.y])),
        Shape::PolygonZ(p) => Ok(polygons(p.into_inner(), |p| [p.x, p.y])),
        Shape::NullShape => Err("The record has no geometry.".to_owned()),
        other => Err(format!("A boundary is a polygon, and not a {}.", other.shapetype())),
    }
}

/// Rings in any order, told apart by the way they turn: each hole goes to the outer ring that holds its first point.
fn polygons<P>(rings: Vec<PolygonRing<P>>, pair: impl Fn(&P) -> [f64; 2]) -> Drawing {
    let (mut polygons, mut holes): (Vec<Vec<Ring>>, Vec<Ring>) = (Vec::new(), Vec::new());
    for ring in rings {
        match ring {
            PolygonRing::Outer(points) => polygons.push(vec![points.iter().map(&pair).collect()]),
            PolygonRing::Inner(points) => holes.push(points.iter().map(&pair).collect()),
        }
    }
    // Some programs let every ring turn the wrong way.
    if polygons.is_empty() {
        return Drawing::Polygons(holes.into_iter().map(|ring| vec![ring]).collect());
    }
    // Of a shape that is too large for a fence nobody needs to know which hole is whose, and looking would take long.
    let points: usize = polygons.iter().flatten().chain(&holes).map(Vec::len).sum();
    for hole in holes {
        let mut outer = polygons.iter().take(if points > MAX_POINTS { 0 } else { usize::MAX });
        let of = outer.position(|rings| hole.first().is_some_and(|p| surrounds(&rings[0], *p)));
        polygons[of.unwrap_or(0)].push(hole);
    }
    Drawing::Polygons(polygons)
}

fn surrounds(ring: &Ring, [x, y]: [f64; 2]) -> bool {
    let crossed = ring.windows(2).filter(|w| {
        let ([ax, ay], [bx, by]) = (w[0], w[1]);
        (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)
    });
    crossed.count() % 2 == 1
}
