//! Findings (问题, 亮点).

use crate::place::Place;

declare! {
    /// What a visit turned up: a problem, which is rectified (整改), or a highlight. Its id is a UUIDv7 made on the phone.
    Finding = "finding", version 1, id Free;
    lanes { Inspection: INSPECTORS; }
    fields {
        /// The visit.
        visit: Option<String> = Id, Single;
        /// Where it was found.
        place: Option<Place> = Place, Single;
        /// Problem or highlight.
        r#type: Option<String> = Choice { of: &["problem", "highlight"] }, Single;
        /// In a few words.
        title: Option<String> = NAME, Single;
        /// In full.
        text: Option<String> = PROSE, Single;
        /// How bad. People are named in a report by it, so differing values go to the office.
        severity: Option<String> = Choice { of: &["minor", "serious", "grave"] }, Review;
        /// Who must rectify: a unit, a town or a person.
        responsible: Option<Place> = Place, Single;
        /// Photos, by hash.
        photos: Vec<String> = Sha256, Set;
        /// Keywords.
        tags: Vec<String> = WORD, Set;
        /// How far the rectification is.
        status: Option<String> = Choice { of: &["open", "rectifying", "rectified", "closed"] }, Single;
    }
}
