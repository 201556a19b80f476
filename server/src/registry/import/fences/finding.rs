//! What is said of boundaries beyond whether the file can be taken.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use zhucun_fences::examine::{self, Offer, Repair, Weight};

/// Something found of a boundary.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Finding {
    /// The line of the file or the number of the record, from 1.
    pub line: u64,
    /// Where it stands, such as `features[3]`.
    pub path: String,
    /// The village.
    pub village: String,
    /// A stable code.
    pub code: &'static str,
    /// `error`: the boundary is not taken so; `warning`: it is.
    pub weight: &'static str,
    /// For a person.
    pub message: String,
    /// In Chinese.
    pub message_zh: String,
    /// Longitude and latitude, as drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<[f64; 2]>,
    /// The repair that would mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repair: Option<&'static str>,
    /// The whole boundary as that repair would make it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired: Option<Repaired>,
}

/// A boundary as a repair would make it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Repaired {
    /// What its degrees refer to.
    pub datum: &'static str,
    /// GeoJSON Polygon or MultiPolygon, or a Circle.
    #[schema(value_type = Object)]
    pub geometry: Value,
}

/// A boundary that was mended, as was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mended {
    /// The line of the file or the number of the record, from 1.
    pub line: u64,
    /// The village.
    pub village: String,
    /// The repairs, in their order.
    pub repairs: Vec<&'static str>,
}

/// What is said of a file of fences.
#[derive(Debug, Default)]
pub(in crate::registry::import) struct Findings {
    pub(in crate::registry::import) found: Vec<Finding>,
    pub(in crate::registry::import) mended: Vec<Mended>,
}

impl Finding {
    pub(super) fn of(line: u64, path: &str, village: &str, found: examine::Finding) -> Self {
        let repaired = |offer: Offer| Repaired { datum: offer.datum.name(), geometry: offer.drawing.to_geojson() };
        Self {
            line,
            path: path.to_owned(),
            village: village.to_owned(),
            code: found.kind.code(),
            weight: match found.kind.weight() {
                Weight::Error => "error",
                Weight::Warning => "warning",
            },
            message: found.en,
            message_zh: found.zh,
            at: found.at,
            repair: found.offer.as_ref().map(|offer| offer.repair.name()),
            repaired: found.offer.map(repaired),
        }
    }
}

impl Mended {
    pub(super) fn of(line: u64, village: &str, done: &[Repair]) -> Self {
        Self { line, village: village.to_owned(), repairs: done.iter().map(|r| r.name()).collect() }
    }
}
