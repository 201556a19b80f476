//! The registry grown up: blank tables filled in and imported, names found by pinyin, teams handed over, a sheet on paper compared.

use std::process::Command;

use jiff::{Timestamp, Zoned, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value, json};
use zhucun_tests::{answer::Answer, office::Office, server::Database};

use crate::fixture::{Desk, HOUR, desk, desk_on};

/// Puts a line of texts below the head of a workbook, as a program does that knows nothing of who wrote it.
const FILL: &str = r#"
import sys, zipfile
source, target, *cells = sys.argv[1:]
with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
    for member in old.infolist():
        data = old.read(member.filename)
        if member.filename == "xl/worksheets/sheet1.xml":
            row = "".join(f'<c r="{chr(65 + i)}2" t="inlineStr"><is><t>{c}</t></is></c>' for i, c in enumerate(cells))
            data = data.replace(b"</sheetData>", f'<row r="2">{row}</row></sheetData>'.encode())
        new.writestr(member, data)
"#;

async fn import(who: &Office, kind: &str, more: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = who.request(Method::POST, &format!("/v1/imports/{kind}?district=zjedz{more}")).body(body);
    Answer::to(request.header("content-type", "application/octet-stream")).await.expect("an answer")
}

async fn person(desk: &Desk, id: &str, name: &str) {
    let file = format!("person,name\n{id},{name}\n");
    import(&desk.office, "people", "", file).await.success().unwrap();
}

#[tokio::test]
async fn a_blank_table_downloaded_and_filled_in_is_imported() {
    let desk = desk().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let asked = desk.office.request(Method::GET, "/v1/imports/people/template").send().await.unwrap();
    assert!(asked.headers()["content-disposition"].to_str().unwrap().contains("people.xlsx"));
    std::fs::write(file("blank.xlsx"), asked.bytes().await.unwrap()).unwrap();
    let own = file("own.xlsx");
    desk.server.succeeds(&["template", "people", own.to_str().unwrap()]).await.unwrap();

    for (blank, id) in [("blank.xlsx", "007201"), ("own.xlsx", "007202")] {
        let filled = Command::new("python3")
            .args(["-c", FILL])
            .args([file(blank), file("filled.xlsx")])
            .args([id, "单一七", "", "finance", "0759-0012345"])
            .output()
            .unwrap();
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
        let done = import(&desk.office, "people", "", std::fs::read(file("filled.xlsx")).unwrap()).await;
        let done = done.success().unwrap();
        assert_eq!(done["created"], 1);
        // The second has the name of the first.
        assert_eq!(done["warnings"].as_array().map_or(0, Vec::len), usize::from(id == "007202"), "{done}");
        let stands = desk.record("zjedz/roster", "person", &format!("zjedz.p.{id}")).await;
        assert_eq!((&stands["f"]["phone"], &stands["f"]["name"]), (&json!("0759-0012345"), &json!("单一七")));
    }
    let csv = desk.office.request(Method::GET, "/v1/imports/stations/template?form=csv").send().await.unwrap();
    assert_eq!(csv.text().await.unwrap(), "\u{feff}人员编号,村代码,队编号,队长,开始日期,结束日期\r\n");
    for (path, status) in [("fences/template", 404), ("people/template?form=doc", 400)] {
        let asked = desk.office.request(Method::GET, &format!("/v1/imports/{path}")).send().await.unwrap();
        assert_eq!(asked.status(), status);
    }
    // Whom a table means is told apart and never guessed.
    let who =
        |name: &str| format!("姓名,村代码,开始日期\n{name},440811070205,2090-01-01\n").replace("姓名", "人员编号");
    let several = import(&desk.office, "stations", "&preview=true", who("单一七")).await.success().unwrap();
    assert_eq!(several["faults"][0]["code"], "ambiguous_person");
    let one = import(&desk.office, "stations", "&preview=true", who("单一七（007202）")).await.success().unwrap();
    assert_eq!((&one["faults"], &one["created"]), (&Value::Null, &json!(1)));
    desk.end();
}

