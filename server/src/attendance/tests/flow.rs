//! Days as they arrive in a database.

use serde_json::json;
use sync_protocol::time::{Anchor, Corrected};
use zhucun_presence::day::{HOUR_MS, parse};

use super::world::{DAY, HOME, INSPECTOR, MEMBER, MIDDLE, VILLAGE, World, called, court, fix_at, noon, written};
use crate::attendance::store::days::MOST_ALIKE;

#[tokio::test]
async fn evidence_becomes_a_verdict_and_late_evidence_changes_it_and_says_why() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, [21.0, 110.409_4], json!({"accuracy_m": 60}))]).await;
    let first = world.verdict(DAY).await.unwrap();
    assert_eq!((first.verdict.as_str(), first.village.as_deref()), ("unconfirmed", Some(VILLAGE)));
    assert!(first.reasons.contains("uncertain_fix"));

    let late = fix_at(MEMBER, 2, MIDDLE, json!({}));
    let evidence = format!("fix:{}", hex::encode(late.key().0));
    world.arrive(&[late]).await;
    assert_eq!(world.verdict_name(DAY).await, "present");
    let history = world.history().await;
    assert_eq!((history.len(), history[0].n, history[0].verdict.as_str()), (1, 1, "unconfirmed"));
    assert_eq!(history[0].changed, json!([{"evidence": evidence, "how": "came"}]).to_string());
    assert_eq!(history[0].inputs, first.inputs);
}

#[tokio::test]
async fn every_fix_gets_a_verdict_but_only_stationed_members_a_day() {
    let world = World::with_member().await;
    world
        .arrive(&[
            fix_at(INSPECTOR, 1, MIDDLE, json!({})),
            fix_at(INSPECTOR, 2, HOME, json!({"mock": true})),
            fix_at(INSPECTOR, 3, MIDDLE, json!({"village": "440811070999"})),
        ])
        .await;
    let mut told: Vec<String> = world
        .fixes()
        .await
        .iter()
        .map(|f| format!("{} {}", f.place.as_deref().unwrap(), f.reasons.as_deref().unwrap()))
        .collect();
    told.sort();
    assert_eq!(told, ["inside ", "outside mocked", "uncertain no_fence"]);
    let (_, verdicts) = world.state().await;
    assert!(verdicts.is_empty());
}

#[tokio::test]
async fn a_day_whose_inputs_are_the_same_is_not_written_again() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    let before = world.verdict(DAY).await;
    world.enqueue(vec![crate::attendance::subject::member_day(MEMBER, DAY)]).await;
    world.settle().await;
    assert_eq!(world.verdict(DAY).await, before);
    assert!(world.history().await.is_empty());
}

#[tokio::test]
async fn leave_and_duty_reach_all_their_days() {
    let world = World::with_member().await;
    let own = format!("{MEMBER}/own");
    let leave = json!({"person": MEMBER, "kind": "sick", "from": "2026-03-02", "to": "2026-03-04"});
    world.arrive(&[written(&own, "leave", "l-1", MEMBER, leave.clone())]).await;
    assert_eq!(world.verdict_name("2026-03-04").await, "unconfirmed");
    let mut approved = leave.clone();
    approved["approval"] = "approved".into();
    world.arrive(&[written(&own, "leave", "l-1", MEMBER, leave.clone()).again(approved.clone())]).await;
    assert_eq!(world.verdict_name("2026-03-04").await, "unconfirmed", "nobody approves of their own");
    world.arrive(&[written(&own, "leave", "l-1", MEMBER, leave.clone()).again(approved.clone()).decided()]).await;
    for day in ["2026-03-02", "2026-03-03", "2026-03-04"] {
        assert_eq!(world.verdict_name(day).await, "on_leave", "{day}");
    }
    // Shortened: the last day falls back to nothing, and what it was stays readable.
    approved["to"] = "2026-03-03".into();
    world.arrive(&[written(&own, "leave", "l-1", MEMBER, leave).again(approved).decided()]).await;
    assert_eq!(world.verdict_name("2026-03-04").await, "none");
    assert_eq!(world.history().await.last().unwrap().verdict, "on_leave");
    // Nobody excuses somebody else.
    let forged = json!({"person": MEMBER, "from": "2026-03-05", "to": "2026-03-05", "approval": "approved"});
    world.arrive(&[written(&format!("{INSPECTOR}/own"), "leave", "l-2", INSPECTOR, forged)]).await;
    assert_eq!(world.verdict_name("2026-03-05").await, "none");
}

