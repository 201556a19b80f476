//! All is looked at, then each district is written.

use std::{collections::HashMap, fs::File, io::BufReader, path::Path};

use anyhow::Context as _;
use mobile_schema::Role;

use super::{Batch, Districts, fault};
use crate::{
    app::App,
    registry::{
        import::{
            Kind,
            fault::{Code, LineFault},
            plan::{Context, Options, Outlook, Report, look},
        },
        store,
    },
    sync::drafts::Acting,
};

/// Most faults that are told; a file with more is wrong in another way.
const MOST_FAULTS: usize = 1_000;

/// What came of a file.
#[derive(Debug, Clone, Default)]
pub struct Country {
    /// How many districts.
    pub districts: usize,
    /// How many places.
    pub report: Report,
    /// What is wrong. If anything is, nothing was written.
    pub faults: Vec<LineFault>,
}

/// Imports places of many districts. The whole file is checked against what stands before the first district is written.
pub async fn import_country(app: &App, acting: &Acting, file: &Path, preview: bool) -> anyhow::Result<Country> {
    let looked = pass(app, acting, file, false).await?;
    if preview || !looked.faults.is_empty() {
        return Ok(looked);
    }
    pass(app, acting, file, true).await
}

async fn pass(app: &App, acting: &Acting, file: &Path, write: bool) -> anyhow::Result<Country> {
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut country = Country::default();
    let districts = match Districts::of(BufReader::new(opened)) {
        Ok(districts) => districts,
        Err(fault) => return Ok(Country { faults: vec![*fault], ..country }),
    };
    // A town has one district, be that written or still to come. All else that a plan depends on is of its own district.
    let mut holders = store::towns(&app.db.read).await?;
    for batch in districts {
        let batch = match batch {
            Ok(batch) => batch,
            Err(fault) => {
                country.faults.push(*fault);
                break;
            }
        };
        country.faults.extend(taken(&batch, &mut holders));
        let ids = batch.codes.iter().map(String::as_str).chain([batch.district.as_str()]);
        let known = store::known_places(&app.db.read, ids).await?;
        let mut options = Options::of(batch.district.clone());
        options.district_name.clone_from(&batch.name);
        let context = Context { options, time_zone: app.config.time_zone.clone(), role: Role::Admin };
        let Outlook { plan, faults, .. } = look(Kind::Places, &batch.table, &context, &known);
        country.faults.extend(faults.into_iter().map(|fault| in_file(fault, &batch)));
        if country.faults.len() >= MOST_FAULTS {
            break;
        }
        country.districts += 1;
        country.report.created += plan.report.created;
        country.report.changed += plan.report.changed;
        country.report.unchanged += plan.report.unchanged;
        // What was good when it was looked at may be so no more: others write too.
        if write && !country.faults.is_empty() {
            break;
        }
        if write && !plan.drafts.is_empty() {
            app.committer.write(acting, plan.drafts).await?;
        }
    }
    Ok(country)
}

/// The towns of a batch that another district holds.
fn taken(batch: &Batch, holders: &mut HashMap<String, String>) -> Vec<LineFault> {
    let district = batch.district.as_str();
    let mut faults = Vec::new();
    for town in batch.codes.iter().filter(|code| code.len() == 9) {
        let holder = holders.entry(town.clone()).or_insert_with(|| district.to_owned());
        if holder != district {
            let message = format!("The town {town} belongs to the district {holder}.");
            let line = batch.lines.get(1).copied().unwrap_or(1);
            faults.push(*fault(line, "town_code", Code::OtherDistrict, message));
        }
    }
    faults
}

/// With the line of the file.
fn in_file(fault: LineFault, batch: &Batch) -> LineFault {
    let at = usize::try_from(fault.line.saturating_sub(1)).unwrap_or(usize::MAX);
    LineFault { line: batch.lines.get(at).copied().unwrap_or(fault.line), ..fault }
}
