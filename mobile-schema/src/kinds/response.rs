//! Filled checklists.

declare! {
    /// A checklist as filled on a visit. Its id is derived from visit and template, so that two inspectors of one visit
    /// fill one checklist together. The answers are fields named `i.<item>`; the template gives their types and policies.
    Response = "response", version 1, id Derived;
    lanes { Inspection: INSPECTORS; }
    fields {
        /// The visit.
        visit: Option<String> = Id, Single;
        /// The template, `key@version`; the line's `tpl` repeats it and is what judges.
        template: Option<String> = Id, Single;
        /// Remarks.
        note: Option<String> = PROSE, Single;
        /// The inspector says that it is filled completely.
        done: Option<bool> = Bool, Single;
    }
}
