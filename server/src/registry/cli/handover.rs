//! `zhucun handover`.

use jiff::civil::Date;
use mobile_schema::DistrictName;

use super::{acting, district_named, person_named, tell_faults};
use crate::{
    app::App,
    error::ErrorCode,
    registry::import::{self, HandoverRequest, Options},
};

/// Hand a team over: on one day some leave and others come, or the same go on to another village's team. Twice changes nothing.
#[derive(Debug, Clone, clap::Args)]
pub struct HandoverArgs {
    /// The team.
    team: String,
    /// The first day of those who come; those who leave stay to the end of the day before.
    #[arg(long)]
    on: Date,
    /// The district, such as zjedz.
    #[arg(long, value_parser = district_named)]
    district: DistrictName,
    /// Who leaves, by id or name, separated by commas; all, where missing.
    #[arg(long, value_delimiter = ',')]
    leaving: Option<Vec<String>>,
    /// Who comes.
    #[arg(long, value_delimiter = ',')]
    coming: Vec<String>,
    /// Which of those who come, or go on, leads.
    #[arg(long)]
    lead: Option<String>,
    /// The team, of another village, that those who leave go on to.
    #[arg(long)]
    onward: Option<String>,
    /// Only tells what would come of it.
    #[arg(long)]
    preview: bool,
    /// Who does it, as the record will say. Else `operator` of the district.
    #[arg(long = "as", value_parser = person_named)]
    person: Option<String>,
}

/// Does it, and says who leaves, comes and stays.
pub async fn hand_over(app: &App, args: HandoverArgs) -> anyhow::Result<()> {
    let acting = acting(args.person, &args.district);
    let HandoverArgs { team, on, district, leaving, coming, lead, onward, preview, .. } = args;
    let asked = HandoverRequest { team, on, leaving, coming, lead, onward };
    let done = match import::run_handover(app, &acting, &asked, Options::of(district), preview).await {
        Ok(done) => done,
        Err(problem) if problem.code == ErrorCode::HandoverRefused => {
            tell_faults(&problem);
            anyhow::bail!("nothing was changed")
        }
        Err(problem) => return Err(problem.into()),
    };
    for (what, members) in [("离开", &done.leaving), ("到来", &done.coming), ("留任", &done.staying)] {
        for member in members {
            let lead = if member.lead { "，队长" } else { "" };
            println!("{what} {} {}（{}{lead}）", member.name, member.person, member.village);
        }
    }
    for gap in &done.nobody {
        println!("无人 {} — {}", gap.from, gap.to.map_or_else(String::new, |to| to.to_string()));
    }
    for fault in &done.faults {
        eprintln!("{}: {} {} [{}]", fault.column, fault.message_zh, fault.message, fault.code);
    }
    anyhow::ensure!(done.faults.is_empty(), "{} faults", done.faults.len());
    Ok(())
}
