//! `zhucun import`, `zhucun template`; hand-overs, mergers and sheets on paper have a file each.

pub mod country;
pub mod handover;
pub mod merger;
pub mod paper;

use std::path::PathBuf;

use anyhow::Context as _;
use jiff::civil::Date;
use mobile_schema::{DistrictName, Place, Role};
use serde_json::Value;
use zhucun_fences::{Reference, examine::Repair};

use super::import::{self, FenceOptions, Form, Imported, Kind, Options, blank};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
    sync::drafts::Acting,
};

/// Most warnings that are printed: a county's people have hundreds of names in common.
const MOST_WARNINGS: usize = 50;

/// Imports a file of the office: all of it, or nothing if a line is bad. Importing it twice changes nothing.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// What it holds.
    #[arg(value_parser = kind_named, value_name = "KIND", long_help = long_help())]
    kind: Kind,
    /// The file.
    file: PathBuf,
    /// The district it is about, such as zjedz.
    #[arg(long, value_parser = district_named)]
    district: DistrictName,
    /// Of places: the district's name in Chinese; needed for a new district.
    #[arg(long)]
    district_name: Option<String>,
    /// Of workbooks: the sheet; else the first that is shown.
    #[arg(long)]
    sheet: Option<String>,
    /// Of fences: what the numbers refer to, where the file does not say: wgs84, cgcs2000, gcj02, bd09, or EPSG:4525 and the like.
    #[arg(long, value_parser = reference)]
    datum: Option<Reference>,
    /// Of fences: the property that has the village's code or name; else it is looked for.
    #[arg(long)]
    village: Option<String>,
    /// Of fences: the first day they hold, where a feature does not say, such as 2026-01-31.
    #[arg(long)]
    from: Option<Date>,
    /// Of fences: what may be mended, separated by commas: swap, close, drop_duplicates, simplify, untangle, drop_holes, merge, datum.
    #[arg(long, value_delimiter = ',', value_parser = repair)]
    repair: Vec<Repair>,
    /// Of fences: leave out what bounds no village of the district, and name it. Else the file is refused for it.
    #[arg(long)]
    skip_unmatched: bool,
    /// Only tells what would come of it.
    #[arg(long)]
    preview: bool,
    /// Who imports, as the record will say: a person, such as zjedz.p.o-01. Else `operator` of the district.
    #[arg(long = "as", value_parser = person_named)]
    person: Option<String>,
}

fn kind_named(name: &str) -> Result<Kind, String> {
    let names = Kind::ALL.map(Kind::name).join(", ");
    Kind::parse(name).ok_or_else(|| format!("there are {names}"))
}

fn district_named(name: &str) -> Result<DistrictName, &'static str> {
    DistrictName::parse(name).ok_or("a district's name has small letters, digits and -, such as zjedz")
}

fn reference(name: &str) -> Result<Reference, String> {
    Reference::parse(name).map_err(|error| error.to_string())
}

fn repair(name: &str) -> Result<Repair, String> {
    let names = Repair::ALL.map(Repair::name).join(", ");
    Repair::parse(name).ok_or_else(|| format!("there are {names}"))
}

fn person_named(name: &str) -> Result<String, &'static str> {
    let person = Place::parse(name).filter(Place::is_person);
    person.map(|p| p.to_string()).ok_or("a person is written district.p.name, such as zjedz.p.o-01")
}

fn long_help() -> String {
    Kind::ALL.map(|kind| format!("{}: {}", kind.name(), kind.docs())).join("\n")
}

/// Write a blank table to fill in and import: a workbook (.xlsx), which keeps codes as text, or .csv.
#[derive(Debug, Clone, clap::Args)]
pub struct TemplateArgs {
    /// Of what: places, units, people, teams, stations or grants.
    #[arg(value_parser = kind_named, value_name = "KIND")]
    kind: Kind,
    /// The file to write; its ending says which form.
    file: PathBuf,
}

