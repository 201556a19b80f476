//! What one phone carries for another, and its erasure: nothing of it may be left anywhere, whatever came first.

use sea_orm::EntityTrait as _;
use serde_json::json;
use sync_protocol::{Code, Dot, InstallId, Op, carried as protocol};
use zhucun::{
    app::now_ms,
    storage::entities::{line as line_row, record, standing},
    sync::{
        drafts::{Basis, Draft},
        purge,
        store::carried,
    },
};

use crate::bench::{Bench, DATABASES, DISTRICT, MORNING_MS, Made, Phone, VILLAGE, at, database, draft, line};

const SECRET: &str = "身份证号";

impl Bench {
    async fn inspector(&self, person: &str, n: u8) -> Phone {
        let phone = self.phone(person, n);
        self.enrol(&phone).await;
        self.grant(&phone.person, "inspector", DISTRICT, MORNING_MS - 3_600_000, None).await;
        phone
    }

    /// Brings that line of an earlier phone.
    async fn carry(&self, phone: &mut Phone, (install, seq): (InstallId, u64), old: &[u8]) -> Made {
        let fields = json!({"install": install, "seq": seq, "line": String::from_utf8_lossy(old)});
        let id = format!("{}.c.{install}.{seq}", phone.install);
        let own = format!("{}/own", phone.person);
        let made = phone.push(&[line(&own, "carried", &id, fields, &[], at(MORNING_MS + 60_000))]);
        self.send(&made).await;
        made
    }

    async fn decide(&self, phone: &Phone, dot: Dot, decision: &str) {
        let fields = json!({"decision": decision, "reason": "看过"});
        self.write(vec![draft(&format!("{}/own", phone.person), "decision", &dot.to_string(), fields)]).await;
    }

    /// The operation as it stands.
    async fn stored(&self, dot: Dot) -> Op {
        let key = (dot.install.0.to_vec(), dot.seq as i64, dot.hash.to_vec());
        let row = line_row::Entity::find_by_id(key).one(&self.db.read).await.unwrap().expect("a line");
        carried::stored(&row).expect("an operation")
    }

    /// All that is kept, of lines and of what was made of them.
    async fn kept(&self) -> String {
        let db = &self.db.read;
        let lines = line_row::Entity::find().all(db).await.unwrap();
        let mut kept: String = lines.iter().map(|row| String::from_utf8_lossy(&row.bytes).into_owned()).collect();
        kept.extend(record::Entity::find().all(db).await.unwrap().into_iter().map(|row| row.body));
        kept.extend(standing::Entity::find().all(db).await.unwrap().into_iter().map(|row| row.detail));
        kept
    }

