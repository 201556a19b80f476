//! `zhucun import`.

use std::path::PathBuf;

use anyhow::Context as _;
use mobile_schema::{Datum, DistrictName, Place, Role};
use serde_json::Value;

use super::import::{self, Kind, Options, datum_named};
use crate::{app::App, error::ErrorCode, sync::drafts::Acting};

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
    /// Of fences: wgs84 (also cgcs2000), gcj02 or bd09, where the file does not say.
    #[arg(long, value_parser = datum)]
    datum: Option<Datum>,
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

fn datum(name: &str) -> Result<Datum, &'static str> {
    datum_named(name).ok_or("there are wgs84, gcj02 and bd09")
}

fn person_named(name: &str) -> Result<String, &'static str> {
    let person = Place::parse(name).filter(Place::is_person);
    person.map(|p| p.to_string()).ok_or("a person is written district.p.name, such as zjedz.p.o-01")
}

fn long_help() -> String {
    Kind::ALL.map(|kind| format!("{}: {}", kind.name(), kind.docs())).join("\n")
}

/// Does it, and prints what it did; an error names every bad line.
pub async fn import(app: &App, args: ImportArgs) -> anyhow::Result<()> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    // Who can start the binary beside its database is no one's subordinate.
    let person = args.person.unwrap_or_else(|| format!("{}.p.operator", args.district.as_str()));
    let acting = Acting { person, role: Role::Admin };
    let options = Options { district: args.district, district_name: args.district_name, datum: args.datum };
    match import::run(app, &acting, args.kind, bytes, options).await {
        Ok(report) => {
            println!("created {}, changed {}, unchanged {}", report.created, report.changed, report.unchanged);
            Ok(())
        }
        Err(problem) if problem.code == ErrorCode::ImportRefused => {
            let faults = problem.extra.get("faults").and_then(Value::as_array).cloned().unwrap_or_default();
            for fault in &faults {
                let part = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
                let (column, line) = (part("column"), &fault["line"]);
                let at = if column.is_empty() { format!("{line}") } else { format!("{line}, {column}") };
                eprintln!("line {at}: {} {} [{}]", part("message_zh"), part("message"), part("code"));
            }
            anyhow::bail!("{} faults; nothing was changed", faults.len())
        }
        Err(problem) => Err(problem.into()),
    }
}
