//! Members who move as one: found in a month's positions, told until somebody took note, and found again.

use serde_json::{Value, json};
use sync_protocol::time::{Anchor, Corrected};
use zhucun_presence::{
    day::{HOUR_MS, parse},
    together::Group,
};

use super::world::{INSPECTOR, MEMBER, MIDDLE, World, Written, court, fix_at, written};
use crate::storage::entities::matter;
use sea_orm::EntityTrait;

const OTHER: &str = "zjedz.p.m-2";

/// On that day of March each has a position, so many seconds after nine, and one of a minute later that the phone took by itself.
fn on(day: i8, who: &[(&'static str, i64)]) -> Vec<Written> {
    let start_ms = court().calendar.bounds(parse(&format!("2026-03-{day:02}")).unwrap()).start_ms;
    let at =
        |late_s: i64| Corrected::At(Anchor { at_ms: start_ms + 9 * HOUR_MS + late_s * 1_000, uncertainty_ms: 5_000 });
    let taken = |(nth, (person, late_s)): (usize, &(&'static str, i64))| {
        let [lat, lon] = MIDDLE;
        let n = usize::from(day.unsigned_abs()) * 10;
        let place = [lat + nth as f64 * 3e-5, lon];
        [
            fix_at(person, n, place, json!({})).at(at(*late_s)),
            fix_at(person, n + 1, place, json!({})).at(at(late_s + 60)),
        ]
    };
    who.iter().enumerate().flat_map(taken).collect()
}

async fn found(world: &World) -> Vec<(String, Group)> {
    let rows = matter::Entity::find().all(&world.db.read).await.unwrap();
    let mut rows: Vec<matter::Model> = rows.into_iter().filter(|row| row.code == "as_one").collect();
    rows.sort_by_key(|row| (row.day.clone(), row.since_ms));
    rows.into_iter()
        .map(|row| {
            assert_eq!((row.person.as_str(), row.detail.as_str()), (MEMBER, OTHER));
            (row.day, serde_json::from_str(&row.found.unwrap()).unwrap())
        })
        .collect()
}

fn counts((day, group): &(String, Group)) -> (&str, usize, usize, usize) {
    (day, group.days, group.times, group.apart_days)
}

#[tokio::test]
async fn what_always_coincides_is_told_until_somebody_took_note_and_changes_no_verdict() {
    let world = World::with_member().await;
    world.stationed(8, OTHER).await;
    for day in 2..=5 {
        world.arrive(&on(day, &[(MEMBER, 0), (OTHER, 40)])).await;
    }
    assert!(found(&world).await.is_empty(), "four days are chance");
    world.arrive(&on(6, &[(MEMBER, 0), (OTHER, 40)])).await;
    let first = found(&world).await;
    assert_eq!(first.iter().map(counts).collect::<Vec<_>>(), [("2026-03-02", 5, 5, 0)]);
    for day in 2..=6 {
        assert_eq!(world.verdict_name(&format!("2026-03-{day:02}")).await, "present");
    }
    let (_, before) = world.state().await;

    // The office takes note: nothing waits, until it is found on as many days again.
    let noted =
        json!({"person": MEMBER, "day": "2026-03-02", "as_one": first[0].1.to_note(), "reason": "二人同住同行"});
    world.arrive(&[written(&format!("{MEMBER}/own"), "acknowledgement", "n-1", INSPECTOR, noted)]).await;
    assert!(found(&world).await.is_empty());
    assert_eq!(world.state().await.1, before, "no verdict changed");
    for day in 7..=10 {
        world.arrive(&on(day, &[(MEMBER, 0), (OTHER, 40)])).await;
    }
    assert!(found(&world).await.is_empty());
    world.arrive(&on(11, &[(MEMBER, 0), (OTHER, 40)])).await;
    assert_eq!(found(&world).await.iter().map(counts).collect::<Vec<_>>(), [("2026-03-02", 10, 10, 0)]);

    // One goes another way on two days: they no longer always do.
    world.arrive(&on(12, &[(OTHER, 0)])).await;
    assert_eq!(found(&world).await.len(), 1, "once in eleven days");
    world.arrive(&on(13, &[(MEMBER, 0)])).await;
    assert!(found(&world).await.is_empty());
}

#[tokio::test]
async fn who_lives_and_walks_together_minutes_apart_is_nobodys_business_and_a_rule_may_not_look() {
    let world = World::with_member().await;
    world.stationed(8, OTHER).await;
    for day in 2..=9 {
        world.arrive(&on(day, &[(MEMBER, 0), (OTHER, 400)])).await;
    }
    assert!(found(&world).await.is_empty());
    let one_bag: Vec<Written> = (10..=31).flat_map(|day| on(day, &[(MEMBER, 0), (OTHER, 10)])).collect();
    world.arrive(&one_bag).await;
    assert!(found(&world).await.is_empty(), "eight of thirty days are apart");
    world.rule(json!({"together": {"apart_percent": 20, "seconds": 300}})).await;
    assert!(found(&world).await.is_empty(), "nor within five minutes");
    let erased: Vec<Written> = (2..=9)
        .flat_map(|day| on(day, &[(MEMBER, 0), (OTHER, 400)]))
        .map(|written| written.again(Value::Object(Default::default())))
        .collect();
    world.arrive(&erased).await;
    assert_eq!(found(&world).await.iter().map(counts).collect::<Vec<_>>(), [("2026-03-10", 22, 22, 0)]);
    world.rule(json!({"together": {"days": 0}})).await;
    assert!(found(&world).await.is_empty());
}
