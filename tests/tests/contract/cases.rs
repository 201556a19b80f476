//! The cases.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait as _};
use serde_json::json;
use sync_protocol::{Code, State, sign::Receipt, time::TimeEvidence};
use zhucun::{
    app::now_ms,
    storage::{
        Db, Write,
        entities::{fix, line as line_row, record, scope, standing},
        jobs::JobKey,
        projection::{Changed, Projection},
    },
    sync::{
        drafts::Draft,
        purge::{self, Purged},
        store::write,
    },
};
use zhucun_tests::state;

use crate::bench::{Bench, DATABASES, DISTRICT, MORNING_MS, VILLAGE, at, database, draft, line};

const HOUR_MS: i64 = 3_600_000;

macro_rules! on_both_databases {
    ($($(#[$doc:meta])* $name:ident => $case:ident;)*) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            for which in DATABASES {
                eprintln!("on {which}");
                let (url, _dir) = database(which);
                $case(&url).await;
            }
        }
    )*};
}

on_both_databases! {
    two_inspectors_change_one_item_and_the_office_settles => conflict_and_settlement;
    what_was_written_before_a_grant_was_known_counts_once_it_is => back_dated_grant;
    a_forked_phone_loses_nothing => fork;
    everything_may_be_sent_any_number_of_times => resend;
    a_boot_without_contact_is_placed_by_what_comes_later => loose_times;
    one_poison_line_fails_no_one_else => poison;
    a_blank_is_filled_by_the_line_it_stands_for => blanks;
    a_lost_phone_is_cut_where_it_was_known => lost;
    a_receipt_presented_later_proves_an_earlier_notice => notice;
    what_is_erased_stays_erased_however_often_it_comes => erased;
    a_deleted_record_is_purged_then_forgotten_and_an_edit_that_waited_revives_it => purged;
    a_database_of_before_neighbourhoods_is_brought_up_to_date => bare_keys;
}

async fn conflict_and_settlement(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let (mut a, mut b) = (bench.phone("a", 1), bench.phone("b", 2));
    let scope = format!("{VILLAGE}/inspection");
    for phone in [&a, &b] {
        bench.enrol(phone).await;
        bench.grant(&phone.person, "inspector", DISTRICT, MORNING_MS - HOUR_MS, None).await;
    }
    let first = a.push(&[line(
        &scope,
        "finding",
        "f1",
        json!({"title": "账目不清", "severity": "minor"}),
        &[],
        at(MORNING_MS),
    )]);
    bench.send(&first).await;
    let seen = &first.dots;
    bench.send(&a.push(&[line(&scope, "finding", "f1", json!({"severity": "grave"}), seen, at(MORNING_MS + 1))])).await;
    let done = bench
        .send(&b.push(&[line(&scope, "finding", "f1", json!({"severity": "serious"}), seen, at(MORNING_MS + 2))]))
        .await;
    assert_eq!(done.standings.values().next().unwrap().code, Code::OpenConflict);
    let state = bench.assert_equal_to_fold().await;
    let body = &state.records[&(scope.clone(), "finding".into(), "f1".into())];
    assert!(body.contains(r#""open":["severity"]"#) && body.contains("serious") && body.contains("grave"), "{body}");

    let settled = bench.write(vec![draft(&scope, "finding", "f1", json!({"severity": "grave"}))]).await;
    let state = bench.assert_equal_to_fold().await;
    assert!(!state.records[&(scope.clone(), "finding".into(), "f1".into())].contains("open"));

    // Undone, the conflict is back.
    bench
        .write(vec![draft(
            &scope,
            "decision",
            &settled[0].to_string(),
            json!({"decision": "refuse", "reason": "看错了"}),
        )])
        .await;
    let state = bench.assert_equal_to_fold().await;
    assert!(state.records[&(scope, "finding".into(), "f1".into())].contains("open"));
    assert_eq!(bench.rebuild().await.moved, 0);
    bench.assert_equal_to_fold().await;
}

async fn back_dated_grant(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 3);
    let scope = format!("{VILLAGE}/presence");
    let made = phone.push(&[
        line(&scope, "work_log", "w1", json!({"text": "走访"}), &[], at(MORNING_MS)),
        line(&scope, "work_log", "w2", json!({"text": "晚上"}), &[], at(MORNING_MS + 12 * HOUR_MS)),
    ]);
    let done = bench.send(&made).await;
    assert!(done.standings.values().all(|s| s.code == Code::NotEnrolled), "{:?}", done.standings);
    bench.enrol(&phone).await;
    assert!(bench.assert_equal_to_fold().await.standings.values().any(|s| s.code == Code::NoGrant));
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, Some(MORNING_MS + HOUR_MS)).await;
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(state.standings[&made.dots[0]].code, Code::Applied);
    assert_eq!(state.standings[&made.dots[1]].code, Code::NoGrant);
    bench
        .write(vec![draft(
            &scope,
            "decision",
            &made.dots[1].to_string(),
            json!({"decision": "accept", "reason": "确有其事"}),
        )])
        .await;
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(state.standings[&made.dots[1]].code, Code::Applied);
    // The grant is taken back to before it all: what it covered is quarantined again, what the office accepted stays.
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, Some(MORNING_MS - 1)).await;
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(state.standings[&made.dots[0]].code, Code::NoGrant);
    assert_eq!(bench.rebuild().await.moved, 0);
    bench.assert_equal_to_fold().await;
}

