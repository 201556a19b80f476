//! Erasing the values of single operations.

declare! {
    /// An erasure of one operation; the id is its dot. The values that it wrote are gone, here and wherever its line comes again; what it
    /// wrote over does not come back. It cannot be undone: an erasure erases where its record stands, be it as deleted.
    Erasure = "erasure", version 1, id Dot, ruling;
    lanes {
        Roster: SERVER_ONLY;
        Presence: SERVER_ONLY;
        Inspection: SERVER_ONLY;
        Household: SERVER_ONLY;
        Own: SERVER_ONLY;
    }
    fields {
        /// Why, in words. It names nothing of what was erased.
        reason: Option<String> = NOTE, Office;
        /// On which legal ground: those of article 47 of the Personal Information Protection Law (PIPL), in its order.
        basis: Option<String> = Choice { of: &[
            "purpose_achieved", "retention_expired", "consent_withdrawn", "unlawful_processing", "other_law",
        ] }, Office;
        /// How the operation broke the schema, if it did: once its values are gone nobody can tell any more.
        fault: Option<String> = NOTE, Office;
        /// SHA-256 of the photos that it promised: their bytes go too, unless something else promises them.
        photos: Vec<String> = Sha256, Set;
    }
}
