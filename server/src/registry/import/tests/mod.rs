//! Good files, bad files, and files twice.

mod fences;
mod handover;
mod map_files;
mod merger;
mod reorganised;
mod tables;
mod templates;
mod workbooks;

use jiff::tz::TimeZone;
use mobile_schema::{Datum, DistrictName, Role};
use zhucun_fences::Reference;

use super::{Context, FenceOptions, Kind, Known, LineFault, Options, Plan, plan, plan::look};
use crate::registry::testing::Written;

const PLACES: &str = "village_code,village_name,town_code,town_name\n\
    440811070209,调文村委会,440811070,东山街道\n\
    440811070001,东山居委会,440811070,东山街道\n\
    440811173203,谭北村委会,440811173,硇洲镇\n";

pub(in crate::registry::import) fn context() -> Context {
    Context {
        options: Options {
            district: DistrictName::parse("zjedz").unwrap(),
            district_name: Some("演示区".to_owned()),
            sheet: None,
            fences: FenceOptions::default(),
        },
        time_zone: TimeZone::get("Asia/Shanghai").unwrap(),
        role: Role::Office,
    }
}

fn with_datum(datum: Datum) -> Context {
    let mut context = context();
    context.options.fences.reference = Some(Reference::Degrees(datum));
    context
}

/// Places, a unit, two people and a team.
fn known() -> Known {
    let mut known = Known::default();
    for (kind, file) in [
        (Kind::Places, PLACES),
        (Kind::Units, "unit,name\nfinance,财政局\n"),
        (Kind::People, "person,name,unit\nm-1,甲,finance\nm-2,乙,\n"),
        (Kind::Teams, "village,name\n440811070209,调文队\n"),
    ] {
        let drafts = good(kind, file.as_bytes(), &known).drafts;
        known.absorb(&drafts);
    }
    known
}

fn good(kind: Kind, file: &[u8], known: &Known) -> Plan {
    plan(kind, file, &context(), known).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// `line column code` of each fault.
fn faults(kind: Kind, file: &[u8], context: &Context) -> Vec<String> {
    let told = |f: &LineFault| format!("{} {} {}", f.line, f.column, f.code);
    plan(kind, file, context, &known()).err().unwrap_or_default().iter().map(told).collect()
}

/// Planned and written, the same file comes to nothing.
fn twice_changes_nothing(kind: Kind, file: &[u8], context: &Context) -> Written {
    let first = plan(kind, file, context, &known()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert!(first.report.created > 0);
    let mut written = Written::default();
    for (kind, file) in [
        (Kind::Places, PLACES),
        (Kind::Units, "unit,name\nfinance,财政局\n"),
        (Kind::People, "person,name,unit\nm-1,甲,finance\nm-2,乙,\n"),
        (Kind::Teams, "village,name\n440811070209,调文队\n"),
    ] {
        written.write(&good(kind, file.as_bytes(), &written.known()).drafts);
    }
    written.write(&first.drafts);
    let again = plan(kind, file, context, &written.known()).unwrap();
    assert_eq!((again.report.created, again.report.changed), (0, 0));
    assert!(again.drafts.is_empty() && again.report.unchanged > 0);
    written
}