async fn fork(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 4);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, None).await;
    let scope = format!("{VILLAGE}/presence");
    let log = |text: &str, ms| line(&scope, "work_log", "w", json!({"text": text}), &[], at(MORNING_MS + ms));
    bench.send(&phone.push(&[log("一", 0), log("二", 1)])).await;
    let mut clone = phone.clone();
    bench.send(&phone.push(&[log("三", 2), log("四", 3)])).await;
    bench.send(&clone.push(&[log("叁", 4), log("肆", 5), log("伍", 6)])).await;
    bench.send(&phone.push(&[log("五", 7)])).await;
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(state.forks.values().copied().collect::<Vec<_>>(), [3]);
    let body = &state.records[&(scope, "work_log".into(), "w".into())];
    for text in ["三", "四", "五", "叁", "肆", "伍"] {
        assert!(body.contains(text), "{text} is kept: {body}");
    }
    assert!(!body.contains("\"二\""), "what was before the fork was seen by both: {body}");
    assert_eq!(bench.rebuild().await.moved, 0);
}

async fn resend(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 5);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, None).await;
    let scope = format!("{VILLAGE}/presence");
    let before = phone.clone();
    let logs: Vec<Vec<u8>> = (0..6)
        .map(|i| {
            line(&scope, "work_log", &format!("w{}", i % 2), json!({"text": i.to_string()}), &[], at(MORNING_MS + i))
        })
        .collect();
    let whole = phone.push(&logs);
    let (first, mut rest) = (before.clone().push(&logs[..3]), before.clone());
    rest.push(&logs[..3]);
    let second = rest.push(&logs[3..]);
    let one = tokio::join!(bench.send(&first), bench.send(&first), bench.send(&whole));
    assert_eq!(one.2.high, 6);
    for made in [&second, &whole, &first, &second] {
        bench.send(made).await;
    }
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(bench.lines().await.iter().filter(|l| l.install == phone.install).count(), 6);
    assert!(state.forks.is_empty());
}

async fn loose_times(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 6);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, Some(MORNING_MS + 2 * HOUR_MS)).await;
    let scope = format!("{VILLAGE}/presence");
    let boot = |mono: u64, server: Option<i64>| TimeEvidence {
        wall: Some(2_100_000_000_000),
        boot: Some("b2".into()),
        mono: Some(mono),
        server: server.map(|ms| (ms as u64, 0)),
        ..TimeEvidence::default()
    };
    let time = |evidence: &TimeEvidence| {
        format!(r#"{{"k":"time","t":{}}}"#, serde_json::to_string(evidence).unwrap()).into_bytes()
    };
    bench.send(&phone.push(&[time(&at(MORNING_MS))])).await;
    let loose = phone.push(&[line(&scope, "work_log", "w", json!({"text": "断网"}), &[], boot(1_000, None))]);
    let done = bench.send(&loose).await;
    assert_eq!(
        done.standings[&loose.dots[0]].code,
        Code::RightChangedInSpan,
        "its span is open to after the grant's end"
    );
    bench.assert_equal_to_fold().await;
    bench.send(&phone.push(&[time(&boot(61_000, Some(MORNING_MS + HOUR_MS)))])).await;
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(state.standings[&loose.dots[0]].code, Code::Applied);
    let body = &state.records[&(scope, "work_log".into(), "w".into())];
    assert!(body.contains(&(MORNING_MS + HOUR_MS - 60_000).to_string()), "{body}");
    assert_eq!(bench.rebuild().await.moved, 0);
    bench.assert_equal_to_fold().await;
}

