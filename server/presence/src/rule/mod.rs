//! What counts, as data: the body of a record of kind `rule` with key `attendance`. A rule has a place and days of effect, which stand in its
//! record; an old day is judged by the rule of that day.
//!
//! [`check`]: is a document sound; [`words`]: what it says, for people; [`book`]: which one holds; [`holidays`]: public holidays, rules of
//! their own (key `holidays`). [`shipped`]: rule sets to begin with.

use std::fmt;

use serde::{Deserialize, Serialize};

pub mod book;
pub mod check;
pub mod holidays;
pub mod shipped;
pub mod time;
pub mod words;

pub use time::{Clock, MonthDay, Weekday};

/// The version of the code that decides. It moves when the same inputs and rule may come to another verdict; a server that finds days of an earlier one
/// derives all again when it starts, and each whose verdict changes is a matter (`engine_changed`).
pub const ENGINE: i32 = 2;
/// The key of these rules.
pub const KEY: &str = "attendance";

/// How a day is decided. What a document leaves out is as in [`Rule::default`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// How many days are asked for; none where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// On which days one must be there.
    pub required: Required,
    /// What makes a day one of presence.
    pub day: DayRule,
    /// Duty away.
    pub away: AwayRule,
    /// Leave.
    pub leave: LeaveRule,
    /// Positions.
    pub fix: Thresholds,
    /// Which signals send a day to review. They change no verdict.
    pub review_signals: Vec<Signal>,
    /// When members are taken to move as one, which is a matter for a person. It changes no verdict.
    #[serde(skip_serializing_if = "Together::is_usual")]
    pub together: Together,
    /// A scheduled clock-in. Off where missing: national rules bar it outside special settings (国办函〔2026〕12号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_in: Option<CheckInRule>,
}

/// Days that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// How many.
    pub days: u16,
    /// In how long.
    pub per: Period,
}

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A month.
    Month,
    /// A year.
    Year,
}

/// On which days one must be there. On others presence counts, and absence does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Required {
    /// Days of the week.
    pub weekdays: Vec<Weekday>,
    /// Whether also on public holidays. If not, a day off that is worked instead (调休) counts as a day of the week that is required.
    pub public_holidays: bool,
    /// Stretches of the year, both days included; the whole year where there is none. One that ends before it begins goes over New Year.
    pub seasons: Vec<Season>,
}

/// A stretch of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// First day.
    pub from: MonthDay,
    /// Last day.
    pub to: MonthDay,
}

/// What makes a day one of presence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DayRule {
    /// Which evidence counts.
    pub evidence: Vec<Evidence>,
    /// How many pieces it takes.
    pub pieces: u8,
    /// How far apart in time these lie, each from the next.
    pub apart_minutes: u16,
    /// Each of these windows must have a piece.
    pub windows: Vec<Window>,
    /// The night must have a piece too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<Night>,
    /// Whether being seen at a roll call is enough, whatever is asked for otherwise.
    pub roll_call_suffices: bool,
}

/// Evidence that can make a day one of presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A good position inside the fence: of visits, work logs, whatever one does anyway.
    Fix,
    /// An inspector saw the member.
    RollCall,
}

/// A part of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Its name, for people.
    pub name: String,
    /// From.
    pub from: Clock,
    /// To, exclusive.
    pub to: Clock,
}

/// The night that follows a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// In the evening.
    pub from: Clock,
    /// In the morning after, exclusive.
    pub to: Clock,
}

/// Duty away that counts as in the village.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwayRule {
    /// What for: `meeting`, `training`, `errand`.
    pub kinds: Vec<String>,
    /// When it counts.
    pub counts: AwayCounts,
}

/// When duty away counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwayCounts {
    /// Once the office knew of it before it began; or it was approved.
    Reported,
    /// Once it was approved.
    Approved,
}

/// Leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaveRule {
    /// Which there are.
    pub kinds: Vec<String>,
    /// Who approves how long a leave, the shortest first.
    pub levels: Vec<Level>,
    /// Days of these kinds lower the floor by one each.
    pub lowers_floor: Vec<String>,
}

/// Who approves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Leave of up to so many days; of any length where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to_days: Option<u16>,
    /// Who.
    pub by: Approver,
}

/// Who approves, in rising order: who stands above may too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    /// The town.
    Town,
    /// The office.
    Office,
}

/// What speaks against evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The phone says that an app fakes its position.
    Mocked,
    /// Faster from one position to the next than anything moves.
    ImpossibleSpeed,
    /// The very same degrees again and again, which no receiver gives.
    RepeatedPosition,
    /// Recorded by somebody else's phone.
    ByAnother,
    /// A photo of that day is used elsewhere too, or was taken elsewhere or earlier.
    Photo,
}

/// When members' captures coincide so often that one person may carry their phones (`crate::together`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Together {
    /// On so many days of a month at least; 0: it is not looked for.
    pub days: u8,
    /// Captures coincide that lie no farther apart in time,
    pub seconds: u16,
    /// nor in place.
    pub metres: u16,
    /// Of the days that tell, at most so many in a hundred on which one of them recorded something without the other.
    pub apart_percent: u8,
}

/// A scheduled clock-in, and why it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckInRule {
    /// On what legal basis: document and article.
    pub legal_basis: String,
    /// Who decided.
    pub decided_by: String,
    /// When, `YYYY-MM-DD`.
    pub decided_on: String,
}

/// When a position counts as inside or outside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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

/// The kinds of leave there are (`mobile_schema::kinds::leave`).
pub const LEAVES: [&str; 8] =
    ["sick", "personal", "official", "home", "marriage", "maternity", "bereavement", "annual"];
/// The kinds of duty away (`mobile_schema::kinds::duty_away`).
pub const DUTIES: [&str; 3] = ["meeting", "training", "errand"];

impl Default for Required {
    fn default() -> Self {
        Self { weekdays: Weekday::ALL.to_vec(), public_holidays: true, seasons: Vec::new() }
    }
}

impl Default for DayRule {
    fn default() -> Self {
        Self {
            evidence: vec![Evidence::Fix, Evidence::RollCall],
            pieces: 1,
            apart_minutes: 0,
            windows: Vec::new(),
            night: None,
            roll_call_suffices: true,
        }
    }
}

impl DayRule {
    /// Whether it matters when the pieces of a day were.
    pub fn asks_when(&self) -> bool {
        self.pieces > 1 || !self.windows.is_empty() || self.night.is_some()
    }
}

impl Default for AwayRule {
    fn default() -> Self {
        Self { kinds: DUTIES.map(str::to_owned).to_vec(), counts: AwayCounts::Reported }
    }
}

impl Default for LeaveRule {
    fn default() -> Self {
        Self {
            kinds: LEAVES.map(str::to_owned).to_vec(),
            levels: vec![Level { up_to_days: None, by: Approver::Town }],
            lowers_floor: Vec::new(),
        }
    }
}

impl Default for Together {
    fn default() -> Self {
        Self { days: 5, seconds: 90, metres: 25, apart_percent: 10 }
    }
}

impl Together {
    // What a document does not say is not written either: rules from before keep their hashes.
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
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

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}–{}", self.name, self.from, self.to)
    }
}
