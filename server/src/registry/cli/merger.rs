//! `zhucun merge-villages`.

use jiff::civil::Date;
use mobile_schema::DistrictName;

use super::{acting, district_named, person_named, tell_faults};
use crate::{
    app::App,
    error::ErrorCode,
    registry::import::{self, Boundary, MergerRequest, Options},
};

/// Merge villages into another (撤并): from a day on their members are posted there, and its boundary surrounds theirs. Twice changes nothing.
#[derive(Debug, Clone, clap::Args)]
pub struct MergerArgs {
    /// The villages that end, by code, separated by commas.
    #[arg(value_delimiter = ',', required = true)]
    villages: Vec<String>,
    /// The village that they become part of.
    #[arg(long)]
    into: String,
    /// The first day on which they are part of it; they end with the day before.
    #[arg(long)]
    on: Date,
    /// The district, such as zjedz.
    #[arg(long, value_parser = district_named)]
    district: DistrictName,
    /// The team that their members join; the village's own where it has one alone.
    #[arg(long)]
    team: Option<String>,
    /// The boundary of the village that goes on stays as it is, until another is imported.
    #[arg(long)]
    keep_fence: bool,
    /// Last day on which members may still write into the villages that ended, as phones do that have not heard.
    #[arg(long)]
    late_until: Option<Date>,
    /// Only tells what would come of it.
    #[arg(long)]
    preview: bool,
    /// Who does it, as the record will say. Else `operator` of the district.
    #[arg(long = "as", value_parser = person_named)]
    person: Option<String>,
}

/// Does it, and says who goes on where, and what is left.
pub async fn merge(app: &App, args: MergerArgs) -> anyhow::Result<()> {
    let acting = acting(args.person, &args.district);
    let MergerArgs { villages, into, on, district, team, keep_fence, late_until, preview, .. } = args;
    let fence = if keep_fence { Boundary::Keep } else { Boundary::Extend };
    let asked = MergerRequest { villages, into, on, team, fence, late_until };
    let done = match import::run_merger(app, &acting, &asked, Options::of(district), preview).await {
        Ok(done) => done,
        Err(problem) if problem.code == ErrorCode::MergerRefused => {
            tell_faults(&problem);
            anyhow::bail!("nothing was changed")
        }
        Err(problem) => return Err(problem.into()),
    };
    for member in &done.moving {
        let lead = if member.lead { "，队长" } else { "" };
        println!("转入 {} {}（原驻 {}{lead}）", member.name, member.person, member.village);
    }
    for gap in &done.nobody {
        println!("无人 {} — {}", gap.from, gap.to.map_or_else(String::new, |to| to.to_string()));
    }
    let left = &done.left;
    println!(
        "留在原村：贫困户 {}，待办 {}，保全 {}，规则 {}，村干部 {}，督查批次 {}，责任单位 {}",
        left.households,
        left.matters,
        left.holds,
        left.rules,
        left.cadres,
        left.campaigns,
        left.units.join(" ")
    );
    for month in &done.sealed {
        println!("已封存 {} {}：保持原样，差异另行提示", month.village, month.month);
    }
    println!("原村可补写至 {}", done.late_until);
    for fault in done.warnings.iter().chain(&done.faults) {
        eprintln!("{}: {} {} [{}]", fault.column, fault.message_zh, fault.message, fault.code);
    }
    anyhow::ensure!(done.faults.is_empty(), "{} faults", done.faults.len());
    Ok(())
}
