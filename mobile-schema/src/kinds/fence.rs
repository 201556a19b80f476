//! Fences (电子围栏).

use crate::datum::Datum;
use crate::place::VillageCode;
use serde_json::Value;

declare! {
    /// A village's boundary for some days. A boundary that moves is a new fence, so that an old day is judged by the fence of
    /// that day.
    Fence = "fence", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// The village it bounds.
        village: Option<VillageCode> = Village, Office;
        /// GeoJSON Polygon or MultiPolygon, or a Circle.
        geometry: Option<Value> = Geometry, Office;
        /// What the geometry's degrees refer to.
        datum: Option<Datum> = DATUM, Office;
        /// First day it holds.
        from: Option<String> = Date, Office;
        /// Last day it holds; open when missing.
        to: Option<String> = Date, Office;
        /// Not surveyed: drawn for a demo or as a first guess, and to be shown as such.
        synthetic: Option<bool> = Bool, Office;
        /// Where the boundary comes from: document, survey, who drew it.
        source: Option<String> = NOTE, Office;
    }
}
