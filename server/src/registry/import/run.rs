//! Running an import: reads what is known, plans, writes.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    fault::LineFault,
    fences::{Finding, Mended},
    handover::{Gap, Handover, HandoverRequest, Member, hand_over},
    kind::Kind,
    plan::{Context, Options, Outlook, Report, look},
};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
    registry::store,
    sync::drafts::Acting,
};

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

/// The problem that tells a client what is wrong with a file.
pub fn refused(faults: Vec<LineFault>) -> Problem {
    let lines = match faults.len() {
        1 => "1 fault".to_owned(),
        n => format!("{n} faults"),
    };
    Problem::new(ErrorCode::ImportRefused, lines).with("faults", faults)
}
