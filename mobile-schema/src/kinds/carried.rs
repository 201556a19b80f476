//! Lines saved from a phone whose key no longer verifies.

declare! {
    /// A line of an earlier install, carried by a new one because its own signature is refused (`bad_signature`). It stays in
    /// quarantine until the office looks at it; accepted, it is the write that the line was.
    Carried = "carried", version 1, id Own;
    lanes { Own: OVER_PEOPLE; }
    fields {
        /// The earlier install.
        install: Option<String> = Id, Once;
        /// The line's seq there.
        seq: Option<i64> = SEQ, Once;
        /// The line's text. No line is longer than this, so none is shut out here.
        line: Option<String> = Text { max: 262_144 }, Once;
    }
}
