//! Sealed months: what came later is noticed and changes nothing of them; and days that newer code judges otherwise.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use zhucun_presence::{decide::decide, month::Month, rule::ENGINE, seal::Sealed};

use super::world::{DAY, HOME, INSPECTOR, MEMBER, MIDDLE, VILLAGE, World, Written, called, fix_at, noon, written};
use crate::{
    attendance::{
        asker::Asker,
        store::{
            days,
            sheets::{self, Asked},
        },
        subject,
    },
    storage::entities::record,
};

const OWN: &str = "zjedz.p.m-1/own";

/// The office signs the member's month off, as it is derived now.
async fn sealed(world: &World, act: &str, at: i64) -> Written {
    let month = Month::of(noon_date());
    let wanted: BTreeSet<_> = month.days().into_iter().map(|day| (MEMBER.to_owned(), day)).collect();
    let inputs = days::load(&world.db.read, &world.court, &wanted).await.unwrap().inputs;
    let decided: Vec<_> = inputs.iter().map(|day| (day, decide(day))).collect();
    let body = Sealed::of(&decided.iter().map(|(day, verdict)| (*day, verdict)).collect::<Vec<_>>());
    let fields = json!({
        "person": MEMBER, "village": VILLAGE, "month": month.to_string(), "act": act, "at": at, "body": body,
    });
    written(OWN, "seal", &format!("{month}.{VILLAGE}.{act}"), INSPECTOR, fields)
}

fn noon_date() -> jiff::civil::Date {
    DAY.parse().unwrap()
}

fn differs(day: &str) -> (String, String) {
    (day.to_owned(), "seal_differs".to_owned())
}

async fn month_told(world: &World) -> Value {
    let query = record::Entity::find().filter(record::Column::Kind.eq("month"));
    let row = query.one(&world.db.read).await.unwrap().expect("the month is told");
    assert_eq!((row.scope.as_str(), row.id.as_str()), (OWN, "m-1.2026-03"));
    serde_json::from_str::<Value>(&row.body).unwrap()["f"].clone()
}

#[tokio::test]
async fn what_comes_after_a_seal_is_noticed_until_it_goes_or_the_month_is_sealed_again() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    let first = sealed(&world, "a1", 1_000).await;
    world.arrive(&[first]).await;
    assert!(world.waiting().await.is_empty(), "nothing differs from what was just sealed");
    assert_eq!(month_told(&world).await["sealed"], 1_000);

    let late = fix_at(MEMBER, 2, HOME, json!({})).at(noon("2026-03-05"));
    world.arrive(&[late]).await;
    assert_eq!(world.verdict_name("2026-03-05").await, "absent", "late evidence is derived as ever");
    assert_eq!(world.waiting().await, [differs("2026-03-05")]);
    // What it is about goes: so does the notice.
    world.arrive(&[fix_at(MEMBER, 2, HOME, json!({})).at(noon("2026-03-05")).again(json!({}))]).await;
    assert!(world.waiting().await.is_empty());

    // A roll call against the position on a sealed day: the day waits for a person, and differs.
    world.arrive(&[called(1, "absent")]).await;
    let contradiction = (DAY.to_owned(), "contradiction".to_owned());
    assert_eq!(world.waiting().await, [contradiction.clone(), differs(DAY)]);
    // The office's word on a sealed day is derived like all else, and noticed until the month is sealed again.
    let review = json!({"person": MEMBER, "day": DAY, "verdict": "away_counted", "reason": "开会"});
    world.arrive(&[written(OWN, "review", "r-1", INSPECTOR, review)]).await;
    assert_eq!(world.waiting().await, [differs(DAY)]);
    let again = sealed(&world, "b2", 2_000).await;
    world.arrive(&[again]).await;
    assert!(world.waiting().await.is_empty());
    assert_eq!(
        (month_told(&world).await["sealed"].clone(), month_told(&world).await["away_counted"].clone()),
        (json!(2_000), json!(1))
    );
}

