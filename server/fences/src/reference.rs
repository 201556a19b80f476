//! What the numbers of a drawing refer to, always stated and never guessed: a wrong guess puts the boundary half a kilometre away.
//!
//! Taken are degrees of WGS-84, of CGCS2000 (China's own, which differs from WGS-84 by some decimetres at most, and is taken for it), of
//! GCJ-02 and BD-09; and metres of a transverse Mercator projection of the first two: Gauss-Krüger zones of 3 and 6 degrees with and without
//! the zone before the easting, and UTM. Beijing 1954 and Xi'an 1980 are refused: how they are turned into others differs from place to
//! place, and the surveyors do not publish it.

use mobile_schema::{Datum, Wgs84};
use proj4rs::{Proj, transform::transform};

use crate::drawing::{Drawing, rounded};

/// What numbers refer to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reference {
    /// Degrees, the longitude first.
    Degrees(Datum),
    /// Metres of a projection, east first.
    Metres(Projection),
}

/// A transverse Mercator projection of WGS-84 or CGCS2000, whose ellipsoids differ by a tenth of a millimetre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Degrees east.
    pub central_meridian: f64,
    /// Degrees north, where northings begin.
    pub origin: f64,
    /// On the central meridian.
    pub scale: f64,
    /// Added to eastings; with Gauss-Krüger it may begin with the zone.
    pub false_easting_m: f64,
    /// Added to northings.
    pub false_northing_m: f64,
}

/// Why a reference cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    /// None of those known.
    #[error(
        "{0:?} is none of wgs84, cgcs2000, gcj02, bd09, EPSG:4326, 4490, 4491-4554 (CGCS2000 Gauss-Krüger), 32601-32660 and 32701-32760 (UTM)."
    )]
    Unknown(String),
    /// Beijing 1954 or Xi'an 1980.
    #[error("How {0} is turned into other systems is not published; ask the surveyors for the boundary in CGCS2000.")]
    NotPublic(&'static str),
}

/// A false easting of Gauss-Krüger and UTM, so that none is negative.
const HALF_MILLION_M: f64 = 500_000.0;

impl Reference {
    /// The one of that name: `wgs84`, `cgcs2000`, `gcj02`, `bd09`, `EPSG:4527`, and as files write them.
    pub fn parse(name: &str) -> Result<Self, BadReference> {
        let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        if let Some(datum) = Datum::parse(&plain) {
            return Ok(Self::Degrees(datum));
        }
        match plain.as_str() {
            "cgcs2000" => return Ok(Self::Degrees(Datum::Wgs84)),
            // GeoJSON before the RFC: urn:ogc:def:crs:OGC:1.3:CRS84.
            _ if plain.ends_with("crs84") => return Ok(Self::Degrees(Datum::Wgs84)),
            _ => {}
        }
        if let Some(system) = not_public(&plain) {
            return Err(BadReference::NotPublic(system));
        }
        let code = plain.rsplit_once("epsg").and_then(|(_, code)| code.parse().ok());
        code.map_or_else(|| Err(BadReference::Unknown(name.to_owned())), |code| Self::epsg(code, name))
    }

    fn epsg(code: u32, name: &str) -> Result<Self, BadReference> {
        let gauss = |central_meridian: u32, zone: u32| {
            Ok(Self::Metres(Projection {
                central_meridian: f64::from(central_meridian),
                origin: 0.0,
                scale: 1.0,
                false_easting_m: f64::from(zone) * 1_000_000.0 + HALF_MILLION_M,
                false_northing_m: 0.0,
            }))
        };
        let utm = |zone: u32, false_northing_m: f64| {
            Ok(Self::Metres(Projection {
                central_meridian: f64::from(zone) * 6.0 - 183.0,
                origin: 0.0,
                scale: 0.9996,
                false_easting_m: HALF_MILLION_M,
                false_northing_m,
            }))
        };
        match code {
            4326 | 4490 => Ok(Self::Degrees(Datum::Wgs84)),
            // Six degrees, zones 13 to 23, with and without the zone.
            4491..=4501 => gauss((code - 4491) * 6 + 75, code - 4491 + 13),
            4502..=4512 => gauss((code - 4502) * 6 + 75, 0),
            // Three degrees, zones 25 to 45, with and without the zone.
            4513..=4533 => gauss((code - 4513) * 3 + 75, code - 4513 + 25),
            4534..=4554 => gauss((code - 4534) * 3 + 75, 0),
            32601..=32660 => utm(code - 32600, 0.0),
            32701..=32760 => utm(code - 32700, 10_000_000.0),
            4214 | 2401..=2442 | 21413..=21423 | 21453..=21463 | 21473..=21483 => {
                Err(BadReference::NotPublic("Beijing 1954 (北京54)"))
            }
            4610 | 2327..=2390 => Err(BadReference::NotPublic("Xi'an 1980 (西安80)")),
            _ => Err(BadReference::Unknown(name.to_owned())),
        }
    }

