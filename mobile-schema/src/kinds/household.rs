//! Poor households (贫困户).

use crate::place::VillageCode;
use crate::spec::Step;

declare! {
    /// A household: personal data, in a lane of its own. Its id is the file number of the poverty register.
    Household = "household", version 2, id Free;
    lanes { Household: INSPECTORS; }
    fields {
        /// Name of its head. Support hangs on it, so differing values go to the office.
        name: Option<String> = NAME, Review;
        /// How many people it has. Allowances hang on it, so differing values go to the office. More than 50 is a slip.
        head_count: Option<i64> = Int { min: 0, max: 50, unit: "" }, Review;
        /// Village.
        village: Option<VillageCode> = Village, Single;
        /// Hamlet (自然村).
        hamlet: Option<String> = NAME, Single;
        /// Day it was registered as poor.
        poor_since: Option<String> = Date, Single;
        /// Risk of falling back: 脱贫不稳定, 边缘易致贫, 突发严重困难.
        risk: Option<String> = Choice { of: &["none", "unstable", "marginal", "sudden"] }, Single;
        /// Remarks.
        note: Option<String> = PROSE, Single;
        /// Keywords.
        tags: Vec<String> = WORD, Set;
    }
    upcasts {
        // Remarks are a `note` in every kind.
        &[Step::Rename { field: "notes", to: "note" }];
    }
}