/// Fails on a record whose id says so, as a projection with a bug would.
struct Choking;

#[async_trait]
impl Projection for Choking {
    fn kinds(&self) -> &'static [&'static str] {
        &["work_log"]
    }

    async fn apply(&self, _: &Write, changed: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr> {
        match changed.iter().find(|c| c.name.id.contains("poison")) {
            Some(_) => Err(DbErr::Custom("choked".into())),
            None => Ok(BTreeSet::new()),
        }
    }

    async fn clear(&self, _: &Write) -> Result<(), DbErr> {
        Ok(())
    }
}

async fn poison(url: &str) {
    let bench = Bench::new(url, vec![Box::new(Choking)]).await;
    let (mut a, mut b) = (bench.phone("a", 8), bench.phone("b", 9));
    let scope = format!("{VILLAGE}/presence");
    for phone in [&a, &b] {
        bench.enrol(phone).await;
        bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, None).await;
    }
    let log = |id: &str| line(&scope, "work_log", id, json!({"text": "x"}), &[], at(MORNING_MS));
    let (good, bad) = (a.push(&[log("w1"), log("w2")]), b.push(&[log("w3"), log("poison"), log("w4")]));
    let (good_done, bad_done) = tokio::join!(bench.send(&good), bench.send(&bad));
    assert!(good_done.standings.values().all(|s| s.code == Code::Applied), "{:?}", good_done.standings);
    assert_eq!(bad_done.standings[&bad.dots[1]].code, Code::Internal);
    assert_eq!(bad_done.standings[&bad.dots[0]].state(), State::Applied);
    assert_eq!(bad_done.standings[&bad.dots[2]].state(), State::Applied);
    assert_eq!(bench.lines().await.iter().filter(|l| l.install == b.install).count(), 3, "its bytes are kept");
}

async fn blanks(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 10);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, None).await;
    let scope = format!("{VILLAGE}/presence");
    let before = phone.clone();
    let real: Vec<Vec<u8>> =
        ["w1", "w2"].iter().map(|id| line(&scope, "work_log", id, json!({"text": "x"}), &[], at(MORNING_MS))).collect();
    let blank = sync_protocol::chain::blank_line(&sync_protocol::chain::line_hash(&real[0]));
    bench.send(&phone.push(&[blank, real[1].clone()])).await;
    let state = bench.assert_equal_to_fold().await;
    let logs: Vec<&str> = state.records.keys().filter(|k| k.1 == "work_log").map(|k| k.2.as_str()).collect();
    assert_eq!(logs, ["w2"]);
    bench.send(&before.clone().push(&real)).await;
    let state = bench.assert_equal_to_fold().await;
    assert!(state.records.contains_key(&(scope, "work_log".into(), "w1".into())));
    assert!(state.forks.is_empty());
}

async fn lost(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 11);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "member", VILLAGE, MORNING_MS - HOUR_MS, None).await;
    let scope = format!("{VILLAGE}/presence");
    let log = |id: &str| line(&scope, "work_log", id, json!({"text": "x"}), &[], at(MORNING_MS));
    let kept = phone.push(&[log("w1"), log("w2")]);
    bench.send(&kept).await;
    let fields = json!({"lost": {"seq": 2, "head": hex::encode(phone.head)}});
    bench.write(vec![draft(&format!("{}/own", phone.person), "enrolment", &phone.install.to_string(), fields)]).await;
    let after = phone.push(&[log("w3")]);
    bench.send(&after).await;
    let state = bench.assert_equal_to_fold().await;
    assert_eq!(state.standings[&kept.dots[1]].code, Code::Applied);
    assert_eq!(state.standings[&after.dots[0]].code, Code::InstallLost);
}

