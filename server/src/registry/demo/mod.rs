//! The demo district (`server/demo/`), loaded through the imports that an office uses.

mod load;
mod sign_ins;

#[cfg(test)]
mod generate;
#[cfg(test)]
mod tests;

pub use load::{DISTRICT, DISTRICT_NAME, acting, centres, load};
pub use sign_ins::{PASSWORD, SignIn, sign_ins};

/// `places.csv`.
const PLACES: &str = include_str!("../../../demo/places.csv");
/// `stations.csv`.
const STATIONS: &str = include_str!("../../../demo/stations.csv");
/// `fences.geojson`.
const FENCES: &str = include_str!("../../../demo/fences.geojson");

/// All drafts of the demo, for a server that knows nothing.
#[cfg(test)]
pub(super) fn planned() -> super::import::Plan {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let context = load::context(zone, mobile_schema::Role::Admin);
    load::plan_all(&context, &mut super::import::Known::default()).unwrap_or_else(|faults| panic!("{faults:#?}"))
}