#[tokio::test]
async fn leave_that_began_before_the_posting_waits_once_from_its_first_day_there() {
    let world = World::with_member().await;
    let own = format!("{MEMBER}/own");
    let leave = json!({"person": MEMBER, "kind": "sick", "from": "2025-12-30", "to": "2026-01-03"});
    world.arrive(&[written(&own, "leave", "l-1", MEMBER, leave.clone())]).await;
    assert_eq!(world.waiting().await, [("2026-01-01".to_owned(), "leave".to_owned())]);
    let mut approved = leave.clone();
    approved["approval"] = "approved".into();
    world.arrive(&[written(&own, "leave", "l-1", MEMBER, leave).again(approved).decided()]).await;
    assert!(world.waiting().await.is_empty());
    assert_eq!(world.verdict_name("2026-01-01").await, "on_leave");
}

#[tokio::test]
async fn duty_away_counts_once_it_is_known_to_have_been_reported_beforehand() {
    let world = World::with_member().await;
    let own = format!("{MEMBER}/own");
    let from = court().calendar.bounds(parse("2026-03-10").unwrap()).start_ms + 9 * HOUR_MS;
    let duty = written(
        &own,
        "duty_away",
        "d-1",
        MEMBER,
        json!({"person": MEMBER, "kind": "meeting", "from": from, "to": from + HOUR_MS}),
    );
    let dot = duty.dot().to_string();
    world.arrive(&[duty]).await;
    assert_eq!(world.verdict_name("2026-03-10").await, "unconfirmed");
    world.arrive(&[written(&own, "received", &dot, INSPECTOR, json!({"at": from - 1}))]).await;
    assert_eq!(world.verdict_name("2026-03-10").await, "away_counted");
    world.arrive(&[written(&own, "received", &dot, INSPECTOR, json!({})).again(json!({"at": from}))]).await;
    assert_eq!(world.verdict_name("2026-03-10").await, "unconfirmed");
}

#[tokio::test]
async fn a_roll_call_against_a_position_and_the_offices_word_over_both() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({})), called(1, "absent")]).await;
    assert!(world.verdict(DAY).await.unwrap().reasons.contains("contradiction"));
    let review = json!({"person": MEMBER, "day": DAY, "verdict": "present", "reason": "查岗时在田间"});
    world.arrive(&[written(&format!("{MEMBER}/own"), "review", "r-1", INSPECTOR, review)]).await;
    assert_eq!(world.verdict_name(DAY).await, "present");
    assert_eq!(world.history().await.len(), 1);
}

#[tokio::test]
async fn a_fence_that_moves_derives_the_days_it_touches_again_and_no_others() {
    let world = World::with_member().await;
    let edge = [21.0, 110.415];
    world
        .arrive(&[fix_at(MEMBER, 1, edge, json!({})), fix_at(MEMBER, 2, edge, json!({})).at(noon("2026-02-20"))])
        .await;
    assert_eq!(
        (world.verdict_name(DAY).await, world.verdict_name("2026-02-20").await),
        ("absent".into(), "absent".into())
    );
    world.fence(2, "2026-03-01", 0.03).await;
    world.settle().await;
    assert_eq!(
        (world.verdict_name(DAY).await, world.verdict_name("2026-02-20").await),
        ("present".into(), "absent".into())
    );
    let history = world.history().await;
    assert_eq!((history.len(), history[0].changed.contains("changed")), (1, true));
    assert!(world.fixes().await.iter().all(|f| f.place.is_some()));
}

#[tokio::test]
async fn a_fix_whose_day_is_not_known_leaves_each_day_it_may_be_of_unconfirmed() {
    let world = World::with_member().await;
    let start = court().calendar.bounds(parse(DAY).unwrap()).start_ms;
    let span = Corrected::Within(Some(start - 5 * HOUR_MS), Some(start + 5 * HOUR_MS));
    let unsure = fix_at(MEMBER, 1, MIDDLE, json!({})).at(span);
    world.arrive(&[unsure]).await;
    for day in ["2026-03-01", DAY] {
        let verdict = world.verdict(day).await.unwrap();
        assert!(verdict.verdict == "unconfirmed" && verdict.reasons.contains("day_unsure"), "{day}");
    }
    // A later line anchors it.
    let fields = json!({"lat": MIDDLE[0], "lon": MIDDLE[1], "accuracy_m": 20, "datum": "wgs84"});
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({})).again(fields)]).await;
    assert_eq!(
        (world.verdict_name("2026-03-01").await, world.verdict_name(DAY).await),
        ("none".into(), "present".into())
    );
    // Nothing is known of the time of this one: it belongs to no day, and says so.
    world.arrive(&[fix_at(MEMBER, 2, MIDDLE, json!({})).at(Corrected::UNKNOWN)]).await;
    let fix = world.fixes().await.into_iter().find(|f| f.lo_ms.is_none()).unwrap();
    assert_eq!(fix.reasons.as_deref(), Some("time_unknown"));
}

