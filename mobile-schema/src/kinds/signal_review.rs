//! What the office says to signals on photos.

declare! {
    /// The office's word on a signal that speaks against a photo: it holds, or there is an innocent reason. It stands in the own scope of who took the
    /// photo. Its id is derived from the first six fields, of which a missing one is empty. Not ruling: an operator's mistake can be refused like any other.
    SignalReview = "signal_review", version 1, id Derived;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Scope of the photo's record.
        scope: Option<String> = NAME, Office;
        /// Its id.
        photo: Option<String> = Id, Office;
        /// The signal's code.
        code: Option<String> = WORD, Office;
        /// Scope of the other record that the signal points to; missing, as the next two, where there is none.
        other_scope: Option<String> = NAME, Office;
        /// Its kind.
        other_kind: Option<String> = WORD, Office;
        /// Its id.
        other: Option<String> = Id, Office;
        /// Whether it holds.
        verdict: Option<String> = Choice { of: &["confirmed", "explained"] }, Office;
        /// Why, for who took the photo to read.
        reason: Option<String> = NOTE, Office;
    }
}
