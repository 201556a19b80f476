//! Files in which boundaries come: GeoJSON, KML, a shapefile in a zip archive. From bytes to features, and to what they say their
//! numbers refer to; nothing is judged here but that it can be read.
//!
//! A hostile file costs no more memory than some ten times its length: archives are unpacked to [`MAX_UNPACKED`] at most, points are held as
//! pairs, nesting is followed to a fixed depth, and of features and what is said of them there are only so many.

mod geojson;
mod kml;
mod shapefile;
mod zip;

use serde_json::{Map, Value};

use crate::{
    drawing::Drawing,
    reference::{BadReference, Reference},
};

/// Most bytes that are unpacked of an archive.
pub const MAX_UNPACKED: usize = 64 << 20;
/// Most points of a file: forty thousand boundaries as map offices draw them.
pub const MAX_POINTS: usize = 4_000_000;

/// Most features of a file; a district has some hundred villages, a country hundreds of thousands.
pub const MAX_FEATURES: usize = 200_000;
/// Most things that a file says of all its features together.
pub const MAX_PROPERTIES: usize = 2_000_000;

/// What a file holds.
#[derive(Debug)]
pub struct File {
    /// In its order.
    pub features: Vec<Feature>,
    /// What the numbers refer to, if the file says so, or why that cannot be used.
    pub reference: Option<Result<Reference, BadReference>>,
}

/// One thing in a file.
#[derive(Debug)]
pub struct Feature {
    /// The line of a text, or the number of a shapefile's record, from 1.
    pub line: u64,
    /// Where it stands: `features[3]`, `placemarks[3]`, `records[3]`, from 0.
    pub path: String,
    /// What is said of it; none where there is no feature at this place.
    pub properties: Option<Map<String, Value>>,
    /// Its geometry, or a sentence for a person, why there is none.
    pub drawing: Result<Drawing, String>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line of a text, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: Reason,
    /// In English, for a person.
    pub message: String,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is not what it seems to be.
    Syntax,
    /// It says something else than it should, as an archive without a shapefile.
    Content,
    /// Nothing is in it.
    Empty,
    /// It unpacks to more than [`MAX_UNPACKED`], or has more points than [`MAX_POINTS`].
    TooLarge,
}

impl Unreadable {
    fn new(line: u64, reason: Reason, message: impl Into<String>) -> Self {
        Self { line, reason, message: message.into() }
    }
}

/// Whether it begins as a zip archive does.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads a zip archive with a shapefile or a KML file (KMZ) in it.
pub fn read_archive(bytes: &[u8]) -> Result<File, Unreadable> {
    let members = zip::unpack(bytes)?;
    let ending = |ending: &str| members.keys().filter(|name| name.ends_with(ending)).collect::<Vec<_>>();
    match (ending(".shp").as_slice(), ending(".kml").as_slice()) {
        ([shp], _) => checked(shapefile::read(&members, shp)?),
        ([], [kml]) => match std::str::from_utf8(&members[*kml]) {
            Ok(text) => read_text(text),
            Err(_) => Err(Unreadable::new(1, Reason::Syntax, "The KML in the archive is not UTF-8.")),
        },
        ([], []) => Err(Unreadable::new(1, Reason::Content, "There is neither a .shp nor a .kml in the archive.")),
        _ => Err(Unreadable::new(
            1,
            Reason::Content,
            "There is more than one layer in the archive; send them one by one.",
        )),
    }
}

/// Reads GeoJSON or KML.
pub fn read_text(text: &str) -> Result<File, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    checked(if text.trim_start().starts_with('<') { kml::read(text)? } else { geojson::read(text)? })
}

fn checked(file: File) -> Result<File, Unreadable> {
    if file.features.is_empty() {
        return Err(Unreadable::new(1, Reason::Empty, "There is no feature in the file."));
    }
    let points: usize = file.features.iter().filter_map(|f| f.drawing.as_ref().ok()).map(|d| d.points().count()).sum();
    if points > MAX_POINTS {
        let message = format!("The file has {points} points; at most {MAX_POINTS} are taken at once.");
        return Err(Unreadable::new(1, Reason::TooLarge, message));
    }
    Ok(file)
}

/// The features read so far, no more than are taken.
#[derive(Default)]
struct Gathered {
    features: Vec<Feature>,
    properties: usize,
}

impl Gathered {
    fn push(&mut self, feature: Feature) -> Result<(), Unreadable> {
        self.properties += feature.properties.as_ref().map_or(0, Map::len);
        if self.features.len() == MAX_FEATURES || self.properties > MAX_PROPERTIES {
            let message = format!("The file has more than {MAX_FEATURES} features, or says too much of them.");
            return Err(Unreadable::new(feature.line, Reason::TooLarge, message));
        }
        self.features.push(feature);
        Ok(())
    }
}

/// Counts lines as it goes on through a text.
struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), counted: 0, line: 1 }
    }

    /// The line of a byte; offsets must not fall.
    fn at(&mut self, offset: usize) -> u64 {
        let offset = offset.clamp(self.counted, self.text.len());
        self.line += self.text[self.counted..offset].iter().filter(|b| **b == b'\n').count() as u64;
        self.counted = offset;
        self.line
    }
}
