//! Fixes (定位点).

use crate::datum::Datum;
use crate::place::VillageCode;

declare! {
    /// One position measurement, as the phone gave it.
    Fix = "fix", version 1, id Own;
    lanes { Presence: TEAM; Inspection: INSPECTORS; }
    fields {
        /// The visit during which it was taken.
        visit: Option<String> = Id, Once;
        /// Latitude, raw.
        lat: Option<f64> = LATITUDE, Once;
        /// Longitude, raw.
        lon: Option<f64> = LONGITUDE, Once;
        /// Radius of the 68 % circle: a fix near a fence is uncertain, not absent.
        accuracy_m: Option<f64> = ACCURACY, Once;
        /// What the degrees refer to: that of the API that gave them.
        datum: Option<Datum> = DATUM, Once;
        /// Which source of the phone measured.
        provider: Option<String> = Choice { of: &["gps", "network", "fused", "passive", "manual"] }, Once;
        /// Whether the phone says that an app fakes its position. A signal for a person to weigh; it convicts nobody.
        mock: Option<bool> = Bool, Once;
        /// Speed over ground. No vehicle in use reaches 300 m/s; more means that the receiver is lost.
        speed_mps: Option<f64> = Number { min: 0.0, max: 300.0, unit: "m/s" }, Once;
        /// Height above the ellipsoid. A receiver with three satellites errs by kilometres, so the limits are wide.
        altitude_m: Option<f64> = Number { min: -10_000.0, max: 20_000.0, unit: "m" }, Once;
        /// The phone's wall clock: shown, and decides nothing. The line carries the time evidence.
        at: Option<i64> = Instant, Once;
        /// The village where the person says to be.
        village: Option<VillageCode> = Village, Once;
    }
}
