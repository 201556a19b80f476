//! Leave (请假).

use crate::place::Place;

declare! {
    /// A request for leave, and what became of it. Its id is a UUIDv7 made on the phone.
    Leave = "leave", version 1, id Free;
    lanes { Own: OVER_PEOPLE; }
    fields {
        /// Who.
        person: Option<Place> = Person, Single;
        /// 病假, 事假, 公假, 探亲假, 婚假, 产假, 丧假, 年休假.
        kind: Option<String> = Choice {
            of: &["sick", "personal", "official", "home", "marriage", "maternity", "bereavement", "annual"]
        }, Single;
        /// First day.
        from: Option<String> = Date, Single;
        /// Last day.
        to: Option<String> = Date, Single;
        /// Why.
        reason: Option<String> = NOTE, Single;
        /// What the town (short leave) or the office decided.
        approval: Option<String> = APPROVAL, Office;
        /// Who decided.
        approved_by: Option<Place> = Person, Office;
        /// What they said to it.
        approval_note: Option<String> = NOTE, Office;
    }
}
