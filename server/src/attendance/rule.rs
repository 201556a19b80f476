//! What counts, as data. A later version reads it from records of kind `rule`, by place and day; decisions only ever see the value.

use serde::{Deserialize, Serialize};

/// The version of the code that decides. It moves when the same inputs and rule may come to another verdict.
pub const ENGINE: i32 = 1;

/// When a position counts as inside or outside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Inside from this probability on.
    pub inside_from: f64,
    /// Outside up to this probability.
    pub outside_to: f64,
    /// A worse accuracy is no good evidence of being inside, in metres.
    pub accuracy_limit_m: f64,
    /// What is taken for the accuracy of a position that names none, or 0.
    pub assumed_accuracy_m: f64,
    /// What is added to the accuracy of a position that does not name its datum: BD-09 is off by about a kilometre.
    pub datum_doubt_m: f64,
}

/// How a day is decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which rule, for people and for the hash of the inputs.
    pub name: String,
    /// Positions.
    pub fix: Thresholds,
    /// Whether a scheduled clock-in counts. Off: it may not be switched on without a recorded legal basis, which nothing records yet.
    pub check_in_counts: bool,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            inside_from: 0.9,
            outside_to: 0.1,
            // A phone's network location in a village is good to 20 to 150 m; beyond lies a cell tower's.
            accuracy_limit_m: 200.0,
            assumed_accuracy_m: 200.0,
            datum_doubt_m: 1_200.0,
        }
    }
}

impl Default for Rule {
    fn default() -> Self {
        Self { name: "default@1".to_owned(), fix: Thresholds::default(), check_in_counts: false }
    }
}
