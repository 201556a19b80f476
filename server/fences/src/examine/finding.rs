//! What can be found wrong with a boundary, and what is offered.

use mobile_schema::Datum;

use crate::drawing::Drawing;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $weight:ident;)*) => {
        /// What is wrong, or seems so. Codes are never renamed or reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[doc = $doc])* $name,)* }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Kind::$name => $code,)* }
            }

            /// Whether such a boundary can be taken.
            pub fn weight(self) -> Weight {
                match self { $(Kind::$name => Weight::$weight,)* }
            }
        }
    };
}

kinds! {
    /// Numbers that are no degrees, or too few points.
    Bad = "bad_geometry", Error;
    /// The latitude stands first.
    Swapped = "swapped", Error;
    /// Metres where degrees should stand.
    Projected = "projected", Error;
    /// A ring that does not end where it begins.
    Open = "open_ring", Error;
    /// More points than a fence may have.
    TooManyPoints = "too_many_points", Error;
    /// It crosses itself.
    Crossing = "crossing", Error;
    /// It encloses nothing.
    NoArea = "no_area", Error;
    /// A hole lies outside its polygon.
    HoleOutside = "hole_outside", Error;
    /// One part lies in another.
    PartsNested = "parts_nested", Error;
    /// A point stands twice in a row.
    DuplicatePoints = "duplicate_points", Warning;
    /// It is much larger or smaller than boundaries of villages are.
    UnusualArea = "unusual_area", Warning;
    /// It fits its surroundings much better in another datum.
    DatumSuspected = "datum_suspected", Warning;
    /// It lies over a neighbour.
    Overlap = "overlaps_neighbour", Warning;
}

/// Whether a finding stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The boundary is not taken.
    Error,
    /// It is taken.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// A sentence in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Where, in the drawing's own numbers.
    pub at: Option<[f64; 2]>,
    /// What can be done about it.
    pub offer: Option<Offer>,
}

/// The boundary as a repair would make it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// By which.
    pub repair: Repair,
    /// The whole boundary.
    pub drawing: Drawing,
    /// What its degrees refer to.
    pub datum: Datum,
}

/// A way to repair a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Repair {
    /// Ends rings where they begin.
    Close,
    /// Puts the longitude first.
    Swap,
    /// Leaves out points until there are as many as a fence may have.
    Simplify,
    /// Keeps what an odd number of rings surrounds, in rings that do not cross.
    Untangle,
    /// Leaves out holes that lie outside.
    DropHoles,
    /// Makes one of parts that lie in each other.
    Merge,
    /// Leaves out points that stand twice.
    DropDuplicates,
    /// Takes the degrees for those of the datum in which it fits.
    Datum,
}

impl Repair {
    /// All, in the order in which they are tried.
    pub const ALL: [Repair; 8] = [
        Repair::Swap,
        Repair::Close,
        Repair::DropDuplicates,
        Repair::Simplify,
        Repair::Untangle,
        Repair::DropHoles,
        Repair::Merge,
        Repair::Datum,
    ];

    /// Its name in the API and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Repair::Close => "close",
            Repair::Swap => "swap",
            Repair::Simplify => "simplify",
            Repair::Untangle => "untangle",
            Repair::DropHoles => "drop_holes",
            Repair::Merge => "merge",
            Repair::DropDuplicates => "drop_duplicates",
            Repair::Datum => "datum",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Repair> {
        Repair::ALL.into_iter().find(|r| r.name() == name)
    }
}

impl Finding {
    pub(super) fn new(kind: Kind, at: Option<[f64; 2]>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, zh: zh.into(), en: en.into(), at, offer: None }
    }

    pub(super) fn offering(mut self, repair: Repair, drawing: Option<Drawing>, datum: Datum) -> Self {
        self.offer = drawing.map(|drawing| Offer { repair, drawing, datum });
        self
    }
}
