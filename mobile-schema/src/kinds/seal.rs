//! Months that the office signed off and sealed (封存).

use serde_json::Value;

use crate::place::{Place, VillageCode};

declare! {
    /// A member's month in a village as the office signed it off. All that one signing wrote has the same `act`; who signs a month again writes other
    /// records, and the earlier stay. It lies with the member, since it is about that person alone. Not ruling: nothing is judged by it.
    Seal = "seal", version 1, id Free;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Whose month.
        person: Option<Place> = Person, Office;
        /// Where.
        village: Option<VillageCode> = Village, Office;
        /// Which month, `YYYY-MM`.
        month: Option<String> = WORD, Office;
        /// The signing: of several of one village and month the newest holds.
        act: Option<String> = Id, Office;
        /// When it was signed.
        at: Option<i64> = Instant, Office;
        /// Each day's verdict, the hash of what it was derived from, sums, rules. A month of 31 days, each with a sentence of the greatest length, has 50 kB.
        body: Option<Value> = Json { max_bytes: 65_536 }, Office;
        /// Why it was signed again, or although days were open.
        reason: Option<String> = NOTE, Office;
        /// Why it was unsealed. Until this is written it holds.
        lifted: Option<String> = NOTE, Office;
    }
}