async fn notice(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("m", 12);
    bench.enrol(&phone).await;
    let scope = format!("{}/own", phone.person);
    let made = phone.push(&[line(&scope, "duty_away", "d1", json!({"kind": "meeting"}), &[], at(MORNING_MS))]);
    bench.send(&made).await;
    let (dot, head) = (made.dots[0], phone.head);
    let state = bench.assert_equal_to_fold().await;
    assert!(state.records.contains_key(&(scope.clone(), "received".into(), dot.to_string())), "noted on receiving");

    let receipt = |ms| Receipt::issue(&bench.server, phone.install, (1, 1), &head, ms, "e");
    let heard_later = async |ms| write::notices_heard_later(&bench.db.read, &receipt(ms)).await.expect("reads");
    assert!(heard_later(i64::MAX).await.is_empty(), "a later receipt proves nothing new");
    assert_eq!(heard_later(MORNING_MS).await, [(dot, scope.clone())]);
    bench.write(vec![Draft::received(dot, &scope, MORNING_MS)]).await;
    assert!(heard_later(MORNING_MS).await.is_empty(), "and the same one only once");
    assert_eq!(heard_later(MORNING_MS - 1).await.len(), 1);
    bench.assert_equal_to_fold().await;
}

async fn erased(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let (mut a, mut b) = (bench.phone("a", 1), bench.phone("b", 2));
    let scope = format!("{VILLAGE}/inspection");
    for phone in [&a, &b] {
        bench.enrol(phone).await;
        bench.grant(&phone.person, "inspector", DISTRICT, MORNING_MS - HOUR_MS, None).await;
    }
    let before = a.push(&[line(&scope, "finding", "f1", json!({"title": "旧题"}), &[], at(MORNING_MS))]);
    bench.send(&before).await;
    let secret =
        b.push(&[line(&scope, "finding", "f1", json!({"title": "身份证号"}), &[before.dots[0]], at(MORNING_MS + 1))]);
    bench.send(&secret).await;
    let dot = secret.dots[0];
    let erasure = json!({"reason": "本人要求", "basis": "consent_withdrawn"});
    bench.write(vec![draft(&scope, "erasure", &dot.to_string(), erasure)]).await;
    let state = bench.assert_equal_to_fold().await;
    assert!(
        state.records.values().all(|body| !body.contains("身份证号") && !body.contains("旧题")),
        "neither comes back"
    );
    assert!(bench.lines().await.iter().all(|l| !String::from_utf8_lossy(&l.bytes).contains("身份证号")));

    // Sent again it is acknowledged, and not stored.
    let again = bench.send(&secret).await;
    assert_eq!(again.high, 1);
    assert_eq!(bench.assert_equal_to_fold().await, state);
    assert_eq!(bench.rebuild().await.moved, 0);
    assert_eq!(bench.assert_equal_to_fold().await, state);

    // An erasure that comes before its line.
    let late = b.push(&[line(&scope, "finding", "f2", json!({"title": "身份证号"}), &[], at(MORNING_MS + 2))]);
    let erasure = json!({"reason": "本人要求", "basis": "consent_withdrawn"});
    bench.write(vec![draft(&scope, "erasure", &late.dots[0].to_string(), erasure)]).await;
    bench.send(&late).await;
    let state = bench.assert_equal_to_fold().await;
    assert!(state.records.values().all(|body| !body.contains("身份证号")));
    assert_eq!(state.standings[&late.dots[0]].code, Code::Applied);
}

