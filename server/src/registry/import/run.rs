//! Running an import: reads what is known, plans, writes.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    fault::LineFault,
    fences::{Finding, Mended},
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
    let Outlook { plan, faults, mut findings, mended } = outlook.map_err(Problem::internal)?;
    if !preview {
        if !faults.is_empty() {
            return Err(refused(faults));
        }
        if !plan.drafts.is_empty() {
            app.committer.write(acting, plan.drafts).await?;
        }
        findings.iter_mut().for_each(|f| f.repaired = None);
    }
    Ok(Imported { preview, report: plan.report, faults, findings, mended })
}

/// The problem that tells a client what is wrong with a file.
pub fn refused(faults: Vec<LineFault>) -> Problem {
    let lines = match faults.len() {
        1 => "1 fault".to_owned(),
        n => format!("{n} faults"),
    };
    Problem::new(ErrorCode::ImportRefused, lines).with("faults", faults)
}
