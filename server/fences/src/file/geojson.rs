//! GeoJSON (RFC 7946), with the two ways in which files say a datum: `crs`, of GeoJSON before the RFC, and a member `datum`.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use super::{Feature, File, Gathered, Lines, MAX_FEATURES, Reason, Unreadable};
use crate::{drawing::Drawing, reference::Reference};

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    datum: Option<String>,
    crs: Option<Value>,
    #[serde(borrow, default)]
    features: Features<'a>,
}

/// The features as they stand; more than are taken are not even looked at.
#[derive(Default)]
struct Features<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Features<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of features")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut features = Vec::new();
                while let Some(feature) = seq.next_element()? {
                    if features.len() == MAX_FEATURES {
                        return Err(A::Error::custom(format!("it has more than {MAX_FEATURES} features")));
                    }
                    features.push(feature);
                }
                Ok(features)
            }
        }
        deserializer.deserialize_seq(List).map(Features)
    }
}

#[derive(Deserialize)]
struct Raw<'a> {
    properties: Option<Map<String, Value>>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
}

pub(super) fn read(text: &str) -> Result<File, Unreadable> {
    let collection: Collection<'_> = serde_json::from_str(text).map_err(|error| {
        Unreadable::new(error.line() as u64, Reason::Syntax, format!("This is no FeatureCollection: {error}."))
    })?;
    if collection.kind != "FeatureCollection" {
        return Err(Unreadable::new(1, Reason::Content, "The file must be a FeatureCollection."));
    }
    let crs = collection.crs.as_ref().and_then(|crs| crs["properties"]["name"].as_str());
    let reference = collection.datum.as_deref().or(crs).map(Reference::parse);
    let (mut lines, mut gathered) = (Lines::of(text), Gathered::default());
    for (i, raw) in collection.features.0.iter().enumerate() {
        let line = lines.at(raw.get().as_ptr() as usize - text.as_ptr() as usize);
        gathered.push(feature(line, i, raw.get()))?;
    }
    Ok(File { features: gathered.features, reference })
}

fn feature(line: u64, i: usize, json: &str) -> Feature {
    let path = format!("features[{i}]");
    let Ok(raw) = serde_json::from_str::<Raw<'_>>(json) else {
        return Feature { line, path, properties: None, drawing: Err("This is no feature.".to_owned()) };
    };
    let drawing = match raw.geometry {
        Some(geometry) => Drawing::from_geojson(geometry.get()),
        None => Err("The feature has no geometry.".to_owned()),
    };
    Feature { line, path, properties: Some(raw.properties.unwrap_or_default()), drawing }
}