async fn purged(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut phone = bench.phone("a", 1);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "inspector", DISTRICT, MORNING_MS - HOUR_MS, None).await;
    let scope = format!("{VILLAGE}/inspection");
    let made = phone.push(&[
        line(&scope, "finding", "f1", json!({"title": "账目不清", "severity": "minor"}), &[], at(MORNING_MS)),
        line(&scope, "finding", "f2", json!({"title": "留下"}), &[], at(MORNING_MS)),
    ]);
    bench.send(&made).await;
    let deleted =
        phone.push(&[line(&scope, "finding", "f1", json!({"_deleted": true}), &[made.dots[0]], at(MORNING_MS + 1))]);
    bench.send(&deleted).await;
    let fed = async || bench.assert_equal_to_fold().await.records;
    let name = (scope.clone(), "finding".to_owned(), "f1".to_owned());
    let position =
        async || state::positions(&bench.db.read).await.unwrap().into_iter().filter(|(s, _)| *s == scope).count();
    assert!(fed().await[&name].contains("\"gone\":true"));

    let since = |ms: i64| now_ms() + ms;
    let purge = async |since_ms: i64| purge::purge(&bench.db, &bench.committer, since_ms).await.unwrap();
    assert_eq!(purge(since(-HOUR_MS)).await, Purged::default(), "not deleted for long");
    // One run: what it leaves is told as gone, from now on.
    assert_eq!(purge(since(-1)).await.erased, 2);
    let state = fed().await;
    assert!(!state.contains_key(&name) && state.contains_key(&(scope.clone(), "finding".to_owned(), "f2".to_owned())));
    assert!(bench.lines().await.iter().all(|l| !String::from_utf8_lossy(&l.bytes).contains("账目不清")));
    assert_eq!(position().await, 2, "phones are told that it is gone");
    assert_eq!(bench.rebuild().await.moved, 0);

    assert_eq!(purge(since(HOUR_MS)).await, Purged { forgotten: 1, ..Purged::default() });
    assert_eq!(position().await, 1);
    let horizon = scope::Entity::find_by_id(&scope).one(&bench.db.read).await.unwrap().unwrap().horizon;
    assert!(horizon > 0);
    assert_eq!(bench.rebuild().await.moved, 0);
    assert_eq!(position().await, 1, "a rebuild does not bring it back");

    // What a phone wrote before it knew of the deletion.
    let edit =
        phone.push(&[line(&scope, "finding", "f1", json!({"title": "新情况"}), &[made.dots[0]], at(MORNING_MS + 2))]);
    bench.send(&edit).await;
    let body = &fed().await[&name];
    assert!(body.contains("新情况") && !body.contains("severity"), "{body}");
    assert_eq!(bench.rebuild().await.moved, 0);
}

async fn bare_keys(url: &str) {
    let bench = Bench::new(url, zhucun::attendance::projection::projections()).await;
    let mut phone = bench.phone("i", 13);
    bench.enrol(&phone).await;
    bench.grant(&phone.person, "inspector", DISTRICT, MORNING_MS - HOUR_MS, None).await;
    let (inspection, presence) = (format!("{VILLAGE}/inspection"), format!("{VILLAGE}/presence"));
    let fix = json!({"lat": 21.0, "lon": 110.5, "at": MORNING_MS, "datum": "wgs84"});
    bench
        .send(&phone.push(&[
            line(&inspection, "fix", &format!("{}.1z", phone.install), fix, &[], at(MORNING_MS)),
            line(&inspection, "finding", "f", json!({"title": "x"}), &[], at(MORNING_MS)),
            line(&presence, "work_log", "w", json!({"text": 1}), &[], at(MORNING_MS)),
        ]))
        .await;
    let keys = async |db: &Db| {
        let records = record::Entity::find().all(&db.read).await.expect("records").into_iter().map(|r| r.key);
        let lines = line_row::Entity::find().all(&db.read).await.expect("lines").into_iter().filter_map(|l| l.record);
        let standings = standing::Entity::find().all(&db.read).await.expect("standings").into_iter();
        let fixes = fix::Entity::find().all(&db.read).await.expect("fixes").into_iter().map(|f| f.record);
        let standings = standings.filter_map(|s| s.record);
        let all = records.chain(lines).chain(standings).chain(fixes).collect::<BTreeSet<_>>();
        assert!(!all.is_empty());
        all
    };
    let before = keys(&bench.db).await;
    let tx = bench.db.begin().await.expect("begins");
    for bare in [
        "UPDATE record SET key = substr(key, 5)",
        "UPDATE line SET record = substr(record, 5)",
        "UPDATE standing SET record = substr(record, 5)",
        "UPDATE ruling SET record = substr(record, 5)",
        "UPDATE fix SET record = substr(record, 5)",
        "DELETE FROM seaql_migrations WHERE version = 'm0009_neighbours'",
    ] {
        tx.execute_unprepared(bare).await.expect(bare);
    }
    let blob = if url.starts_with("sqlite:") { "blob" } else { "bytea" };
    tx.execute_unprepared(&format!("ALTER TABLE fix ADD COLUMN visit {blob}")).await.expect("a column");
    tx.commit().await.expect("commits");
    assert!(keys(&bench.db).await.is_disjoint(&before));

    let bench = Bench::of(url, bench.context.servers.clone()).await;
    assert_eq!(keys(&bench.db).await, before);
    bench.assert_equal_to_fold().await;
    assert_eq!(bench.rebuild().await.moved, 0);
}
