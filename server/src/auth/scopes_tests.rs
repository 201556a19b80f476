use proptest::{prelude::*, sample::select};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set};

use super::*;
use crate::storage::{Db, entities::scope as table, scoping::find_in_scopes};

fn districts() -> Districts {
    let towns = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect();
    Districts::from([
        ("zjedz".to_owned(), towns(&["440811070", "440811173"])),
        ("zjedz2".to_owned(), towns(&["440811001"])),
        ("zjedz-b".to_owned(), Vec::new()),
    ])
}

/// Places that are easily taken for one another: same prefixes, names that go on with `-`, a digit, a letter.
const PLACES: [&str; 24] = [
    "44",
    "4408",
    "440811",
    "440811070",
    "440811071",
    "440811173",
    "440811001",
    "440811070201",
    "440811070202",
    "440811173201",
    "440811001201",
    "440812070201",
    "45",
    "zjedz",
    "zjedz2",
    "zjedz-b",
    "zjed",
    "zjedz.p.a",
    "zjedz.p.ab",
    "zjedz.p.a-1",
    "zjedz.u.a",
    "zjedz2.p.a",
    "zjedz-b.p.a",
    "zjedz-b.u.a",
];

fn place() -> impl Strategy<Value = Place> {
    select(PLACES.as_slice()).prop_map(|p| Place::parse(p).unwrap())
}

fn right() -> impl Strategy<Value = Right> {
    (select(Role::ALL.as_slice()), place()).prop_map(|(role, place)| Right { role, place, from: 0, to: None })
}

/// What [`Readable`] must come to, said with `Place::covers` alone.
fn expected(person: &str, rights: &[Right], scope: &Scope) -> bool {
    let d = districts();
    let own = scope.lane == Lane::Own && scope.place.as_str() == person;
    own || rights.iter().any(|r| {
        let opened = r.role.opens().contains(&scope.lane);
        let at_or_below = covers(&r.place, &scope.place, &d);
        let above = scope.lane == Lane::Roster && covers(&scope.place, &r.place, &d);
        opened && (at_or_below || above)
    })
}

fn every_scope() -> impl Iterator<Item = Scope> {
    PLACES.iter().flat_map(|p| Lane::ALL.map(|lane| Scope::new(Place::parse(p).unwrap(), lane)))
}

proptest! {
    #[test]
    fn one_reads_what_the_rights_cover_and_nothing_else(rights in prop::collection::vec(right(), 0..4)) {
        let readable = Readable::of("zjedz.p.a", &rights, &districts());
        for scope in every_scope() {
            prop_assert_eq!(readable.may_read(&scope), expected("zjedz.p.a", &rights, &scope), "{} with {:?}", scope, rights);
        }
    }

    #[test]
    fn ranges_are_sorted_and_none_lies_in_another(rights in prop::collection::vec(right(), 0..6)) {
        let readable = Readable::of("zjedz.p.a", &rights, &districts());
        let ranges = readable.ranges();
        prop_assert!(ranges.is_sorted());
        for (i, one) in ranges.iter().enumerate() {
            prop_assert!(!ranges.iter().enumerate().any(|(j, other)| i != j && other.includes(one)));
        }
        let mut reversed = rights;
        reversed.reverse();
        prop_assert_eq!(Readable::of("zjedz.p.a", &reversed, &districts()), readable);
    }
}

#[test]
fn a_work_team_never_receives_what_inspectors_write_about_it() {
    let station = Right { role: Role::Member, place: Place::parse("440811070201").unwrap(), from: 0, to: None };
    let readable = Readable::of("zjedz.p.m-1", &[station], &districts());
    let reads = |s: &str| readable.may_read(&Scope::parse(s).unwrap());
    assert!(reads("440811070201/presence") && reads("440811070201/roster") && reads("zjedz.p.m-1/own"));
    assert!(reads("zjedz/roster") && reads("440811070/roster"));
    assert!(!reads("440811070201/inspection") && !reads("440811070201/household"));
    assert!(!reads("440811070202/roster") && !reads("zjedz.p.m-2/own") && !reads("zjedz/presence"));
}

#[tokio::test]
async fn the_query_finds_what_may_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("z.db").display()), 1).await.unwrap();
    let tx = db.begin().await.unwrap();
    for scope in every_scope() {
        let row =
            table::ActiveModel { scope: Set(scope.to_string()), pos: Set(0), digest: Set(Vec::new()), horizon: Set(0) };
        row.insert(&tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    for role in Role::ALL {
        for place in PLACES {
            let right = Right { role, place: Place::parse(place).unwrap(), from: 0, to: None };
            let readable = Readable::of("zjedz.p.a", &[right], &districts());
            let query = find_in_scopes::<table::Entity>(table::Column::Scope, db.backend(), readable.ranges());
            let mut found: Vec<String> = query.all(&db.read).await.unwrap().into_iter().map(|r| r.scope).collect();
            let mut may: Vec<String> = every_scope().filter(|s| readable.may_read(s)).map(|s| s.to_string()).collect();
            found.sort();
            may.sort();
            assert_eq!(found, may, "{role:?} at {place}");
        }
    }
    let none = find_in_scopes::<table::Entity>(table::Column::Scope, db.backend(), &[]).all(&db.read).await.unwrap();
    assert_eq!(none, []);
}
