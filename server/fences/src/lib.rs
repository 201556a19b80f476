//! Boundaries of villages (电子围栏): all that is computed of them.
//!
//! - [`Shape`]: a boundary in WGS-84, and the plain way to say how far a position is from it. [`Prepared`]: the same for many positions, with
//!   the processor's vectors; [`Verdict`]: inside, outside or not to be said, from distance and accuracy.
//! - [`Index`]: which village a position is in, among very many.
//! - [`file`](mod@file): what boundaries come in; [`Reference`]: what their numbers refer to; [`Drawing`]: a boundary as drawn, unchecked.
//! - [`examine`](mod@examine): what is wrong with a drawing, and what would mend it. [`united`]: several joined into one.
//!
//! A function of its arguments: no clock, no network, no disk. Equal arguments give equal distances and verdicts, to the last bit, on every processor
//! (`plane.rs` says how).
//!
//! ```
//! use mobile_schema::{Datum, Wgs84};
//! use zhucun_fences::{Fix, Limits, Prepared, Shape, Whereabouts};
//!
//! let json = r#"{"type":"Polygon","coordinates":[[[110.39,20.99],[110.41,20.99],[110.41,21.01],[110.39,21.01],[110.39,20.99]]]}"#;
//! let fence = Prepared::new(&Shape::from_geojson(json, Datum::Wgs84)?)?;
//! let fix = Fix { at: Wgs84::new(21.0, 110.4105).unwrap(), accuracy_m: 60.0 };
//! let mut verdicts = Vec::new();
//! fence.judge(&[fix], Limits { inside_from: 0.9, outside_to: 0.1 }, &mut verdicts);
//! assert_eq!((verdicts[0].distance_m, verdicts[0].place), (52.0, Whereabouts::Outside));
//! # Ok::<(), zhucun_fences::BadShape>(())
//! ```

mod drawing;
pub mod examine;
pub mod file;
mod index;
mod plane;
mod prepared;
mod processor;
mod reference;
mod shape;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod union;
mod verdict;

#[cfg(test)]
mod tests;

pub use drawing::{Drawing, Ring};
pub use index::Index;
pub use plane::distance_m;
pub use prepared::{Bounds, Fix, Prepared};
pub use processor::Processor;
pub use reference::{BadReference, Projection, Reference};
pub use shape::{BadShape, LonLat, Shape};
pub use union::united;
pub use verdict::{Limits, Verdict, Whereabouts, probability_inside};
