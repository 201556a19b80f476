use std::collections::BTreeSet;

use mobile_schema::{Lane, Place};
use sea_orm::{QueryTrait as _, Statement};
use sync_protocol::RecordKey;

use super::*;
use crate::{
    app::{self, App},
    auth::{principal::Districts, scopes::at_and_below},
    config::Config,
    storage::rows as tables,
};

struct Desk {
    app: App,
    _folder: tempfile::TempDir,
}

const TOWNS: [&str; 4] = ["440811070", "440811071", "440811072", "440811173"];

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = app::start(Config::in_folder(folder.path())).await.unwrap().app;
        Self { app, _folder: folder }
    }

    /// So many rows in each of two towns, of three codes in turn, by seven phones.
    async fn fill(&self, each: usize) {
        let row = |town: &str, i: usize| {
            let (scope, id) = (format!("{town}201/inspection"), format!("f{i}"));
            standing::Model {
                install: vec![(i % 7) as u8; 16],
                seq: i as i64 + 1,
                hash: town.as_bytes()[1..9].to_vec(),
                record: Some(RecordKey::of(&scope, "finding", &id).0.to_vec()),
                code: [Code::NoGrant, Code::InstallLost, Code::ByTime][i % 3].name().to_owned(),
                detail: String::new(),
                scope,
                kind: "finding".to_owned(),
                id,
            }
        };
        let rows = TOWNS[..2].iter().flat_map(|town| (0..each).map(|i| row(town, i))).collect();
        let tx = self.app.db.begin().await.unwrap();
        tables::insert::<standing::Entity>(&tx, rows).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn district() -> Vec<ScopeRange> {
    let towns = Districts::from([("zjedz".to_owned(), TOWNS.map(str::to_owned).to_vec())]);
    at_and_below(&Place::parse("zjedz").unwrap(), &towns)
}

fn town() -> Vec<ScopeRange> {
    let mut ranges = at_and_below(&Place::parse(TOWNS[0]).unwrap(), &Districts::new());
    ranges.push(ScopeRange::exactly("zjedz.p.o", BTreeSet::from([Lane::Own])));
    ranges
}

fn sought(readable: Vec<ScopeRange>, filter: &StandingFilter) -> Sought<'_> {
    let codes = filter.codes(sync_protocol::State::Quarantined).unwrap();
    Sought { readable, below: None, codes, filter, sees_person: &|_: &str| false }
}

async fn all(desk: &Desk, sought: &Sought<'_>, limit: usize) -> Vec<(String, Dot)> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (some, next) = page(&desk.app.db.read, sought, after, limit).await.unwrap();
        assert!(some.len() <= limit);
        found.extend(some.into_iter().map(|one| (one.name[0].clone(), one.dot)));
        after = next;
        if after.is_none() {
            return found;
        }
    }
}

#[tokio::test]
async fn pages_of_any_length_are_the_same_list_and_only_of_what_one_may_see() {
    let desk = Desk::new().await;
    desk.fill(90).await;
    let everything = StandingFilter::default();
    let whole = all(&desk, &sought(district(), &everything), 1_000).await;
    assert_eq!(whole.len(), 2 * 60);
    assert_eq!(whole.iter().map(|one| one.1).collect::<BTreeSet<_>>().len(), whole.len());
    for limit in [1, 7, 60, 120] {
        assert_eq!(all(&desk, &sought(district(), &everything), limit).await, whole);
    }
    let mine = all(&desk, &sought(town(), &everything), 7).await;
    assert!(mine.len() == 60 && mine.iter().all(|(scope, _)| scope.starts_with(TOWNS[0])));
    assert!(all(&desk, &sought(Vec::new(), &everything), 7).await.is_empty());
    let install = Some(InstallId([3; 16]));
    let of_one = StandingFilter { code: Some("no_grant".to_owned()), install, ..StandingFilter::default() };
    let theirs = all(&desk, &sought(district(), &of_one), 2).await;
    assert!(!theirs.is_empty() && theirs.iter().all(|(_, dot)| dot.install == InstallId([3; 16])));
    let timed = StandingFilter { from: Some(0), ..StandingFilter::default() };
    assert!(all(&desk, &sought(district(), &timed), 7).await.is_empty(), "of lines without a time nothing is known");
}

/// What SQLite says of how it goes about it.
async fn plan(app: &App, statement: Statement) -> String {
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql), ..statement };
    let rows = app.db.read.query_all_raw(explained).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_page_is_read_from_the_index_in_its_order() {
    let desk = Desk::new().await;
    let db = &desk.app.db.read;
    let after = Mark {
        code: "no_grant".to_owned(),
        scope: "440811070201/inspection".to_owned(),
        dot: "11111111111111111111111111111111:1:1111111111111111".parse().unwrap(),
    };
    let kind = StandingFilter { kind: Some("finding".to_owned()), ..StandingFilter::default() };
    for filter in [StandingFilter::default(), kind] {
        for (readable, after) in [(district(), None), (district(), Some(&after)), (town(), Some(&after))] {
            let query = rows(db, &sought(readable, &filter), Code::NoGrant, &[], after).limit(100);
            let plan = plan(&desk.app, query.build(db.get_database_backend())).await;
            assert!(plan.contains("standing_desk") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
