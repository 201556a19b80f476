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
