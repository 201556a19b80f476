use mobile_schema::Place;
use sea_orm::{QueryTrait as _, Statement};
use sync_protocol::RecordKey;

use super::*;
use crate::{
    app::{self, App},
    auth::{principal::Districts, scopes::at_and_below},
    config::Config,
    storage::{entities::record, rows},
};

const TOWN: &str = "440811070";

/// Findings whose severity and title several people wrote: the first is in open conflict, the second is not.
async fn desk(count: usize) -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let app = app::start(Config::in_folder(folder.path())).await.unwrap().app;
    let (mut records, mut conflicts, mut standings) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..count {
        let (scope, id) = (format!("{TOWN}20{}/inspection", i % 3), format!("f{i:05}"));
        let key = RecordKey::of(&scope, "finding", &id).0.to_vec();
        records.push(record::Model {
            key: key.clone(),
            scope: scope.clone(),
            kind: "finding".to_owned(),
            id: id.clone(),
            pos: i as i64 + 1,
            body: body(&scope, &id, i),
            empty: false,
            derived: false,
        });
        let field = "severity".to_owned();
        let (kind, record) = ("finding".to_owned(), key.clone());
        conflicts.push(conflict::Model { record, field, scope: scope.clone(), kind, id: id.clone() });
        let code = Code::OpenConflict.name().to_owned();
        let (install, hash, detail, kind) = (vec![1; 16], vec![1; 8], String::new(), "finding".to_owned());
        let (seq, record) = (i as i64 + 1, Some(key));
        standings.push(standing::Model { install, seq, hash, record, code, detail, scope, kind, id });
    }
    let tx = app.db.begin().await.unwrap();
    rows::insert::<record::Entity>(&tx, records).await.unwrap();
    rows::insert::<conflict::Entity>(&tx, conflicts).await.unwrap();
    rows::insert::<standing::Entity>(&tx, standings).await.unwrap();
    tx.commit().await.unwrap();
    (app, folder)
}

/// The later in the list, the earlier written.
fn body(scope: &str, id: &str, i: usize) -> String {
    let (a, b) =
        ("11111111111111111111111111111111:1:1111111111111111", "22222222222222222222222222222222:1:2222222222222222");
    let at = 1_000_000 - i;
    format!(
        r#"{{"alt":{{"severity":[{{"by":[1],"v":"grave","why":"by_time"}}],"title":[{{"by":[1],"v":"b","why":"by_time"}}]}},"by":[["{a}","zjedz.p.a","other",{at}],["{b}","zjedz.p.b","other",7]],"f":{{"severity":"minor","title":"a"}},"id":"{id}","k":"finding","open":["severity"],"s":"{scope}"}}"#
    )
}

fn sought(filter: &ConflictFilter) -> Sought<'_> {
    Sought { readable: at_and_below(&Place::parse(TOWN).unwrap(), &Districts::new()), below: None, filter }
}

async fn all(app: &App, filter: &ConflictFilter, sort: Sort, limit: usize) -> Vec<(String, String)> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (some, next) = page(&app.db.read, &sought(filter), sort, after, limit).await.unwrap();
        assert!(some.len() <= limit);
        found.extend(some.into_iter().map(|one| (one.name.2, one.field)));
        after = next;
        if after.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn pages_of_any_length_are_the_same_list_in_every_order() {
    let (app, _folder) = desk(450).await;
    for state in [Beside::Open, Beside::Outranked] {
        let filter = ConflictFilter { state, ..ConflictFilter::default() };
        for sort in [Sort::Place, Sort::Age, Sort::Weight] {
            let whole = all(&app, &filter, sort, 10_000).await;
            assert_eq!(whole.len(), 450, "{state:?} {sort:?}");
            let field = if state == Beside::Open { "severity" } else { "title" };
            assert!(whole.iter().all(|one| one.1 == field));
            for limit in [97, 200, 450] {
                assert_eq!(all(&app, &filter, sort, limit).await, whole, "{state:?} {sort:?} {limit}");
            }
            if sort == Sort::Age {
                assert_eq!((whole[0].0.as_str(), whole[449].0.as_str()), ("f00449", "f00000"), "the oldest first");
            }
        }
    }
    let recent = ConflictFilter { from: Some(1_000_000 - 10), ..ConflictFilter::default() };
    assert_eq!(all(&app, &recent, Sort::Place, 3).await.len(), 11);
    let elsewhere = ConflictFilter { kind: Some("visit".to_owned()), ..ConflictFilter::default() };
    assert!(all(&app, &elsewhere, Sort::Place, 3).await.is_empty());
}

async fn plan(app: &App, statement: Statement) -> String {
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql), ..statement };
    let rows = app.db.read.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_page_by_place_is_read_from_the_index_in_its_order() {
    let (app, _folder) = desk(0).await;
    let (db, filter) = (&app.db.read, ConflictFilter::default());
    let backend = db.get_database_backend();
    let towns = ["440811070", "440811071", "440811072", "440811173"].map(str::to_owned).to_vec();
    let district = at_and_below(&Place::parse("zjedz").unwrap(), &Districts::from([("zjedz".to_owned(), towns)]));
    let from = ((format!("{TOWN}201/inspection"), "finding".to_owned(), "f".to_owned()), true);
    for readable in [sought(&filter).readable, district] {
        let sought = Sought { readable, below: None, filter: &filter };
        for from in [None, Some(&from)] {
            let of_open = plan(&app, open(db, &sought, from).build(backend)).await;
            assert!(of_open.contains("conflict_named") && !of_open.contains("TEMP B-TREE"), "{of_open}");
            let of_outranked = plan(&app, outranked(db, &sought, from).build(backend)).await;
            assert!(of_outranked.contains("standing_named") && !of_outranked.contains("TEMP B-TREE"), "{of_outranked}");
        }
    }
}
