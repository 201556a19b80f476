//! What the inspectors do on the day, each offline.

use anyhow::Result;
use mobile_schema::derived_id;
use serde_json::{Value, json};
use zhucun_client::Write;

use super::{
    cast::{Part, Part::*, World, scope},
    eve::Begun,
};
use crate::camera;

/// What must be found again.
#[derive(Debug, Clone, Default)]
pub struct Inspected {
    /// The checklist that both fill.
    pub response: String,
    /// The finding written after its author's grant had ended.
    pub too_late: String,
    /// The dot of that line.
    pub too_late_dot: String,
}

/// The checklist of work teams.
const WORK_TEAM: &str = "work-team@1";
/// The checklist of village cadres.
const CADRES: &str = "village-cadres@1";
/// The item that both answer differently.
pub const ITEM: &str = "i.lodging";

/// Plays the inspectors' day.
pub fn play(world: &mut World<'_>, begun: &Begun) -> Result<Inspected> {
    let response = derived_id("response", &[&begun.visit, WORK_TEAM]);
    first(world, begun, &response)?;
    last(world, begun, &response)?;
    let (too_late, too_late_dot) = after_the_grant(world)?;
    let told = format!(
        "{} and {} fill one checklist and grade one finding, apart: 住宿 in_village against commutes, severity serious against grave.",
        world.phone(Inspector).name,
        world.phone(LastInspector).name
    );
    world.account.tell(told);
    Ok(Inspected { response, too_late, too_late_dot })
}

fn inspection(part: Part) -> String {
    scope(part.village(), "inspection")
}

fn respond(world: &World<'_>, part: Part, tpl: &str, id: &str, fields: Value) -> Result<()> {
    world.phone(part).engine.write(&Write::new(&inspection(part), "response", id, fields).tpl(tpl))?;
    Ok(())
}

fn call(world: &World<'_>, part: Part, visit: &str, whom: Part) -> Result<()> {
    let fields = json!({
        "visit": visit, "village": part.village(), "person": world.phone(whom).person, "state": "seen",
        "note": "在村委会见到本人",
    });
    world.phone(part).record(&inspection(part), "roll_call", fields)?;
    Ok(())
}

fn first(world: &mut World<'_>, begun: &Begun, response: &str) -> Result<()> {
    let at = world.clock.at(10, 30);
    world.phone_mut(Inspector).at(at);
    let place = inspection(Inspector);
    let phone = world.phone(Inspector);
    phone.write(&place, "visit", &begun.visit, json!({"started": phone.wall_ms()}))?;
    let answers = json!({
        "visit": begun.visit, "template": WORK_TEAM, "i.members_seen": 2, "i.all_accounted": true, ITEM: "in_village",
        "i.presence_score": 9, "i.plan_this_year": true, "i.plan_progress": "on_time", "i.villagers_know": "by_name",
    });
    respond(world, Inspector, WORK_TEAM, response, answers)?;
    let phone = world.phone(Inspector);
    let photos =
        [1, 2].into_iter().map(|seed| phone.photograph(&place, ("finding", &begun.finding), camera::take(seed)));
    let photos: Vec<String> = photos.collect::<Result<_>>()?;
    phone.write(&place, "finding", &begun.finding, json!({"severity": "serious", "photos": {"add": photos}}))?;
    call(world, Inspector, &begun.visit, WrongClock)?;
    let told = format!(
        "10:30 {}: a checklist, two photos of a finding, and a roll call (查岗): {} seen.",
        world.who(Inspector),
        world.phone(WrongClock).name
    );
    world.account.tell(told);
    Ok(())
}

fn last(world: &mut World<'_>, begun: &Begun, response: &str) -> Result<()> {
    let at = world.clock.at(11, 10);
    world.phone_mut(LastInspector).at(at);
    respond(
        world,
        LastInspector,
        WORK_TEAM,
        response,
        json!({"visit": begun.visit, "template": WORK_TEAM, ITEM: "commutes", "i.duty_score": 8}),
    )?;
    let severity = json!({"severity": "grave"});
    world.phone(LastInspector).write(&inspection(LastInspector), "finding", &begun.finding, severity)?;
    call(world, LastInspector, &begun.visit, NearFence)?;
    let told = format!(
        "11:10 {}: the same checklist and finding, and a roll call: {} seen. This phone stays in its bag till late.",
        world.who(LastInspector),
        world.phone(NearFence).name
    );
    world.account.tell(told);
    Ok(())
}

fn after_the_grant(world: &mut World<'_>) -> Result<(String, String)> {
    let (before, after) = (world.clock.at(10, 0), world.clock.at(14, 30));
    world.phone_mut(GrantEnded).at(before);
    let (place, village) = (inspection(GrantEnded), GrantEnded.village());
    let phone = world.phone(GrantEnded);
    let visit = phone.engine.new_id()?;
    phone.write(
        &place,
        "visit",
        &visit,
        json!({"person": phone.person, "place": village, "purpose": "临时抽查：村干部"}),
    )?;
    let answers = json!({"visit": visit, "template": CADRES, "i.office_open": true, "i.meetings": 4, "i.diligence": 8});
    respond(world, GrantEnded, CADRES, &derived_id("response", &[&visit, CADRES]), answers)?;
    let phone = world.phone(GrantEnded);
    phone.photograph(&place, ("visit", &visit), camera::take(41))?;
    world.phone_mut(GrantEnded).at(after);
    let phone = world.phone(GrantEnded);
    let id = phone.engine.new_id()?;
    let fields = json!({
        "visit": visit, "place": village, "type": "highlight", "title": "党员联系户制度落实好",
        "text": "随机问了五户，都知道联系党员是谁。",
    });
    let dot = phone.write(&place, "finding", &id, fields)?;
    let told = format!(
        "10:00 {}: a checklist and a photo; 14:30, after the grant ended at noon: one more finding.",
        world.who(GrantEnded)
    );
    world.account.tell(told);
    Ok((id, dot.to_string()))
}
