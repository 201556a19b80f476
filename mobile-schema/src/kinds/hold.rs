//! Legal holds (证据保全).

use crate::place::Place;

declare! {
    /// A legal hold: what it covers is erased neither by a rule nor by a decision until it is lifted. It covers what lies at the place of its scope and below;
    /// where the next fields are written, only what is of that person, that visit or that campaign, or that one record. Not ruling: nothing is judged by it.
    Hold = "hold", version 1, id Free;
    lanes { Inspection: SERVER_ONLY; }
    fields {
        /// Only what they wrote, what is said of them, and what lies in their own scope.
        person: Option<Place> = Person, Office;
        /// Only that visit, and what belongs to it.
        visit: Option<String> = Id, Office;
        /// Only the visits of that campaign, and what belongs to them.
        campaign: Option<String> = Id, Office;
        /// Only one record: its scope.
        scope: Option<String> = NAME, Office;
        /// Its kind.
        kind: Option<String> = WORD, Office;
        /// Its id.
        record: Option<String> = Id, Office;
        /// Why, as the file says it.
        reason: Option<String> = NOTE, Office;
        /// Why it was lifted. Until this is written it stands.
        lifted: Option<String> = NOTE, Office;
    }
}
