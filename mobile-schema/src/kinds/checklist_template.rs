//! Checklists.

use serde_json::Value;

declare! {
    /// One version of a checklist. Its id is `key@version`, and it never changes: a changed checklist is a new version. Its
    /// fields are read with [`Template::parse`](crate::Template::parse), which checks what is inside the sections.
    ChecklistTemplate = "checklist_template", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Which checklist: `[a-z0-9_-]{1,40}`.
        key: Option<String> = WORD, Office;
        /// Which version of it, counted from 1.
        version: Option<i64> = Int { min: 1, max: 1_000_000, unit: "" }, Office;
        /// Title in Chinese.
        title: Option<String> = NAME, Office;
        /// Title in English.
        title_en: Option<String> = NAME, Office;
        /// Sections with their items. 500 items with guidance have about 150 kB; all must fit into one line of 262,144 bytes.
        sections: Option<Value> = Json { max_bytes: 240_000 }, Office;
    }
}