#[tokio::test]
async fn a_seal_quotes_nobody_and_a_sheet_does_as_long_as_the_words_stand() {
    let world = World::with_member().await;
    let words = "本人来电说家中有事";
    let fields = json!({"person": MEMBER, "day": DAY, "verdict": "away_counted", "reason": words});
    let review = || written(OWN, "review", "r-1", INSPECTOR, fields.clone());
    world.arrive(&[review()]).await;
    let seal = sealed(&world, "a1", 1_000).await;
    assert!(!seal.fields.to_string().contains(words), "{}", seal.fields);
    let body: Sealed = serde_json::from_value(seal.fields["body"].clone()).unwrap();
    let digest = body.digest();
    world.arrive(&[seal]).await;
    let month = Month::of(noon_date());
    let told = async || {
        let asker = Asker::new("zjedz.p.o-01", |_| true);
        let (place, today) = (Some(VILLAGE.to_owned()), month.last());
        let asked = Asked { month, place, person: None, team: None, today };
        let sheet = sheets::read(&world.db.read, &world.court, &asker, &asked).await.unwrap();
        let [line] = &sheet.lines[..] else { panic!("one line") };
        assert!(line.sealed && line.days.iter().all(|day| day.now.is_none()));
        line.days.iter().find(|day| day.date == noon_date()).unwrap().zh.clone()
    };
    assert_eq!(told().await, format!("办公室认定：{words}"));
    // Late evidence is none of its business; what takes the words away is that they are gone, as by an erasure.
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    assert_eq!(told().await, format!("办公室认定：{words}"));
    let mut other = fields.clone();
    other["reason"] = "更正：参加培训".into();
    world.arrive(&[review().again(other)]).await;
    assert_eq!(told().await, "办公室认定：……", "other words are not those that were sealed");
    let kept = crate::storage::entities::seal::Entity::find().one(&world.db.read).await.unwrap().unwrap();
    assert_eq!(kept.digest, digest, "the seal is what it was");
}

#[tokio::test]
async fn a_rebuild_ends_with_the_same_seals_and_notices() {
    let world = World::with_member().await;
    let evidence =
        || vec![fix_at(MEMBER, 1, MIDDLE, json!({})), fix_at(MEMBER, 2, HOME, json!({})).at(noon("2026-03-05"))];
    world.arrive(&evidence()).await;
    let seal = sealed(&world, "a1", 1_000).await;
    world.arrive(&[seal]).await;
    let gone = fix_at(MEMBER, 2, HOME, json!({})).at(noon("2026-03-05"));
    world.arrive(&[gone.again(json!({})), called(1, "absent")]).await;
    let (before, month) = (world.waiting().await, month_told(&world).await);
    assert_eq!(before.iter().filter(|(_, code)| code == "seal_differs").count(), 2);

    let seal = sealed_before(&world).await;
    world.clear().await;
    assert!(world.waiting().await.is_empty());
    world.arrive(&[seal, called(1, "absent"), fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    assert_eq!((world.waiting().await, month_told(&world).await), (before, month));
}

/// The seal that the database has, as a record that comes again.
async fn sealed_before(world: &World) -> Written {
    let row = crate::storage::entities::seal::Entity::find().one(&world.db.read).await.unwrap().expect("a seal");
    let body: Value = serde_json::from_str(&row.body).unwrap();
    let fields = json!({
        "person": row.person, "village": row.village, "month": row.month, "act": row.act, "at": row.at_ms, "body": body,
    });
    written(OWN, "seal", &row.id, INSPECTOR, fields)
}

#[tokio::test]
async fn newer_code_gives_a_notice_until_a_person_took_note() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    let older = "UPDATE presence SET engine = 1, verdict = 'absent'";
    let tx = world.db.begin().await.unwrap();
    tx.execute_unprepared(older).await.unwrap();
    tx.commit().await.unwrap();
    let derive = async || {
        world.enqueue(vec![subject::member_day(MEMBER, DAY)]).await;
        world.settle().await;
    };
    derive().await;
    let changed = (DAY.to_owned(), "engine_changed".to_owned());
    assert_eq!(world.verdict_name(DAY).await, "present");
    assert_eq!(world.waiting().await, std::slice::from_ref(&changed));
    let history = world.history().await;
    assert_eq!((history[0].verdict.as_str(), history[0].engine), ("absent", 1));
    assert_eq!(history[0].changed, json!([{"evidence": "", "how": "engine"}]).to_string());
    derive().await;
    world.clear().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    assert_eq!(world.waiting().await, [changed], "also after a rebuild");

    let noted = json!({"person": MEMBER, "day": DAY, "engine": ENGINE, "reason": "已阅"});
    world.arrive(&[written(OWN, "acknowledgement", "n-1", INSPECTOR, noted)]).await;
    assert!(world.waiting().await.is_empty());
}
