//! `zhucun paper`.

use std::{io::Write as _, path::PathBuf};

use anyhow::Context as _;
use jiff::civil::Date;
use mobile_schema::DistrictName;

use super::{district_named, told};
use crate::{
    app::App,
    attendance::asker::Asker,
    registry::import::paper::run::{About, compared, month},
};

/// Compare an attendance sheet of an earlier month with the verdicts of that month. Nothing is stored or decided.
///
/// XLSX or CSV: a column 姓名, then days 1 to 31 with marks (√ 外 假 × ? …), or sums (出勤, 请假, …).
#[derive(Debug, Clone, clap::Args)]
pub struct PaperArgs {
    /// The file.
    file: PathBuf,
    /// The district whose people it names, such as zjedz.
    #[arg(long, value_parser = district_named)]
    district: DistrictName,
    /// Its month, such as 2026-03.
    #[arg(long, value_parser = month_named)]
    month: Date,
    /// The village or town whose members it lists; else the district.
    #[arg(long)]
    place: Option<String>,
    /// Of workbooks: the sheet; else the first that is shown.
    #[arg(long)]
    sheet: Option<String>,
    /// Print the days that differ as CSV; else all as JSON.
    #[arg(long)]
    csv: bool,
}

fn month_named(name: &str) -> Result<Date, &'static str> {
    month(name).ok_or("a month is written YYYY-MM")
}

/// Does it, and prints where the two differ.
pub async fn compare(app: &App, args: PaperArgs) -> anyhow::Result<()> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let about =
        About { district: args.district.as_str().to_owned(), place: args.place, month: args.month, sheet: args.sheet };
    // Who can start the binary beside its database sees all there is.
    let asker = Asker::new("", |_| true);
    let compared = compared(app, &asker, about, bytes).await.map_err(told)?;
    let out = if args.csv { compared.csv()? } else { serde_json::to_vec_pretty(&compared)? };
    std::io::stdout().write_all(&out)?;
    Ok(())
}
