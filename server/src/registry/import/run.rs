//! Running an import: reads what is known, plans, writes.

use jiff::{ToSpan as _, civil::Date};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    cells::day_of,
    fault::LineFault,
    fences::{Finding, Mended},
    handover::{Gap, Handover, HandoverRequest, Member, hand_over},
    kind::Kind,
    merger::{MergerRequest, merge_villages},
    plan::{Context, Options, Outlook, Report, look},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    registry::store::{self, Left, SealedMonth},
    sync::drafts::Acting,
};

/// For so many days members may write into a village that ended, where nobody says otherwise: phones come back after months.
const LATE: i64 = 92;

/// What came of a file, or in a preview would come of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Imported {
    /// Whether this is a preview, and nothing was written.
    pub preview: bool,
    /// How many records.
    #[serde(flatten)]
    pub report: Report,
    /// In a preview: what is wrong. With any of it the file is refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<LineFault>,
    /// What a person should look at: it is taken all the same, or left out where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<LineFault>,
    /// Of fences: what is found of them. Only in a preview it brings the repaired boundaries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Of fences: what was mended, as was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mended: Vec<Mended>,
}

/// Imports a file, all of it or nothing; a preview writes nothing, and is no error if the file is bad. The caller has checked that the person
/// may.
pub async fn run(
    app: &App,
    acting: &Acting,
    kind: Kind,
    bytes: Vec<u8>,
    options: Options,
    preview: bool,
) -> Result<Imported, Problem> {
    let known = store::known(&app.db.read, kind.needs()).await?;
    let context = Context { options, time_zone: app.config.time_zone.clone(), role: acting.role };
    // A file of some megabytes takes long enough to parse that other requests must not wait behind it.
    let outlook = tokio::task::spawn_blocking(move || look(kind, &bytes, &context, &known)).await;
    let Outlook { plan, faults, warnings, mut findings, mended } = outlook.map_err(Problem::internal)?;
    if !preview {
        if !faults.is_empty() {
            return Err(refused(faults));
        }
        if !plan.drafts.is_empty() {
            app.committer.write(acting, plan.drafts).await?;
        }
        findings.iter_mut().for_each(|f| f.repaired = None);
    }
    Ok(Imported { preview, report: plan.report, faults, warnings, findings, mended })
}

/// What came of a hand-over, or in a preview would come of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandedOver {
    /// Whether this is a preview, and nothing was written.
    pub preview: bool,
    /// How many stations.
    #[serde(flatten)]
    pub report: Report,
    /// Whose posting ends with the day before.
    pub leaving: Vec<Member>,
    /// Whose posting begins, also those who go on to another village.
    pub coming: Vec<Member>,
    /// Who stays.
    pub staying: Vec<Member>,
    /// Days from then on without anybody in the village.
    pub nobody: Vec<Gap>,
    /// In a preview: why it cannot be. `column` has the person or team.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<LineFault>,
}

/// Hands a team over, all of it or nothing; a preview writes nothing. The caller has checked that the person may.
pub async fn run_handover(
    app: &App,
    acting: &Acting,
    asked: &HandoverRequest,
    options: Options,
    preview: bool,
) -> Result<HandedOver, Problem> {
    let known = store::known(&app.db.read, Kind::Stations.needs()).await?;
    let context = Context { options, time_zone: app.config.time_zone.clone(), role: acting.role };
    let Handover { plan, leaving, coming, staying, nobody, faults } = hand_over(asked, &context, &known);
    if !preview {
        if !faults.is_empty() {
            return Err(Problem::new(ErrorCode::HandoverRefused, faults[0].message.clone()).with("faults", faults));
        }
        if !plan.drafts.is_empty() {
            app.committer.write(acting, plan.drafts).await?;
        }
    }
    Ok(HandedOver { preview, report: plan.report, leaving, coming, staying, nobody, faults })
}

/// What came of a merger of villages, or in a preview would come of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Merged {
    /// Whether this is a preview, and nothing was written.
    pub preview: bool,
    /// How many records: villages, stations, boundaries, and rights to write late.
    #[serde(flatten)]
    pub report: Report,
    /// Who goes on in the other village: `village` is the one that ends, `lead` says whether they lead where they go on.
    pub moving: Vec<Member>,
    /// Days from then on without anybody in the village that goes on.
    pub nobody: Vec<Gap>,
    /// The new boundary, GeoJSON in WGS-84; in a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub fence: Option<Value>,
    /// Last day on which members may still write into the villages that ended.
    #[schema(value_type = String)]
    pub late_until: Date,
    /// What stays with the villages that end, for the office to look at.
    pub left: Left,
    /// Months of the villages that are sealed and reach beyond the day: they stay as signed, and what differs is told.
    pub sealed: Vec<SealedMonth>,
    /// What a person should look at, and what is done all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<LineFault>,
    /// In a preview: why it cannot be. `column` has the village or team.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<LineFault>,
}

/// Merges villages into another, all of it or nothing; a preview writes nothing. The caller has checked that the person may.
pub async fn run_merger(
    app: &App,
    acting: &Acting,
    asked: &MergerRequest,
    options: Options,
    preview: bool,
) -> Result<Merged, Problem> {
    let context = Context { options, time_zone: app.config.time_zone.clone(), role: acting.role };
    let known = store::known_of(&app.db.read, context.options.district.as_str(), asked.codes()).await?;
    let today = day_of(now_ms(), &context);
    let late_until = asked.late_until.unwrap_or_else(|| asked.on.max(today).saturating_add(LATE.days()));
    let merger = merge_villages(asked, late_until, &context, &known);
    if !preview && !merger.faults.is_empty() {
        let faults = merger.faults;
        return Err(Problem::new(ErrorCode::MergerRefused, faults[0].message.clone()).with("faults", faults));
    }
    let ending: Vec<String> = merger.ending.iter().map(ToString::to_string).collect();
    let left = Left { units: merger.units, ..store::left(&app.db.read, &ending).await? };
    let sealed = store::sealed(&app.db.read, &asked.on.to_string(), asked.codes()).await?;
    if !preview && !merger.plan.drafts.is_empty() {
        app.committer.write(acting, merger.plan.drafts).await?;
    }
    Ok(Merged {
        preview,
        report: merger.plan.report,
        moving: merger.moving,
        nobody: merger.nobody,
        fence: merger.fence.filter(|_| preview),
        late_until,
        left,
        sealed,
        warnings: merger.warnings,
        faults: merger.faults,
    })
}

/// The problem that tells a client what is wrong with a file.
pub fn refused(faults: Vec<LineFault>) -> Problem {
    let lines = match faults.len() {
        1 => "1 fault".to_owned(),
        n => format!("{n} faults"),
    };
    Problem::new(ErrorCode::ImportRefused, lines).with("faults", faults)
}