#[tokio::test]
async fn names_are_found_by_characters_pinyin_and_initials_in_pages() {
    for database in [Database::Sqlite, Database::Postgres] {
        let desk = desk_on(database).await;
        for (id, name) in [("f-7301", "曾解乐"), ("f-7302", "曾解玥"), ("f-7303", "吕绿")] {
            person(&desk, id, name).await;
        }
        let found = async |of: &str, q: &str, after: &str, limit: &str| {
            let mut query = vec![("of", of), ("q", q), ("limit", limit)];
            query.extend((!after.is_empty()).then_some(("after", after)));
            desk.office.get("/v1/registry/search", &query).await.unwrap()
        };
        let ids = |page: &Value| -> Vec<String> {
            page["found"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
        };
        for q in ["曾解", "zengxie", "cengjie", "zxy", "cjy"] {
            assert!(ids(&found("people", q, "", "50").await).contains(&"zjedz.p.f-7302".to_owned()), "{q}");
        }
        assert_eq!(ids(&found("people", "lvlv", "", "50").await), ["zjedz.p.f-7303"]);
        assert_eq!(ids(&found("villages", "tiaowen", "", "50").await), ["440811070209"]);
        assert_eq!(ids(&found("teams", "diaowen", "", "50").await), ["440811070209-team"]);
        let first = found("people", "zengxie", "", "1").await;
        assert_eq!(ids(&first), ["zjedz.p.f-7301"]);
        let second = found("people", "zengxie", first["next"].as_str().unwrap(), "1").await;
        assert_eq!((ids(&second), &second["next"]), (vec!["zjedz.p.f-7302".to_owned()], &Value::Null));
        desk.end();
    }
}

#[tokio::test]
async fn a_team_is_handed_over_on_a_day_and_rights_go_with_the_stations() {
    for database in [Database::Sqlite, Database::Postgres] {
        let desk = desk_on(database).await;
        person(&desk, "h-7401", "接任甲").await;
        let stations = desk.office.get("/v1/stations", &[]).await.unwrap();
        let here = |s: &&Value| s["village"].as_str().is_some_and(|v| v.starts_with("440811071"));
        let one = stations.as_array().unwrap().iter().find(here).unwrap().clone();
        let (village, team) = (one["village"].as_str().unwrap(), one["team"].as_str().unwrap());
        let leaver = one["person"].as_str().unwrap();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let zoned = |at_ms: i64| -> Zoned { Timestamp::from_millisecond(at_ms).unwrap().to_zoned(zone.clone()) };
        let on = zoned(desk.now_ms - 24 * HOUR).date();
        let on_ms = on.to_zoned(zone.clone()).unwrap().timestamp().as_millisecond();
        let seed = 740 + u64::from(database == Database::Postgres);
        let mut phone = desk.raw(leaver.strip_prefix("zjedz.p.").unwrap(), seed).await;

        let asked = |preview: bool| {
            json!({"district": "zjedz", "team": team, "on": on.to_string(), "coming": ["接任甲"], "lead": "h-7401",
                "preview": preview})
        };
        let outlook = desk.office.post("/v1/handovers", asked(true)).await.unwrap();
        let leaving: Vec<&Value> = outlook["leaving"].as_array().unwrap().iter().map(|m| &m["person"]).collect();
        assert!(leaving.contains(&&one["person"]), "{outlook}");
        assert_eq!((&outlook["coming"][0]["lead"], &outlook["nobody"]), (&json!(true), &json!([])));
        let posted = async |on: String| -> Vec<String> {
            let list = desk.office.get("/v1/stations", &[("village", village), ("on", &on)]).await.unwrap();
            list.as_array().unwrap().iter().map(|s| s["person"].as_str().unwrap().to_owned()).collect()
        };
        assert!(posted(on.to_string()).await.contains(&leaver.to_owned()), "a preview writes nothing");

        let done = desk.office.post("/v1/handovers", asked(false)).await.unwrap();
        assert_eq!((&done["created"], &done["changed"]), (&json!(1), &json!(leaving.len())));
        assert_eq!(posted(on.to_string()).await, ["zjedz.p.h-7401"]);
        assert!(posted(on.yesterday().unwrap().to_string()).await.contains(&leaver.to_owned()));
        let again = desk.office.post("/v1/handovers", asked(false)).await.unwrap();
        assert_eq!((&again["created"], &again["changed"]), (&json!(0), &json!(0)));

        // What was captured before counts, whenever it comes; what was captured after waits for the office.
        let scope = format!("{village}/presence");
        let log = |phone: &zhucun_tests::raw::RawPhone, id: &str| {
            phone.line(&scope, "work_log", id, &json!({"person": leaver, "text": id}))
        };
        phone.now_ms = on_ms - HOUR;
        let before = log(&phone, &format!("before-{seed}"));
        phone.now_ms = on_ms + HOUR;
        let after = log(&phone, &format!("after-{seed}"));
        let told = phone.push(&[before, after]).await.unwrap();
        assert_eq!(told.iter().map(|(_, state, _)| state.as_str()).collect::<Vec<_>>(), ["quarantined"]);
        assert_eq!(
            desk.record(&scope, "work_log", &format!("before-{seed}")).await["f"]["text"],
            format!("before-{seed}")
        );

        let nowhere = json!({"district": "zjedz", "team": team, "on": on.to_string(), "coming": ["查无此人"]});
        let refused = desk.answer(&desk.office, "/v1/handovers", nowhere).await;
        assert_eq!(refused.refused(422, "handover_refused").json["faults"][0]["code"], "unknown_person");
        let elsewhere = json!({"district": "elsewhere", "team": team, "on": on.to_string()});
        desk.answer(&desk.office, "/v1/handovers", elsewhere).await.refused(403, "forbidden");
        desk.end();
    }
}

#[tokio::test]
async fn a_sheet_on_paper_is_compared_with_what_was_derived() {
    let desk = desk().await;
    desk.office.settled().await.unwrap();
    let stations = desk.office.get("/v1/stations", &[("village", "440811173205")]).await.unwrap();
    let person = stations[0]["person"].as_str().expect("a member is posted").to_owned();
    let query = [("person", person.as_str()), ("from", "2026-10-01"), ("to", "2026-10-02")];
    let derived = desk.office.get("/v1/attendance/presence", &query).await.unwrap();
    let sheet = format!("2026年10月考勤表\n姓名,1日,2日\n{person},√,×\n");
    let path = "/v1/attendance/paper?district=zjedz&month=2026-10&place=440811173205";
    let compare = async |path: &str, sheet: String| {
        let request = desk.office.request(Method::POST, path).header("content-type", "application/octet-stream");
        Answer::to(request.body(sheet)).await.expect("an answer")
    };
    let compared = compare(path, sheet.clone()).await.success().unwrap();
    let first = compared["differing"].as_array().unwrap().iter().find(|d| d["day"] == "2026-10-01").unwrap();
    assert_eq!((&first["paper"], &first["mark"]), (&json!("present"), &json!("√")));
    assert_eq!(first["derived"], derived[0]["verdict"]);
    assert_eq!(first["zh"], derived[0]["reasons"][0]["zh"], "with the sentence");
    assert_eq!(compared["members"], 1);
    let bad = compare(path, sheet.replace('√', "△")).await;
    assert_eq!(bad.refused(422, "import_refused").json["faults"][0]["code"], "bad_mark");

    let file = desk.server.scratch().join("paper.csv");
    std::fs::write(&file, &sheet).unwrap();
    let file = file.to_str().unwrap();
    let csv =
        desk.server.succeeds(&["paper", file, "--district", "zjedz", "--month", "2026-10", "--csv"]).await.unwrap();
    assert!(csv.contains(&format!("{person},{person},2026-10-01,√,present")), "{csv}");
    desk.end();
}