/// Writes it.
pub fn template(args: &TemplateArgs) -> anyhow::Result<()> {
    let form = Form::parse(&args.file.to_string_lossy()).context("the file must end in .xlsx or .csv")?;
    let table = blank(args.kind, form).with_context(|| format!("{} is no table", args.kind.name()))??;
    std::fs::write(&args.file, table).with_context(|| format!("cannot write {}", args.file.display()))
}

/// Does it, and prints what it did; an error names every bad line.
pub async fn import(app: &App, args: ImportArgs) -> anyhow::Result<()> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let acting = acting(args.person, &args.district);
    let fences = FenceOptions {
        reference: args.datum,
        village: args.village,
        from: args.from,
        repairs: args.repair.into_iter().collect(),
        skip_unmatched: args.skip_unmatched,
    };
    let options = Options { district: args.district, district_name: args.district_name, sheet: args.sheet, fences };
    match import::run(app, &acting, args.kind, bytes, options, args.preview).await {
        Ok(imported) => {
            tell(&imported);
            anyhow::ensure!(imported.faults.is_empty(), "{} faults", imported.faults.len());
            Ok(())
        }
        Err(problem) => Err(told(problem)),
    }
}

/// Who acts from the command line: whoever can start the binary beside its database is no one's subordinate.
fn acting(person: Option<String>, district: &DistrictName) -> Acting {
    Acting { person: person.unwrap_or_else(|| format!("{}.p.operator", district.as_str())), role: Role::Admin }
}

/// Tells why a hand-over or a merger cannot be.
fn tell_faults(problem: &Problem) {
    for fault in problem.extra.get("faults").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        eprintln!("{}: {} {} [{}]", part("column"), part("message_zh"), part("message"), part("code"));
    }
}

/// Tells every fault of a file.
fn told(problem: Problem) -> anyhow::Error {
    match problem {
        problem if problem.code == ErrorCode::ImportRefused => {
            let faults = problem.extra.get("faults").and_then(Value::as_array).cloned().unwrap_or_default();
            for fault in &faults {
                let part = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
                let (column, line) = (part("column"), &fault["line"]);
                let cell = fault["cell"].as_str().map(|cell| format!(" ({cell})")).unwrap_or_default();
                let at = if column.is_empty() { format!("{line}") } else { format!("{line}, {column}{cell}") };
                let mend = fault["repair"].as_str().map(|repair| format!(" --repair {repair}")).unwrap_or_default();
                eprintln!("line {at}: {} {} [{}]{mend}", part("message_zh"), part("message"), part("code"));
            }
            anyhow::anyhow!("{} faults; nothing was changed", faults.len())
        }
        problem => problem.into(),
    }
}

fn tell(imported: &Imported) {
    for fault in &imported.faults {
        let mend = fault.repair.map(|repair| format!(" --repair {repair}")).unwrap_or_default();
        eprintln!("{fault}{mend}");
    }
    for warning in imported.warnings.iter().take(MOST_WARNINGS) {
        eprintln!("{warning}");
    }
    if let Some(more) = imported.warnings.len().checked_sub(MOST_WARNINGS).filter(|more| *more > 0) {
        eprintln!("and {more} warnings more");
    }
    for found in imported.findings.iter().filter(|found| found.weight == "warning") {
        let mend = found.repair.map(|repair| format!(" --repair {repair}")).unwrap_or_default();
        let (line, path) = (found.line, &found.path);
        eprintln!("line {line}, {path}: {} {} [{}]{mend}", found.message_zh, found.message, found.code);
    }
    for mended in &imported.mended {
        println!("line {}, {}: {}", mended.line, mended.village, mended.repairs.join(", "));
    }
    let would = if imported.preview { "would be " } else { "" };
    let report = imported.report;
    println!("{would}created {}, changed {}, unchanged {}", report.created, report.changed, report.unchanged);
}