/// Whatever the order, and again after everything was cleared: the same verdicts.
#[tokio::test]
async fn arrival_order_does_not_matter_and_a_rebuild_is_identical() {
    let records = || {
        let own = format!("{MEMBER}/own");
        let mut all = vec![
            called(1, "absent"),
            called(2, "seen").at(noon("2026-03-03")),
            written(
                &own,
                "leave",
                "l-1",
                MEMBER,
                json!({"from": "2026-03-05", "to": "2026-03-08", "approval": "approved"}),
            )
            .decided(),
            written(
                &format!("{VILLAGE}/presence"),
                "work_log",
                "w-1",
                MEMBER,
                json!({"person": MEMBER, "day": "2026-03-04"}),
            ),
            written(
                &format!("{VILLAGE}/presence"),
                "visit",
                "v-1",
                MEMBER,
                json!({"person": MEMBER, "place": VILLAGE}),
            ),
        ];
        let days = ["2026-03-02", "2026-03-03", "2026-03-06"];
        all.extend(
            (0..9).map(|n| fix_at(MEMBER, n, if n % 2 == 0 { MIDDLE } else { HOME }, json!({})).at(noon(days[n % 3]))),
        );
        all
    };
    let together = World::with_member().await;
    together.arrive(&records()).await;
    let one_by_one = World::with_member().await;
    for record in records().into_iter().rev() {
        one_by_one.arrive(&[record]).await;
    }
    let expected = together.state().await;
    assert_eq!(expected.1.len(), 7);
    assert_eq!(one_by_one.state().await, expected);
    one_by_one.clear().await;
    one_by_one.arrive(&records()).await;
    assert_eq!(one_by_one.state().await, expected);
}

#[tokio::test]
async fn a_deleted_fix_takes_its_verdict_with_it() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({})).again(json!({}))]).await;
    assert_eq!(world.verdict_name(DAY).await, "none");
    assert!(world.history().await[0].changed.contains("went"));
}

#[tokio::test]
async fn a_phone_that_measures_all_day_makes_no_endless_list() {
    let world = World::with_member().await;
    let many =
        |place, from: usize| (from..from + 200).map(move |n| fix_at(MEMBER, n, place, json!({}))).collect::<Vec<_>>();
    world.arrive(&many(HOME, 0)).await;
    world.arrive(&many(MIDDLE, 200)).await;
    let verdict = world.verdict(DAY).await.unwrap();
    assert_eq!(verdict.verdict, "present");
    assert_eq!(serde_json::from_str::<Vec<String>>(&verdict.used).unwrap().len(), MOST_ALIKE);
    assert!(world.fixes().await.iter().all(|f| f.place.is_some()));
    // One more of the same, later in the day, changes nothing and writes nothing.
    let noon = court().calendar.bounds(parse(DAY).unwrap()).start_ms + 12 * HOUR_MS;
    let later = Corrected::At(Anchor { at_ms: noon + HOUR_MS, uncertainty_ms: 5_000 });
    world.arrive(&[fix_at(MEMBER, 999, MIDDLE, json!({})).at(later)]).await;
    assert_eq!(world.verdict(DAY).await.unwrap(), verdict);
}

#[tokio::test]
async fn a_night_reaches_into_the_morning_after() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    assert_eq!(world.verdict_name(DAY).await, "present");
    world.rule(json!({"day": {"night": {"from": "20:00", "to": "07:00"}}})).await;
    assert_eq!(world.verdict_name(DAY).await, "unconfirmed");
    assert_eq!(world.waiting().await, [(DAY.to_owned(), "unconfirmed".to_owned())]);

    let next = court().calendar.bounds(parse("2026-03-03").unwrap()).start_ms;
    let at = |hour: i64| Corrected::At(Anchor { at_ms: next + hour * HOUR_MS, uncertainty_ms: 5_000 });
    world.arrive(&[fix_at(MEMBER, 2, MIDDLE, json!({})).at(at(5))]).await;
    assert_eq!(world.verdict_name(DAY).await, "present");
    assert_eq!(world.verdict_name("2026-03-03").await, "unconfirmed", "its own night is still to come");
    assert_eq!(world.waiting().await, [("2026-03-03".to_owned(), "unconfirmed".to_owned())]);

    // Who left at six was there that night, and what is outside then is of the new day alone.
    let left = fix_at(MEMBER, 3, HOME, json!({})).at(at(6));
    let evidence = format!("fix:{}", hex::encode(left.key().0));
    world.arrive(&[left]).await;
    assert!(!world.verdict(DAY).await.unwrap().set_aside.contains(&evidence));
    assert!(world.verdict("2026-03-03").await.unwrap().set_aside.contains(&evidence));
}
