//! Loading it.

use std::collections::BTreeMap;

use mobile_schema::{DistrictName, Role, VillageCode, Wgs84};
use serde_json::Value;

use super::{FENCES, PLACES, STATIONS};
use crate::{
    app::App,
    error::Problem,
    registry::{
        import::{Context, FenceOptions, Kind, Known, LineFault, Options, Plan, Report, plan, refused},
        store,
    },
    sync::drafts::{Acting, Draft},
};

/// The demo district.
pub const DISTRICT: &str = "zjedz";
/// Its name.
pub const DISTRICT_NAME: &str = "湛江经济技术开发区";

macro_rules! demo {
    ($name:literal) => {
        include_str!(concat!("../../../demo/", $name))
    };
}

/// The files, in an order in which each refers only to those before it.
const FILES: [(Kind, &str); 11] = [
    (Kind::Places, PLACES),
    (Kind::Places, demo!("poor-villages.csv")),
    (Kind::Units, demo!("units.csv")),
    (Kind::People, demo!("people.csv")),
    (Kind::Teams, demo!("teams.csv")),
    (Kind::Fences, FENCES),
    (Kind::Stations, STATIONS),
    (Kind::Grants, demo!("grants.csv")),
    (Kind::Templates, demo!("checklists/work-team.yaml")),
    (Kind::Templates, demo!("checklists/village-cadres.yaml")),
    (Kind::Templates, demo!("checklists/unit-policy.yaml")),
];

/// As whom the demo is loaded where nobody else is there yet.
pub fn acting() -> Acting {
    Acting { person: format!("{DISTRICT}.p.admin-01"), role: Role::Admin }
}

/// Loads all of it in one write; what stands already is left as it is, so that every start may call it.
pub async fn load(app: &App, acting: &Acting) -> Result<Report, Problem> {
    let kinds = ["place", "unit", "person", "team", "fence", "station", "grant", "checklist_template"];
    let mut known = store::known(&app.db.read, &kinds).await?;
    let context = context(app.config.time_zone.clone(), acting.role);
    let planned = tokio::task::spawn_blocking(move || plan_all(&context, &mut known)).await;
    let Plan { drafts, report } = planned.map_err(Problem::internal)?.map_err(refused)?;
    if !drafts.is_empty() {
        app.committer.write(acting, drafts).await?;
    }
    Ok(report)
}

pub(super) fn context(time_zone: jiff::tz::TimeZone, role: Role) -> Context {
    let district = DistrictName::parse(DISTRICT).expect("a district's name");
    Context {
        options: Options {
            district,
            district_name: Some(DISTRICT_NAME.to_owned()),
            sheet: None,
            fences: FenceOptions::default(),
        },
        time_zone,
        role,
    }
}

/// Plans each file as if those before it had been written.
pub(super) fn plan_all(context: &Context, known: &mut Known) -> Result<Plan, Vec<LineFault>> {
    let mut all: Vec<Draft> = Vec::new();
    let mut report = Report::default();
    for (kind, file) in FILES {
        let plan = plan(kind, file.as_bytes(), context, known)?;
        known.absorb(&plan.drafts);
        report.created += plan.report.created;
        report.changed += plan.report.changed;
        report.unchanged += plan.report.unchanged;
        all.extend(plan.drafts);
    }
    Ok(Plan { drafts: all, report })
}

/// Of each of the 35 villages a point well inside its fence.
pub fn centres() -> BTreeMap<VillageCode, Wgs84> {
    let fences: Value = serde_json::from_str(FENCES).expect("the demo's fences are JSON");
    let features = fences["features"].as_array().into_iter().flatten().map(|f| &f["properties"]);
    features
        .map(|p| {
            let village = p["village"].as_str().and_then(VillageCode::parse).expect("a village");
            let at = |i: usize| p["centre"][i].as_f64().expect("degrees");
            (village, Wgs84::new(at(1), at(0)).expect("a position"))
        })
        .collect()
}
