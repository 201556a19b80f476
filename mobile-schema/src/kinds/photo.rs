//! Photos: the record; the bytes travel apart.

use crate::datum::Datum;

declare! {
    /// A photo taken: its hash, how it was taken, and what it shows. The bytes are uploaded by their hash.
    Photo = "photo", version 1, id Own;
    lanes { Presence: TEAM; Inspection: INSPECTORS; Household: INSPECTORS; Own: OVER_PEOPLE; }
    fields {
        /// SHA-256 of the original.
        sha256: Option<String> = Sha256, Once;
        /// Size of the original. Phones take some 4 MB; 200 MB holds the largest cameras and bounds what one upload may claim.
        size: Option<i64> = Int { min: 1, max: 200_000_000, unit: "B" }, Once;
        /// Media type, such as `image/jpeg`.
        media_type: Option<String> = NAME, Once;
        /// When taken, by the phone's wall clock: shown, and decides nothing.
        taken: Option<i64> = Instant, Once;
        /// Latitude where taken, raw, by the phone and not by a stamp in the picture.
        lat: Option<f64> = LATITUDE, Once;
        /// Longitude where taken, raw.
        lon: Option<f64> = LONGITUDE, Once;
        /// Radius of the 68 % circle.
        accuracy_m: Option<f64> = ACCURACY, Once;
        /// What the degrees refer to.
        datum: Option<Datum> = DATUM, Once;
        /// The kind of record it belongs to.
        subject_kind: Option<String> = WORD, Once;
        /// The id of that record.
        subject_id: Option<String> = Id, Once;
        /// The item of the checklist it answers.
        item: Option<String> = WORD, Once;
        /// SHA-256 of the small picture that is sent first.
        preview_sha256: Option<String> = Sha256, Once;
        /// Size of that. A preview is for slow networks: above 1 MB it is none.
        preview_size: Option<i64> = Int { min: 1, max: 1_000_000, unit: "B" }, Once;
        /// Why the bytes will never come, so that nothing waits for them for ever.
        given_up: Option<String> = NOTE, Single;
    }
}
