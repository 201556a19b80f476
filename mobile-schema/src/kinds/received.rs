//! When the server could know of an operation.

declare! {
    /// When an operation came in; the id is its dot. Written where a fact turns on when the office could know of it, such as
    /// an absence that must be reported beforehand. The envelope itself decides nothing, so this is an operation.
    Received = "received", version 1, id Dot, ruling;
    lanes {
        Roster: SERVER_ONLY;
        Presence: SERVER_ONLY;
        Inspection: SERVER_ONLY;
        Household: SERVER_ONLY;
        Own: SERVER_ONLY;
    }
    fields {
        /// When, by the server's clock. Several servers may note it, or a signed receipt presented later: the earliest counts,
        /// whichever the merge shows, so a reader takes the least of the shown value and those kept beside it.
        at: Option<i64> = Instant, Office;
    }
}
