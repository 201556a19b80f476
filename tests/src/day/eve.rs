//! The evening before: everyone is in town, within reach of a network. Phones learn what they need, and two things are begun that
//! several people will go on with offline.

use anyhow::Result;
use serde_json::json;
use zhucun_client::Budget;

use super::cast::{Part, Part::*, World, scope};

/// What the day goes on with.
#[derive(Debug, Clone, Default)]
pub struct Begun {
    /// The inspectors' visit.
    pub visit: String,
    /// A finding of an earlier visit that both inspectors will grade.
    pub finding: String,
    /// A visit that two members of one team will both write a note on.
    pub round: String,
    /// The leave asked for.
    pub leave: String,
}

/// Plays the evening.
pub async fn play(world: &mut World<'_>) -> Result<Begun> {
    world.account.chapter(&format!("{} 前一晚 The evening before {}", world.clock.day, world.clock.day));
    for part in Part::ALL {
        let at = world.clock.eve(19, 0);
        world.phone_mut(part).go_out(at);
        world.phone(part).sync().await?;
    }
    let begun = Begun {
        visit: planned_visit(world)?,
        finding: earlier_finding(world)?,
        round: planned_round(world)?,
        leave: leave(world)?,
    };
    for part in [Inspector, WrongClock, OnLeave] {
        world.phone(part).sync().await?;
    }
    for part in [LastInspector, NearFence] {
        world.phone(part).sync().await?;
    }
    let (phones, scopes) = (Part::ALL.len(), world.phone(Inspector).engine.scopes()?.len());
    world.account.tell(format!(
        "{phones} phones enrol with codes from the office (扶贫办) and fetch their scopes; an inspector's has {scopes}."
    ));
    approve_leave(world, &begun).await?;
    end_grant(world).await?;
    Ok(begun)
}

fn planned_visit(world: &mut World<'_>) -> Result<String> {
    let (one, other) = (world.phone(Inspector), world.phone(LastInspector));
    let (place, id) = (scope(Inspector.village(), "inspection"), one.engine.new_id()?);
    let fields = json!({
        "person": one.person, "place": Inspector.village(), "purpose": "专项督查：驻村工作队",
        "companions": {"add": [other.person]},
    });
    one.write(&place, "visit", &id, fields)?;
    Ok(id)
}

fn earlier_finding(world: &mut World<'_>) -> Result<String> {
    let one = world.phone(Inspector);
    let (place, id) = (scope(Inspector.village(), "inspection"), one.engine.new_id()?);
    let fields = json!({
        "place": Inspector.village(), "type": "problem", "title": "帮扶台账与入户实际不符",
        "text": "上次抽查三户，两户收入数与台账不一致。", "severity": "minor", "status": "open",
    });
    one.write(&place, "finding", &id, fields)?;
    let told = format!("{} has an open finding: “帮扶台账与入户实际不符” (minor).", world.who(Inspector));
    world.account.tell(told);
    Ok(id)
}

fn planned_round(world: &mut World<'_>) -> Result<String> {
    let lead = world.phone(WrongClock);
    let (place, id) = (scope(WrongClock.village(), "presence"), lead.engine.new_id()?);
    let fields = json!({"person": lead.person, "place": WrongClock.village(), "purpose": "入户走访：危房改造"});
    lead.write(&place, "visit", &id, fields)?;
    Ok(id)
}

fn leave(world: &mut World<'_>) -> Result<String> {
    let phone = world.phone(OnLeave);
    let (place, id, day) = (format!("{}/own", phone.person), phone.engine.new_id()?, world.clock.day.to_string());
    let fields = json!({"person": phone.person, "kind": "personal", "from": day, "to": day, "reason": "家中老人住院"});
    phone.write(&place, "leave", &id, fields)?;
    Ok(id)
}

async fn approve_leave(world: &mut World<'_>, begun: &Begun) -> Result<()> {
    let place = format!("{}/own", world.phone(OnLeave).person);
    let fields = json!({"approval": "approved", "approved_by": world.office.person, "approval_note": "同意，一天"});
    world.office.write((&place, "leave", &begun.leave), fields).await?;
    let told = format!("{} asks for a day's leave (事假); the office approves: “同意，一天”.", world.who(OnLeave));
    world.account.tell(told);
    Ok(())
}

/// The loan of one inspector from their unit ends at noon of the day.
async fn end_grant(world: &mut World<'_>) -> Result<()> {
    let place = format!("{}/own", world.phone(GrantEnded).person);
    let grants = world.office.records(&place, Some("grant")).await?;
    for grant in &grants {
        let id = grant["id"].as_str().unwrap_or_default();
        let fields = json!({"to": world.clock.at(12, 0), "note": "借调期满"});
        world.office.write((&place, "grant", id), fields).await?;
    }
    let told =
        format!("The loan of {} to the inspection team ends at noon tomorrow (借调期满).", world.who(GrantEnded));
    world.account.tell(told);
    world.account.expect_equal("an inspector has one grant", &grants.len(), &1);
    let report = world.phone(GrantEnded).sync_once(&Budget::PULL).await?;
    let refused = report.failures.iter().map(|(_, code)| code.clone()).collect::<Vec<_>>();
    world.account.expect_equal("whose grant ended may no longer read", &refused, &vec!["no_live_grant".to_owned()]);
    Ok(())
}
