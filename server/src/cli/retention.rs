//! `zhucun retention`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail, ensure};
use clap::Args as Arguments;
use jiff::Timestamp;

use crate::{
    app,
    config::Config,
    retention::preview::{self, PreviewRequest, Proposed},
};

/// Tell how many photos would be erased by when, place by place, as the rules of how long photos are kept say. Erases nothing.
#[derive(Debug, Arguments)]
#[command(
    after_help = "Example, of a rule before it is written:\n  zhucun retention --by 2027-01-01 --rule rule.json --place zjedz"
)]
pub struct Args {
    /// Until the beginning of this day; 30 days from now where missing.
    #[arg(long, value_name = "DATE")]
    by: Option<jiff::civil::Date>,
    /// A file with the document of a rule that is not written yet, such as {"photos":{"household":{"keep_days":730,"since":"received"}}}.
    #[arg(long, value_name = "FILE", requires = "place")]
    rule: Option<PathBuf>,
    /// Where that rule is to hold: a district, town or village.
    #[arg(long, value_name = "PLACE", requires = "rule")]
    place: Option<String>,
}

/// Does it.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let proposed = args.rule.zip(args.place).map(|(file, place)| {
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let body = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
        anyhow::Ok(Proposed { place, body })
    });
    let begin =
        |day: jiff::civil::Date| anyhow::Ok(day.to_zoned(config.time_zone.clone())?.timestamp().as_millisecond());
    let asked = PreviewRequest { by: args.by.map(begin).transpose()?, place: None, rule: proposed.transpose()? };
    ensure!(asked.by.is_none_or(|by| by > 0), "--by is before 1970");
    let db = app::open(&config).await?;
    let told = match preview::preview((&db, &config), |_| true, &asked).await {
        Ok(told) => told,
        Err(problem) => bail!("{problem}"),
    };
    let day = |ms: i64| Timestamp::from_millisecond(ms).map(|at| at.to_zoned(config.time_zone.clone()).date());
    for one in &told.places {
        let rule =
            one.rule.as_ref().map_or("the rule given".to_owned(), |rule| format!("{} of {}", rule.id, rule.place));
        let (place, lane, first) = (&one.place, one.lane, day(one.first)?);
        println!("{place} {lane}: {} photos, the first on {first}; {} held; by {rule}", one.count, one.held);
    }
    let more = if told.more { ", and more" } else { "" };
    println!("by {}: {} photos{more}; {} are held", day(told.by)?, told.count, told.held);
    Ok(ExitCode::SUCCESS)
}