    async fn assert_nothing_left(&self) {
        let kept = self.kept().await;
        assert!(!kept.contains(SECRET), "{kept}");
        self.assert_equal_to_fold().await;
        assert_eq!(self.rebuild().await.moved, 0);
        assert!(!self.kept().await.contains(SECRET));
        self.assert_equal_to_fold().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_carried_and_erased_is_left_nowhere_and_does_not_come_back() {
    for which in DATABASES {
        eprintln!("on {which}");
        let (url, _dir) = database(which);
        erased(&url).await;
    }
}

async fn erased(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut colleague = bench.inspector("b", 2).await;
    let (mut old, mut new, mut third) =
        (bench.inspector("a", 1).await, bench.inspector("a", 3).await, bench.inspector("a", 4).await);
    let scope = format!("{VILLAGE}/inspection");
    let finding = |title: &str, seen: &[Dot], ms| {
        line(&scope, "finding", "f1", json!({"title": title}), seen, at(MORNING_MS + ms))
    };
    let first = colleague.push(&[finding("旧题", &[], 0)]);
    bench.send(&first).await;
    let secret = finding(SECRET, &first.dots, 1);
    let carrying = bench.carry(&mut new, (old.install, 1), &secret).await.dots[0];
    bench.decide(&new, carrying, "accept").await;
    let name = (scope.clone(), "finding".to_owned(), "f1".to_owned());
    assert!(bench.assert_equal_to_fold().await.records[&name].contains(SECRET));

    let erasure = Draft::erasure(&bench.stored(carrying).await, None, &scope, Basis::ConsentWithdrawn, "本人要求");
    bench.write(vec![erasure]).await;
    bench.assert_nothing_left().await;
    assert!(!bench.assert_equal_to_fold().await.records.contains_key(&name), "what it wrote over does not come back");

    // The line itself, sent by the phone that had been thought lost; and another that carries it, accepted too.
    bench.send(&old.push(std::slice::from_ref(&secret))).await;
    bench.assert_nothing_left().await;
    let again = bench.carry(&mut third, (old.install, 1), &secret).await;
    bench.assert_nothing_left().await;
    bench.decide(&third, again.dots[0], "accept").await;
    bench.send(&again).await;
    bench.assert_nothing_left().await;

    // Taken back and accepted anew: what is left of it moves like the whole.
    bench.decide(&new, carrying, "none").await;
    assert_eq!(bench.assert_equal_to_fold().await.standings[&carrying].code, Code::Carried);
    bench.decide(&new, carrying, "accept").await;
    bench.assert_nothing_left().await;
    assert!(!bench.assert_equal_to_fold().await.records.contains_key(&name));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_carried_and_waits_is_erased_with_the_line() {
    for which in DATABASES {
        eprintln!("on {which}");
        let (url, _dir) = database(which);
        erased_while_it_waits(&url).await;
    }
}

async fn erased_while_it_waits(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let (mut old, mut new) = (bench.inspector("a", 1).await, bench.inspector("a", 3).await);
    let scope = format!("{VILLAGE}/inspection");
    let finding = |id: &str, title: serde_json::Value| {
        line(&scope, "finding", id, json!({"title": title, "note": SECRET}), &[], at(MORNING_MS))
    };
    let lines = [finding("f1", json!("题")), finding("f2", json!(7))];
    let waiting = bench.carry(&mut new, (old.install, 1), &lines[0]).await.dots[0];
    let broken = bench.carry(&mut new, (old.install, 2), &lines[1]).await.dots[0];
    // By the line that came by itself the one, by what waits the other.
    bench.send(&old.push(&lines)).await;
    let op = bench.stored(Dot::new(old.install, 1, &sync_protocol::chain::line_hash(&lines[0]))).await;
    bench.write(vec![Draft::erasure(&op, None, &scope, Basis::ConsentWithdrawn, "本人要求")]).await;
    let op = bench.stored(broken).await;
    let draft = Draft::erasure(&op, None, &scope, Basis::ConsentWithdrawn, "本人要求");
    assert!(draft.fields["fault"].as_str().is_some_and(|fault| fault.starts_with("title")), "{draft:?}");
    assert_eq!(Some(draft.id.clone()), protocol::name(&op).map(|name| name.to_string()));
    bench.write(vec![draft]).await;
    bench.assert_nothing_left().await;
    for dot in [waiting, broken] {
        bench.decide(&new, dot, "accept").await;
    }
    let state = bench.assert_equal_to_fold().await;
    assert_eq!([state.standings[&waiting].code, state.standings[&broken].code], [Code::Applied, Code::Schema]);
    bench.assert_nothing_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_record_is_purged_of_what_was_carried_to_it() {
    for which in DATABASES {
        eprintln!("on {which}");
        let (url, _dir) = database(which);
        purged(&url).await;
    }
}

async fn purged(url: &str) {
    let bench = Bench::new(url, Vec::new()).await;
    let mut colleague = bench.inspector("b", 2).await;
    let (mut old, mut new) = (bench.inspector("a", 1).await, bench.inspector("a", 3).await);
    let scope = format!("{VILLAGE}/inspection");
    let secret = line(&scope, "finding", "f1", json!({"title": SECRET}), &[], at(MORNING_MS));
    let carrying = bench.carry(&mut new, (old.install, 1), &secret).await.dots[0];
    bench.decide(&new, carrying, "accept").await;
    let deletes = line(&scope, "finding", "f1", json!({"_deleted": true}), &[carrying], at(MORNING_MS + 1));
    bench.send(&colleague.push(&[deletes])).await;
    let name = (scope.clone(), "finding".to_owned(), "f1".to_owned());
    assert!(bench.assert_equal_to_fold().await.records[&name].contains("\"gone\":true"));

    let purge = async |since_ms: i64| purge::purge(&bench.db, &bench.committer, since_ms).await.unwrap();
    assert_eq!(purge(now_ms() - 1).await.erased, 2);
    bench.assert_nothing_left().await;
    assert_eq!(purge(now_ms() + 3_600_000).await.forgotten, 1);
    bench.send(&old.push(&[secret])).await;
    bench.assert_nothing_left().await;
    assert!(!bench.assert_equal_to_fold().await.records.contains_key(&name), "what was purged does not come back");
}
