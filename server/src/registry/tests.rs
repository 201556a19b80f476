//! From records to rows to lists, on a real database.

use std::collections::BTreeSet;

use sea_orm::EntityTrait;
use sync_protocol::{RecordKey, record::RecordName, rulings};

use super::{demo, lists, projections, store, testing::Written};
use crate::storage::{Db, entities::record, projection::Changed, rows};

async fn demo_in(db: &Db) -> usize {
    let mut written = Written::default();
    written.write(&demo::planned().drafts);
    let records = written.records();
    let fields: Vec<String> = records.iter().map(|(_, merged)| rulings::fields_json(merged)).collect();
    let tx = db.begin().await.unwrap();
    for projection in projections() {
        let changed: Vec<Changed<'_>> = (records.iter().zip(&fields))
            .filter(|(((_, kind, _), _), _)| projection.kinds().contains(&kind.as_str()))
            .map(|(((scope, kind, id), merged), fields)| Changed {
                key: RecordKey::of(scope, kind, id),
                name: RecordName { scope, kind, id },
                merged,
                fields,
                existed: false,
            })
            .collect();
        let refs: Vec<&Changed<'_>> = changed.iter().collect();
        let jobs: BTreeSet<&str> = projection.apply(&tx, &refs).await.unwrap().iter().map(|job| job.kind).collect();
        // A new fence and a new station bear on the verdicts of the days they are of, a fence also on the photos taken there; a district on those of its
        // towns.
        let expected: &[&str] = match projection.kinds() {
            ["fence"] => &["photo_signals", "village_days"],
            ["station"] => &["person_days"],
            ["place"] => &["rule_days"],
            _ => &[],
        };
        assert_eq!(jobs, expected.iter().copied().collect(), "{:?}", projection.kinds());
    }
    let row = |(i, ((scope, kind, id), merged)): (usize, &((String, String, String), _))| record::Model {
        key: RecordKey::of(scope, kind, id).0.to_vec(),
        body: sync_protocol::record::body(RecordName { scope, kind, id }, merged),
        scope: scope.clone(),
        kind: kind.clone(),
        id: id.clone(),
        pos: i as i64 + 1,
        empty: false,
        derived: false,
    };
    rows::insert::<record::Entity>(&tx, records.iter().enumerate().map(row).collect()).await.unwrap();
    tx.commit().await.unwrap();
    records.len()
}

#[tokio::test]
async fn records_become_rows_and_rows_lists_of_what_one_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("z.db").display()), 2).await.unwrap();
    let count = demo_in(&db).await;
    assert_eq!(record::Entity::find().all(&db.read).await.unwrap().len(), count);

    let all = |_: &str| true;
    let places = lists::places(&db, all).await.unwrap();
    assert_eq!(places.iter().filter(|p| p.level.as_deref() == Some("village") && p.inspected).count(), 35);
    assert_eq!(places.iter().filter(|p| p.level.as_deref() == Some("community") && !p.inspected).count(), 4);
    assert_eq!(places.iter().filter(|p| p.poor).count(), 3);
    assert_eq!(places.last().unwrap().towns, ["440811070", "440811071", "440811072", "440811173"]);
    assert_eq!(lists::people(&db, all).await.unwrap().len(), 136);
    assert_eq!(lists::teams(&db, None, all).await.unwrap().len(), 35);

    let village = Some("440811070209");
    assert_eq!(lists::teams(&db, village, all).await.unwrap().len(), 1);
    let before = 1_767_196_800_000 - 1;
    assert_eq!(lists::stations(&db, village, Some(before), all).await.unwrap().len(), 0, "2026-01-01 in Shanghai");
    let stations = lists::stations(&db, village, Some(before + 1), all).await.unwrap();
    assert!((3..=4).contains(&stations.len()));
    assert_eq!(lists::fences(&db, None, Some("2025-12-31"), all).await.unwrap().len(), 0);
    assert_eq!(lists::fences(&db, None, Some("2026-11-23"), all).await.unwrap().len(), 35);

    let naozhou = |scope: &str| scope.starts_with("440811173");
    assert_eq!(lists::fences(&db, None, None, naozhou).await.unwrap().len(), 5);
    assert_eq!(lists::places(&db, naozhou).await.unwrap().len(), 9);
    assert_eq!(lists::people(&db, naozhou).await.unwrap().len(), 0);

    let known = store::known(&db.read, &["place", "fence"]).await.unwrap();
    assert_eq!(known.count("fence"), 35);
    assert_eq!(known.count("person"), 0, "not asked for");
}

#[test]
fn the_doors_are_documented() {
    let (_, api) = super::routes::routes().split_for_parts();
    let paths: Vec<&String> = api.paths.paths.keys().collect();
    assert_eq!(
        paths,
        [
            "/v1/attendance/paper",
            "/v1/fences",
            "/v1/handovers",
            "/v1/imports/{kind}",
            "/v1/imports/{kind}/template",
            "/v1/mergers",
            "/v1/people",
            "/v1/places",
            "/v1/registry/search",
            "/v1/stations",
            "/v1/teams"
        ]
    );

    let mut command = <super::cli::ImportArgs as clap::Args>::augment_args(clap::Command::new("import"));
    command.build();
    let help = command.render_long_help().to_string();
    for word in ["places", "村代码", "gcj02", "key@version", "--district-name"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(command.try_get_matches_from(["import", "towns", "x.csv", "--district", "zjedz"]).is_err());
}
