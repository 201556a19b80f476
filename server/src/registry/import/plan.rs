//! Planning an import: pure.

use jiff::tz::TimeZone;
use mobile_schema::{DistrictName, Role};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    book::Book,
    fault::{Code, Faults, LineFault},
    fences::{self, FenceOptions, Finding, Mended},
    grants,
    kind::Kind,
    known::Known,
    people, places, stations, teams, templates, units,
};
use crate::sync::drafts::Draft;

/// What the one who imports says of the file.
#[derive(Debug, Clone)]
pub struct Options {
    /// The district it is about.
    pub district: DistrictName,
    /// Of places: the district's name in Chinese. Needed for a district that is not known yet.
    pub district_name: Option<String>,
    /// Of workbooks: the sheet; else the first that is shown.
    pub sheet: Option<String>,
    /// Of fences.
    pub fences: FenceOptions,
}

impl Options {
    /// Of a district, with nothing else said.
    pub fn of(district: DistrictName) -> Self {
        Self { district, district_name: None, sheet: None, fences: FenceOptions::default() }
    }
}

/// What else a plan depends on.
#[derive(Debug, Clone)]
pub struct Context {
    /// Said by the one who imports.
    pub options: Options,
    /// In which a day is a day.
    pub time_zone: TimeZone,
    /// The role of the one who imports.
    pub role: Role,
}

/// How many records a file created, changed, and left as they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// New ones.
    pub created: usize,
    /// Those of which a field changed.
    pub changed: usize,
    /// Those that were so already.
    pub unchanged: usize,
}

/// What a file comes to.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The writes.
    pub drafts: Vec<Draft>,
    /// What they amount to.
    pub report: Report,
}

/// All that is to be said of a file.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// What it comes to, without what is faulty.
    pub plan: Plan,
    /// What is wrong. If anything is, nothing is taken.
    pub faults: Vec<LineFault>,
    /// What a person should look at: it is taken all the same, or left out where that was asked for.
    pub warnings: Vec<LineFault>,
    /// Of fences: what is found of them, errors and warnings.
    pub findings: Vec<Finding>,
    /// Of fences: what was mended, as was asked.
    pub mended: Vec<Mended>,
}

/// The writes that lead from what is known to what the file says, or everything that is wrong with it.
pub fn plan(kind: Kind, bytes: &[u8], context: &Context, known: &Known) -> Result<Plan, Vec<LineFault>> {
    let Outlook { plan, faults, .. } = look(kind, bytes, context, known);
    if faults.is_empty() { Ok(plan) } else { Err(faults) }
}

/// What would come of a file, be it good or bad.
pub fn look(kind: Kind, bytes: &[u8], context: &Context, known: &Known) -> Outlook {
    let (mut book, mut faults, mut findings) = (Book::new(known), Faults::default(), fences::Findings::default());
    let district = context.options.district.as_str();
    if kind != Kind::Places && known.towns(district).is_none() {
        let message = format!("There is no district {district}; import its places first.");
        faults.push(1, "", Code::UnknownDistrict, message);
        let plan = Plan { drafts: Vec::new(), report: Report::default() };
        let (findings, mended) = (Vec::new(), Vec::new());
        return Outlook { plan, faults: faults.into_sorted(), warnings: Vec::new(), findings, mended };
    }
    match kind {
        Kind::Places => places::plan(bytes, context, known, &mut book, &mut faults),
        Kind::Units => units::plan(bytes, context, known, &mut book, &mut faults),
        Kind::People => people::plan(bytes, context, known, &mut book, &mut faults),
        Kind::Teams => teams::plan(bytes, context, known, &mut book, &mut faults),
        Kind::Fences => findings = fences::plan(bytes, context, known, &mut book, &mut faults),
        Kind::Stations => stations::plan(bytes, context, known, &mut book, &mut faults),
        Kind::Grants => grants::plan(bytes, context, known, &mut book, &mut faults),
        Kind::Templates => templates::plan(bytes, context, known, &mut book, &mut faults),
    }
    let (drafts, report) = book.close();
    let fences::Findings { found, mended } = findings;
    let warnings = std::mem::take(&mut faults.warnings);
    Outlook { plan: Plan { drafts, report }, faults: faults.into_sorted(), warnings, findings: found, mended }
}
