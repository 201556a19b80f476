//! A boundary as somebody drew it: pairs of numbers, of which nothing has been checked.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Value, json, value::RawValue};

/// A ring as drawn; a closed one ends where it begins.
pub type Ring = Vec<[f64; 2]>;

/// Numbers as they stand in a file: longitude and latitude, or east and north.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    /// Polygons, each a list of rings, the outer one first.
    Polygons(Vec<Vec<Ring>>),
    /// All within a distance.
    Circle {
        /// Its middle.
        centre: [f64; 2],
        /// Metres.
        radius_m: f64,
    },
}

impl Drawing {
    /// From a geometry of GeoJSON (RFC 7946), or a `Circle`: an object with `radius_m`, which GeoJSON lacks. Heights are dropped.
    ///
    /// The error is a sentence for a person.
    pub fn from_geojson(json: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Geometry<'a> {
            #[serde(rename = "type")]
            kind: String,
            #[serde(borrow)]
            coordinates: Option<&'a RawValue>,
            radius_m: Option<f64>,
        }
        let geometry: Geometry<'_> =
            serde_json::from_str(json).map_err(|_| "The feature has no geometry that can be read.".to_owned())?;
        let coordinates = geometry.coordinates.map_or("null", RawValue::get);
        match geometry.kind.as_str() {
            "Polygon" => {
                Ok(Self::Polygons(vec![read::<Vec<Vec<Point>>>(coordinates)?.into_iter().map(ring).collect()]))
            }
            "MultiPolygon" => {
                let polygons: Vec<Vec<Vec<Point>>> = read(coordinates)?;
                Ok(Self::Polygons(polygons.into_iter().map(|rings| rings.into_iter().map(ring).collect()).collect()))
            }
            "Circle" => {
                let Point(centre) = read(coordinates)?;
                Ok(Self::Circle { centre, radius_m: geometry.radius_m.unwrap_or(0.0) })
            }
            other => Err(format!("A boundary is a Polygon, a MultiPolygon or a Circle, and not a {other}.")),
        }
    }

    /// As a geometry of GeoJSON.
    pub fn to_geojson(&self) -> Value {
        match self {
            Self::Polygons(polygons) => match polygons.as_slice() {
                [one] => json!({"type": "Polygon", "coordinates": one}),
                several => json!({"type": "MultiPolygon", "coordinates": several}),
            },
            Self::Circle { centre, radius_m } => json!({"type": "Circle", "coordinates": centre, "radius_m": radius_m}),
        }
    }

    /// All its points.
    pub fn points(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let (centre, polygons) = match self {
            Self::Polygons(polygons) => (None, polygons.as_slice()),
            Self::Circle { centre, .. } => (Some(*centre), &[][..]),
        };
        centre.into_iter().chain(polygons.iter().flatten().flatten().copied())
    }

    /// With each point moved; the first error ends it.
    pub fn map<E>(&self, mut to: impl FnMut([f64; 2]) -> Result<[f64; 2], E>) -> Result<Self, E> {
        Ok(match self {
            Self::Circle { centre, radius_m } => Self::Circle { centre: to(*centre)?, radius_m: *radius_m },
            Self::Polygons(polygons) => {
                let mut ring = |ring: &Ring| ring.iter().map(|p| to(*p)).collect::<Result<Ring, E>>();
                let mut rings = |rings: &Vec<Ring>| rings.iter().map(&mut ring).collect::<Result<Vec<Ring>, E>>();
                Self::Polygons(polygons.iter().map(&mut rings).collect::<Result<_, E>>()?)
            }
        })
    }
}

/// To seven decimals, a centimetre: finer than boundaries are surveyed, and short enough that ten thousand points fit into a record.
pub(crate) fn rounded(degrees: f64) -> f64 {
    const DECIMALS: f64 = 1e7;
    (degrees * DECIMALS).round() / DECIMALS
}

fn read<T: serde::de::DeserializeOwned>(coordinates: &str) -> Result<T, String> {
    serde_json::from_str(coordinates)
        .map_err(|_| "The coordinates are not nested as the type wants, or not all pairs of numbers.".to_owned())
}

fn ring(points: Vec<Point>) -> Ring {
    points.into_iter().map(|p| p.0).collect()
}

/// Two numbers; a third, the height, is dropped. Sixteen bytes however many stand in the file.
struct Point([f64; 2]);

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Point;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("two or three numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Point, A::Error> {
                let mut number = || seq.next_element::<f64>();
                let (Some(x), Some(y)) = (number()?, number()?) else {
                    return Err(A::Error::custom("too few numbers"));
                };
                number()?;
                match seq.next_element::<IgnoredAny>()? {
                    Some(_) => Err(A::Error::custom("too many numbers")),
                    None => Ok(Point([x, y])),
                }
            }
        }
        deserializer.deserialize_seq(Pair)
    }
}
