//! What the office decides: it looks at what is open, and each thing has its end.

use anyhow::Result;
use serde_json::{Value, json};

use super::{
    cast::{Part::*, World, scope},
    eve::Begun,
    inspectors::{ITEM, Inspected},
    presence,
};

/// The phone that syncs last, and what it changes; then the office's decisions.
pub async fn play(world: &mut World<'_>, begun: &Begun, inspected: &Inspected) -> Result<()> {
    world.account.chapter("最后一部手机 The phone that syncs last");
    world.office.settled().await?;
    let before = presence::of(world, NearFence).await?;
    world.account.expect_equal(
        "40 m outside, good to 60 m, is unconfirmed and not absent",
        &before.verdict,
        &"unconfirmed".to_owned(),
    );
    world.phone(LastInspector).sync().await?;
    world.office.settled().await?;
    let after = presence::of(world, NearFence).await?;
    let told = format!(
        "{} syncs at last. The day of {}: {} ({}) → {} ({}).",
        world.who(LastInspector),
        world.who(NearFence),
        before.verdict,
        before.because(),
        after.verdict,
        after.because()
    );
    world.account.tell(told);
    let seen = after.verdict == "present" && after.codes.iter().any(|code| code == "seen_at_roll_call");
    world.account.expect(
        "late evidence turns an unconfirmed day into present",
        seen,
        format!("{} → {}: {}", before.verdict, after.verdict, after.because()),
    );

    world.account.chapter("扶贫办裁定 The office decides");
    settle_the_finding(world, begun).await?;
    accept_the_line(world, inspected).await?;
    losing_values_stay(world, begun, inspected).await
}

async fn settle_the_finding(world: &mut World<'_>, begun: &Begun) -> Result<()> {
    let place = scope(Inspector.village(), "inspection");
    let open = world.office.conflicts().await?;
    let about: Vec<String> = open
        .iter()
        .map(|c| format!("{}.{}", c["kind"].as_str().unwrap_or(""), c["field"].as_str().unwrap_or("")))
        .collect();
    world.account.expect_equal(
        "one conflict is open: the finding's severity",
        &about,
        &vec!["finding.severity".to_owned()],
    );
    let mut values: Vec<String> = open
        .iter()
        .flat_map(|c| c["values"].as_array().cloned().unwrap_or_default())
        .map(|v| text(&v["value"]))
        .collect();
    values.sort();
    world.account.expect_equal(
        "both inspectors' values are in it",
        &values,
        &vec!["grave".to_owned(), "serious".to_owned()],
    );

    let name = (place.as_str(), "finding", begun.finding.as_str());
    let reason = "两户台账不符，未造成资金损失，按严重处理";
    let settled = world.office.settle(name, ("severity", json!("serious")), reason).await?;
    let left = world.office.conflicts().await?.len();
    let record = world.office.record(name).await?;
    world.account.tell(format!("问题严重程度: serious against grave; the office settles on serious: “{reason}”."));
    world.account.expect(
        "the office's settlement closes the conflict",
        left == 0 && record["f"]["severity"] == "serious" && record["alt"].is_null(),
        format!("{left} open, severity {}, the settlement stands as {}", record["f"]["severity"], settled["standing"]),
    );
    world.account.expect_equal(
        "the reason stands beside the settled value",
        &text(&record["f"]["_why.severity"]),
        &reason.to_owned(),
    );
    let photos = record["f"]["photos"].as_array().map_or(0, Vec::len);
    world.account.expect_equal("the finding's photos are both in its set", &photos, &2);
    Ok(())
}

async fn accept_the_line(world: &mut World<'_>, inspected: &Inspected) -> Result<()> {
    let quarantined = world.office.standings("quarantined").await?;
    let dots: Vec<String> = quarantined.iter().map(|s| text(&s["dot"])).collect();
    world.account.expect_equal("one line is in quarantine", &dots, &vec![inspected.too_late_dot.clone()]);
    let sentence = quarantined.first().map(|s| text(&s["sentence"])).unwrap_or_default();
    let place = scope(GrantEnded.village(), "inspection");
    let name = (place.as_str(), "finding", inspected.too_late.as_str());
    world.office.decide(&inspected.too_late_dot, "accept", "当天的督查当天写完，采纳").await?;
    let record = world.office.record(name).await?;
    let left = world.office.standings("quarantined").await?.len();
    world.account.tell(format!("The line after noon (“{sentence}”) is accepted: “当天的督查当天写完，采纳”."));
    world.account.expect(
        "the accepted line counts",
        left == 0 && record["f"]["type"] == "highlight",
        format!("{left} in quarantine, {}", record["f"]["title"]),
    );
    Ok(())
}

/// Nobody's value vanishes (P4): where nothing carries weight, one value is shown and the other is kept beside it.
async fn losing_values_stay(world: &mut World<'_>, begun: &Begun, inspected: &Inspected) -> Result<()> {
    let place = scope(Inspector.village(), "inspection");
    let response = world.office.record((&place, "response", &inspected.response)).await?;
    let loser = world.phone(Inspector).person.clone();
    beside(world, "the checklist item", &response, ITEM, ("commutes", "in_village", &loser));
    let both = response["f"]["i.presence_score"] == 9 && response["f"]["i.duty_score"] == 8;
    world.account.expect("two inspectors' other answers meet in one checklist", both, response["f"].to_string());

    let place = scope(WrongClock.village(), "presence");
    let visit = world.office.record((&place, "visit", &begun.round)).await?;
    let loser = world.phone(WrongClock).person.clone();
    let (shown, kept) = ("走访七户，两户屋顶漏水，已拍照。", "走访七户，情况正常。");
    beside(world, "a clock of 2036 does not win: the visit's note", &visit, "note", (shown, kept, &loser));
    Ok(())
}

fn beside(world: &mut World<'_>, what: &str, record: &Value, field: &str, (shown, kept, loser): (&str, &str, &str)) {
    let beside = &record["alt"][field][0];
    let by =
        beside["by"][0].as_u64().and_then(|i| record["by"].get(i as usize)).map(|by| text(&by[1])).unwrap_or_default();
    let why = text(&beside["why"]);
    let held = record["f"][field] == shown && beside["v"] == kept && by == loser && why == "by_time";
    let detail = format!("shown {}, beside it {} by {by}, {why}", record["f"][field], beside["v"]);
    world.account.tell(format!("{field}: {detail}."));
    world.account.expect(&format!("{what}: the later value is shown, the other kept with who and why"), held, detail);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
