//! Sheets of many.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use zhucun_presence::month::Month;

use super::world::{DAY, INSPECTOR, MEMBER, World, Written, written};
use crate::attendance::{
    asker::Asker,
    store::sheets::{self, Asked},
};

#[tokio::test]
async fn a_districts_sheet_takes_as_many_statements_for_many_members_as_for_few() {
    let mut taken = Vec::new();
    for members in [3, 200_u8] {
        let world = World::with_member().await;
        let others: Vec<String> = (8..members + 7).map(|n| format!("zjedz.p.n-{n}")).collect();
        for (n, person) in (8..).zip(&others) {
            world.stationed(n, person).await;
        }
        let people = others.iter().map(String::as_str).chain([MEMBER]);
        let review = |person: &str| -> Written {
            let fields = json!({"person": person, "day": DAY, "verdict": "present", "reason": "核实在村"});
            written(&format!("{person}/own"), "review", "r-1", INSPECTOR, fields)
        };
        world.arrive(&people.map(review).collect::<Vec<_>>()).await;

        let (statements, mut counted) = (Arc::new(AtomicUsize::new(0)), world.db.read.clone());
        let count = Arc::clone(&statements);
        counted.set_metric_callback(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let (asker, month) = (Asker::new("zjedz.p.o-01", |_| true), Month::parse("2026-03").unwrap());
        let place = Some("zjedz".to_owned());
        let asked = Asked { month, place, person: None, team: None, today: month.last() };
        let sheet = sheets::read(&counted, &world.court, &asker, &asked).await.unwrap();
        assert_eq!((sheet.lines.len(), sheet.lines[0].sums.present), (usize::from(members), 1));
        taken.push(statements.load(Ordering::Relaxed));
    }
    assert!(taken[0] > 0 && taken[0] == taken[1], "{taken:?}");
}
