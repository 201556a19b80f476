//! KML (OGC 07-147r2): the polygons of each Placemark. Its degrees are of WGS-84, by the standard.
//!
//! It is read as a stream with a bounded depth: a library that builds a tree of the file follows nesting as deep as the file likes.

use quick_xml::{Reader, events::Event};
use serde_json::{Map, Value};

use super::{Feature, File, Gathered, Lines, Reason, Unreadable};
use crate::{
    drawing::{Drawing, Ring},
    reference::Reference,
};

/// Deepest nesting of elements.
const DEEPEST: usize = 64;

/// The Placemark that is being read.
#[derive(Default)]
struct Placemark {
    line: u64,
    properties: Map<String, Value>,
    polygons: Vec<Vec<Ring>>,
    bad: Option<String>,
}

pub(super) fn read(text: &str) -> Result<File, Unreadable> {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines::of(text);
    let mut path: Vec<String> = Vec::new();
    let mut gathered = Gathered::default();
    let mut placemark: Option<Placemark> = None;
    // The text of the innermost element, and the name that the `Data` or `SimpleData` around it bears.
    let (mut content, mut named) = (String::new(), None);
    loop {
        let event = reader.read_event();
        let line = lines.at(reader.buffer_position() as usize);
        let bad = |what: String| Unreadable::new(line, Reason::Syntax, format!("This is no KML: {what}."));
        match event.map_err(|error| bad(error.to_string()))? {
            Event::Start(tag) => {
                if path.len() == DEEPEST {
                    return Err(bad(format!("elements are nested more than {DEEPEST} deep")));
                }
                let name = String::from_utf8_lossy(tag.local_name().as_ref()).into_owned();
                match name.as_str() {
                    "Placemark" => placemark = Some(Placemark { line, ..Placemark::default() }),
                    "Polygon" => placemark.iter_mut().for_each(|p| p.polygons.push(Vec::new())),
                    "Data" | "SimpleData" => {
                        let attribute = tag.try_get_attribute("name").ok().flatten();
                        named = attribute.map(|a| String::from_utf8_lossy(&a.value).into_owned());
                    }
                    _ => {}
                }
                content.clear();
                path.push(name);
            }
            Event::End(_) => {
                let name = path.pop().unwrap_or_default();
                if let Some(at) = &mut placemark {
                    at.end(&name, &path, content.trim(), &named);
                }
                if let Some(done) = placemark.take_if(|_| name == "Placemark") {
                    let nth = gathered.features.len();
                    gathered.push(done.feature(nth))?;
                }
                content.clear();
            }
            Event::Text(text) => content.push_str(&text.decode().map_err(|error| bad(error.to_string()))?),
            Event::CData(text) => content.push_str(&text.decode().map_err(|error| bad(error.to_string()))?),
            Event::GeneralRef(entity) => match (entity.resolve_char_ref(), entity.decode().as_deref()) {
                (Ok(Some(character)), _) => content.push(character),
                (_, Ok("amp")) => content.push('&'),
                (_, Ok("lt")) => content.push('<'),
                (_, Ok("gt")) => content.push('>'),
                (_, Ok("quot")) => content.push('"'),
                (_, Ok("apos")) => content.push('\''),
                _ => return Err(bad("it has an entity of its own".to_owned())),
            },
            Event::Eof if !path.is_empty() => return Err(bad("it ends in the middle".to_owned())),
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(File { features: gathered.features, reference: Some(Reference::parse("wgs84")) })
}

impl Placemark {
    /// An element ended; `around` are those around it, the innermost last.
    fn end(&mut self, name: &str, around: &[String], content: &str, named: &Option<String>) {
        let parent = around.last().map_or("", String::as_str);
        match (name, parent) {
            ("name", "Placemark") => self.say("name", content),
            ("value", "Data") | ("SimpleData", _) => self.say(named.as_deref().unwrap_or("?"), content),
            ("coordinates", "LinearRing") => {
                let inner = around.iter().any(|e| e == "innerBoundaryIs");
                match (ring(content), self.polygons.last_mut()) {
                    (Ok(ring), Some(rings)) if inner => rings.push(ring),
                    // The outer ring is the first, wherever it stands in the file.
                    (Ok(ring), Some(rings)) => rings.insert(0, ring),
                    (Ok(_), None) => {}
                    (Err(what), _) => self.bad = Some(what),
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, name: &str, content: &str) {
        self.properties.insert(name.to_owned(), Value::String(content.to_owned()));
    }

    fn feature(self, i: usize) -> Feature {
        let drawing = match (self.bad, self.polygons.is_empty()) {
            (Some(bad), _) => Err(bad),
            (None, true) => Err("The Placemark has no Polygon.".to_owned()),
            (None, false) => Ok(Drawing::Polygons(self.polygons)),
        };
        Feature { line: self.line, path: format!("placemarks[{i}]"), properties: Some(self.properties), drawing }
    }
}

/// Tuples `lon,lat[,height]`, separated by space.
fn ring(content: &str) -> Result<Ring, String> {
    let tuple = |tuple: &str| {
        let mut numbers = tuple.split(',').map(|n| n.trim().parse::<f64>());
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(lon)), Some(Ok(lat)), None | Some(Ok(_)), None) => Ok([lon, lat]),
            _ => Err(format!("{tuple:.40} is no \"longitude,latitude\".")),
        }
    };
    content.split_whitespace().map(tuple).collect()
}
