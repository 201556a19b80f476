//! What is shown, and to whom.

use sea_orm::EntityTrait;
use serde_json::json;
use zhucun_presence::day::parse;

use super::world::{DAY, MEMBER, MIDDLE, VILLAGE, World, called, fix_at};
use crate::{
    attendance::{
        asker::Asker,
        store::read::{self, Wanted},
    },
    storage::{entities::record, rows},
};

fn office() -> Asker {
    Asker::new("zjedz.p.o-1", |_| true)
}

fn wanted(place: Option<&str>, person: Option<&str>) -> Wanted {
    let day = |s| parse(s).unwrap();
    Wanted {
        place: place.map(str::to_owned),
        person: person.map(str::to_owned),
        from: day("2026-03-01"),
        to: day("2026-03-31"),
        today: day("2026-03-03"),
    }
}

#[tokio::test]
async fn a_list_has_every_day_of_stationed_members_up_to_today() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({}))]).await;
    for place in [VILLAGE, "440811070", "4408", "zjedz"] {
        let rows = read::list(&world.db.read, &world.court, &office(), &wanted(Some(place), None)).await.unwrap();
        let told: Vec<&str> = rows.iter().map(|r| r.verdict.as_str()).collect();
        assert_eq!(told, ["unconfirmed", "present", "unconfirmed"], "{place}");
    }
    let none = read::list(&world.db.read, &world.court, &office(), &wanted(Some("440811071"), None)).await.unwrap();
    assert!(none.is_empty());
    let who = wanted(None, Some("zjedz.p.i-1"));
    let rows = read::list(&world.db.read, &world.court, &office(), &who).await.unwrap();
    assert!(rows.len() == 3 && rows.iter().all(|r| r.verdict == "not_required"));
}

#[tokio::test]
async fn verdicts_are_the_persons_own() {
    let world = World::with_member().await;
    world.arrive(&[fix_at(MEMBER, 1, MIDDLE, json!({})), called(1, "seen")]).await;
    let seen_by = async |asker: Asker| {
        read::list(&world.db.read, &world.court, &asker, &wanted(Some(VILLAGE), None)).await.unwrap().len()
    };
    assert_eq!(seen_by(Asker::new(MEMBER, |_| false)).await, 3);
    assert_eq!(seen_by(Asker::new("zjedz.p.m-2", |scope| scope.ends_with("/presence"))).await, 0);
    assert_eq!(seen_by(Asker::new("zjedz.p.l-1", |scope| !scope.ends_with("/own"))).await, 3);
}

#[tokio::test]
async fn a_days_file_has_the_evidence_that_the_asker_may_read() {
    let world = World::with_member().await;
    let (fix, call) = (fix_at(MEMBER, 1, MIDDLE, json!({})), called(1, "seen"));
    let records = [&fix, &call].map(|w| record::Model {
        key: w.key().0.to_vec(),
        scope: w.scope.clone(),
        kind: w.kind.into(),
        id: w.id.clone(),
        pos: 1,
        body: "{}".into(),
        empty: false,
        derived: false,
    });
    let tx = world.db.begin().await.unwrap();
    rows::insert::<record::Entity>(&tx, records.to_vec()).await.unwrap();
    tx.commit().await.unwrap();
    world.arrive(&[fix, call]).await;

    let at = || (MEMBER.to_owned(), parse(DAY).unwrap());
    let file = read::file(&world.db.read, &world.court, &office(), at()).await.unwrap().unwrap();
    assert_eq!((file.pieces.len(), file.hidden, file.pending), (2, 0, false));
    assert_eq!(file.pieces[0].fix.as_ref().unwrap().place.as_deref(), Some("inside"));

    let member = Asker::new(MEMBER, |scope| scope.ends_with("/presence"));
    let file = read::file(&world.db.read, &world.court, &member, at()).await.unwrap().unwrap();
    assert_eq!((file.pieces.len(), file.hidden), (1, 1));

    let stranger = Asker::new("zjedz.p.m-2", |_| false);
    assert!(read::file(&world.db.read, &world.court, &stranger, at()).await.unwrap().is_none());
    let day = parse(DAY).unwrap();
    assert!(read::fixes(&world.db.read, &world.court, &stranger, MEMBER, day).await.unwrap().is_empty());
    assert_eq!(read::fixes(&world.db.read, &world.court, &member, MEMBER, day).await.unwrap().len(), 1);

    // New evidence that is not derived yet shows.
    world.project(&[fix_at(MEMBER, 2, MIDDLE, json!({}))]).await;
    let file = read::file(&world.db.read, &world.court, &office(), at()).await.unwrap().unwrap();
    assert!(file.pending);
    // Looking writes nothing: there are the two records, and the verdict and the month that were derived of them before.
    let all = record::Entity::find().all(&world.db.read).await.unwrap();
    assert_eq!((all.len(), all.iter().filter(|r| r.derived).count()), (4, 2));
}