    /// What a `.prj` file says, well-known text as ESRI and others write it.
    pub fn of_prj(text: &str) -> Result<Self, BadReference> {
        let plain: String = text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        if let Some(system) = not_public(&plain) {
            return Err(BadReference::NotPublic(system));
        }
        let unknown = || BadReference::Unknown(text.chars().take(80).collect());
        let ours = ["wgs1984", "wgs84", "china2000", "cgcs2000", "chinageodeticcoordinatesystem2000"];
        if !ours.iter().any(|datum| plain.contains(datum)) {
            return Err(unknown());
        }
        if !plain.starts_with("projcs") {
            return if plain.starts_with("geogcs") { Ok(Self::Degrees(Datum::Wgs84)) } else { Err(unknown()) };
        }
        let in_metres = text.rsplit_once("UNIT[").and_then(|(_, unit)| number(unit)) == Some(1.0);
        if !in_metres || !["gausskruger", "transversemercator"].iter().any(|p| plain.contains(p)) {
            return Err(unknown());
        }
        let parameter = |name: &str| {
            let mut parameters = text.split("PARAMETER[\"").skip(1);
            let found = parameters.find(|p| p.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)));
            found.and_then(number).filter(|n| n.is_finite())
        };
        let projection = Projection {
            central_meridian: parameter("central_meridian").ok_or_else(unknown)?,
            origin: parameter("latitude_of_origin").unwrap_or(0.0),
            scale: parameter("scale_factor").unwrap_or(1.0),
            false_easting_m: parameter("false_easting").unwrap_or(0.0),
            false_northing_m: parameter("false_northing").unwrap_or(0.0),
        };
        let sound = projection.central_meridian.abs() <= 180.0
            && projection.origin.abs() <= 90.0
            && (0.9..1.1).contains(&projection.scale);
        if sound { Ok(Self::Metres(projection)) } else { Err(unknown()) }
    }

    /// The drawing in degrees of seven decimals, and their datum. The error is a sentence for a person: the numbers cannot be of this
    /// reference.
    pub fn degrees(&self, drawing: &Drawing) -> Result<(Drawing, Datum), String> {
        match self {
            Self::Degrees(datum) => Ok((drawing.map(|p| Ok::<_, String>(p.map(rounded)))?, *datum)),
            Self::Metres(projection) => Ok((projection.degrees(drawing)?, Datum::Wgs84)),
        }
    }
}

impl Projection {
    fn degrees(&self, drawing: &Drawing) -> Result<Drawing, String> {
        let system = |definition: &str| Proj::from_proj_string(definition).map_err(|error| error.to_string());
        let Self { central_meridian, origin, scale, .. } = self;
        let from = system(&format!(
            "+proj=etmerc +lat_0={origin} +lon_0={central_meridian} +k={scale} +ellps=GRS80 +units=m"
        ))?;
        let to = system("+proj=longlat +ellps=GRS80")?;
        drawing.map(|[east, north]| {
            let (x, y) = (east - self.false_easting_m, north - self.false_northing_m);
            // A zone reaches 350 km from its meridian at the most; twice that is an odd use, more is another zone.
            if !(x.abs() < 700_000.0 && y.abs() < 10_002_000.0) {
                return Err(format!(
                    "{east}, {north} lies far outside the projection: its eastings are about {}.",
                    self.false_easting_m
                ));
            }
            let mut p = (x, y);
            transform(&from, &to, &mut p).map_err(|error| error.to_string())?;
            let (lon, lat) = (rounded(p.0.to_degrees()), rounded(p.1.to_degrees()));
            Wgs84::new(lat, lon).map(|_| [lon, lat]).ok_or_else(|| format!("{east}, {north} is no place on Earth."))
        })
    }
}

fn not_public(plain: &str) -> Option<&'static str> {
    let says = |names: &[&str]| names.iter().any(|name| plain.contains(name));
    if says(&["beijing54", "beijing1954", "krasovsky"]) {
        Some("Beijing 1954 (北京54)")
    } else {
        says(&["xian80", "xian1980"]).then_some("Xi'an 1980 (西安80)")
    }
}

/// The number after the first comma.
fn number(text: &str) -> Option<f64> {
    let (_, after) = text.split_once(',')?;
    let end = after.find(|c: char| !(c.is_ascii_digit() || "+-.eE ".contains(c))).unwrap_or(after.len());
    after[..end].trim().parse().ok()
}
