//! What the office decides on single operations.

declare! {
    /// A decision of the office on one operation; the id is its dot. It takes up a quarantined operation, or refuses one that
    /// counted. The newest decision counts, and `none` takes the earlier ones back.
    Decision = "decision", version 1, id Dot, ruling;
    lanes {
        Roster: SERVER_ONLY;
        Presence: SERVER_ONLY;
        Inspection: SERVER_ONLY;
        Household: SERVER_ONLY;
        Own: SERVER_ONLY;
    }
    fields {
        /// What is decided.
        decision: Option<String> = Choice { of: &["accept", "refuse", "none"] }, Office;
        /// Why, for the author to read.
        reason: Option<String> = NOTE, Office;
    }
}
