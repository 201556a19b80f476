//! `zhucun import-country`.

use std::path::PathBuf;

use mobile_schema::Role;

use super::person_named;
use crate::{
    app::App,
    registry::import::country::run::{Country, import_country},
    sync::drafts::Acting,
};

/// Import the places of many districts from one file of any length, such as a country's 620,000.
///
/// The table is that of `import places`, as CSV in UTF-8, with two columns more: 区编号 (district, such as zjedz) and 区名称 (its name). Lines of a
/// district stand together. All is checked before anything is written; then each district is written whole or not at all. Imported again, also
/// after it was cut short, it changes nothing that is there.
#[derive(Debug, Clone, clap::Args)]
pub struct CountryArgs {
    /// The file.
    file: PathBuf,
    /// Only tells what would come of it.
    #[arg(long)]
    preview: bool,
    /// Who imports, as the record will say: a person, such as zjedz.p.o-01.
    #[arg(long = "as", value_parser = person_named)]
    person: String,
}

/// Does it, and prints what it did; an error names the bad lines.
pub async fn import(app: &App, args: CountryArgs) -> anyhow::Result<()> {
    let acting = Acting { person: args.person, role: Role::Admin };
    let Country { districts, report, faults } = import_country(app, &acting, &args.file, args.preview).await?;
    for fault in &faults {
        eprintln!("{fault}");
    }
    anyhow::ensure!(
        faults.is_empty(),
        "{} faults; no district was written after the first of them was found",
        faults.len()
    );
    let would = if args.preview { "would be " } else { "" };
    let (created, changed, unchanged) = (report.created, report.changed, report.unchanged);
    println!("{would}created {created}, changed {changed}, unchanged {unchanged} in {districts} districts");
    Ok(())
}
