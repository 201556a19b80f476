//! Closing a month: signed off and sealed, printed, checked, and noticed where something came later.

use jiff::{ToSpan as _, civil::Date};
use mobile_schema::Wgs84;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;
use zhucun_tests::{answer::Answer, office::Office, phones::Phone, python::python};

use super::{DATABASES, Member, Town, zone};

const VILLAGE: &str = "440811070201";

fn today(office: &Office) -> Date {
    jiff::Timestamp::from_millisecond(office.signed_in_ms).expect("a time").to_zoned(zone()).date()
}

/// The twelfth of last month: its month has ended, whatever the day is.
fn in_last_month(office: &Office) -> Date {
    today(office).first_of_month().saturating_sub(1.day()).first_of_month().saturating_add(11.days())
}

fn written(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The line of that member, and its day.
fn on<'a>(sheet: &'a Value, member: &Member) -> (&'a Value, &'a Value) {
    let lines = sheet["lines"].as_array().expect("lines");
    let line = lines.iter().find(|line| line["person"] == member.person.as_str()).expect("their line");
    let day = member.day.to_string();
    let day = line["days"].as_array().expect("days").iter().find(|of| of["day"] == day.as_str()).expect("the day");
    (line, day)
}

struct Closing {
    town: Town,
    /// Was in the village.
    here: Member,
    /// Of whom something comes late.
    late: Member,
    month: String,
}

impl Closing {
    async fn seal(&self, more: Value) -> Answer {
        let mut ask = json!({"place": VILLAGE, "month": self.month});
        ask.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        self.town.asked(&self.town.office, "/v1/attendance/seals", ask).await
    }

    async fn sheet(&self, who: &Office, query: &[(&str, &str)]) -> Value {
        who.get(&format!("/v1/attendance/sheets/{}", self.month), query).await.expect("the sheet")
    }

    async fn export(&self, ending: &str) -> Vec<u8> {
        let path = format!("/v1/attendance/sheets/{}/{ending}?place={VILLAGE}", self.month);
        let answer = self.town.office.request(Method::GET, &path).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{ending}");
        answer.bytes().await.expect("the file").to_vec()
    }

    /// What the seal of that code is, to who is not signed in.
    async fn checked(&self, code: &str) -> Answer {
        let url = format!("{}/v1/attendance/seals/{code}", self.town.server.url());
        Answer::to(reqwest::Client::new().get(url)).await.expect("an answer")
    }

    async fn acts(&self) -> Vec<Value> {
        let query = [("place", VILLAGE), ("month", self.month.as_str())];
        let all = self.town.office.get("/v1/attendance/seals", &query).await.expect("the seals");
        all.as_array().expect("a list").clone()
    }

    async fn code(&self) -> String {
        let page = String::from_utf8(self.export("print").await).expect("UTF-8");
        let code = page.split("封存码 ").nth(1).expect("a code").split(['<', '　']).next().expect("a code");
        code.to_owned()
    }
}

#[tokio::test]
async fn a_month_is_closed_and_what_comes_later_is_noticed_and_changes_nothing_of_it() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let day = in_last_month(&town.office);
        let mut here = town.member("m-0001", VILLAGE).await;
        let mut late = town.member("m-0002", VILLAGE).await;
        (here.day, late.day) = (day, day);
        let inside = here.inside;
        here.measures(9, inside).await;
        assert_eq!(town.file(&here).await["verdict"], "present");
        let mut closing = Closing { town, here, late, month: written(day) };

        refusals(&closing).await;
        let sealed = closing.seal(json!({"with_open": true})).await.success().unwrap();
        assert_eq!((&sealed["villages"], &sealed["members"]), (&json!(1), &json!(3)));
        seen(&closing).await;
        let code = files(&closing).await;
        differs(&mut closing).await;

        // A rebuild ends with the same seals and the same notices.
        let (acts, notices) = (closing.acts().await, closing.town.waits(&closing.late).await);
        closing.town.server.stop().await.unwrap();
        closing.town.server.succeeds(&["rebuild"]).await.unwrap();
        closing.town.server.start().await.unwrap();
        closing.town.office = Office::sign_in(&closing.town.server.url(), "office", "zhucun-demo").await.unwrap();
        assert_eq!(closing.town.waits(&closing.late).await, notices);
        assert_eq!(closing.acts().await, acts);
        assert_eq!(closing.checked(&code).await.success().unwrap()["state"], "holds");

        again(&mut closing, &code).await;
        the_phone(&mut closing).await;
        closing.town.end().await;
    }
}

async fn refusals(closing: &Closing) {
    let town = &closing.town;
    let now = written(today(&town.office));
    let early = json!({"place": VILLAGE, "month": now});
    let answer = town.asked(&town.office, "/v1/attendance/seals", early).await;
    assert_eq!((answer.status, answer.code()), (409, "month_open"));
    let open = closing.seal(json!({})).await;
    assert_eq!((open.status, open.code()), (409, "open_days"));
    let (person, day) = (&closing.late.person, closing.late.day.to_string());
    let named = open.json["open"].as_array().unwrap().iter();
    assert!(named.clone().any(|open| open["person"] == person.as_str() && open["day"] == day.as_str()));
    assert!(named.clone().all(|open| open["day"] != day.as_str() || open["person"] != closing.here.person.as_str()));
    // A town approves leave; it signs no months off.
    let other = Office::sign_in(&town.server.url(), "dongshan", "zhucun-demo").await.unwrap();
    let ask = json!({"place": VILLAGE, "month": closing.month, "with_open": true});
    town.asked(&other, "/v1/attendance/seals", ask.clone()).await.refused(403, "forbidden");
    let mut nowhere = ask;
    nowhere["place"] = "440811079201".into();
    town.asked(&town.office, "/v1/attendance/seals", nowhere).await.refused(404, "not_found");
    // Nobody writes a seal by hand.
    let by_hand = json!({
        "scope": format!("{person}/own"), "kind": "seal", "id": "x", "fields": {"person": person, "month": closing.month},
    });
    town.asked(&town.office, "/v1/operations", by_hand).await.refused(403, "forbidden");
}

/// Who sees what of the sheet.
async fn seen(closing: &Closing) {
    let url = closing.town.server.url();
    let sign_in = async |name| Office::sign_in(&url, name, "zhucun-demo").await.unwrap();
    for who in [&closing.town.office, &sign_in("manager").await] {
        let sheet = closing.sheet(who, &[("place", VILLAGE)]).await;
        assert_eq!(sheet["sealed"], true);
        let (line, day) = on(&sheet, &closing.here);
        assert_eq!(
            (&day["verdict"], &day["mark"], &line["sums"]["present"]),
            (&json!("present"), &json!("✓"), &json!(1))
        );
        let (_, open) = on(&sheet, &closing.late);
        assert_eq!((&open["mark"], &open["zh"]), (&json!("?"), &json!("当日没有任何记录")));
        let names: Vec<&str> = sheet["lines"].as_array().unwrap().iter().map(|l| l["name"].as_str().unwrap()).collect();
        assert!(names.is_sorted() && names.len() == 3, "by name, and nothing else: {names:?}");
        assert_eq!(
            (&sheet["villages"][0]["members"], &sheet["villages"][0]["sums"]["present"]),
            (&json!(3), &json!(1))
        );
        assert_eq!(sheet["towns"][0]["id"], "440811070");
    }
    // An inspector reads no verdicts; the member reads their own, with the evidence that they may read.
    assert_eq!(closing.sheet(&sign_in("inspector1").await, &[("place", VILLAGE)]).await["lines"], json!([]));
    let own = closing.sheet(&sign_in("lead").await, &[("person", &closing.here.person)]).await;
    assert_eq!(on(&own, &closing.here).1["evidence"].as_array().unwrap().len(), 1);
    assert_eq!(
        closing.sheet(&sign_in("member").await, &[("place", VILLAGE)]).await["lines"].as_array().unwrap().len(),
        1
    );
    let sums = closing.sheet(&closing.town.office, &[("place", "zjedz"), ("sums", "true")]).await;
    assert_eq!(
        (sums["villages"].as_array().unwrap().len(), &sums["lines"], &sums["sealed"]),
        (35, &json!([]), &json!(false))
    );
}

/// The files say the same, the seal is checked by its code. Gives the code.
async fn files(closing: &Closing) -> String {
    let workbook = closing.export("xlsx").await;
    assert_eq!(closing.export("xlsx").await, workbook, "the same sheet under the same seal is the same file");
    let file = closing.town.server.scratch().join("sheet.xlsx");
    std::fs::write(&file, &workbook).unwrap();
    let read = Command::new(python()).args(["-c", READ_XLSX]).arg(&file).output().await.unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).unwrap();
    let sheet = closing.sheet(&closing.town.office, &[("place", VILLAGE)]).await;
    assert_eq!(read["sheets"], json!([sheet["towns"][0]["name"], "图例说明"]));
    let page = read["page"].as_str().unwrap();
    assert!(page.contains("paperSize=\"9\"") && page.contains("orientation=\"landscape\""), "{page}");
    assert!(read["titles"].as_str().unwrap().ends_with("$1:$3"), "{read}");
    assert_eq!(read["pictures"], 1);

    let code = closing.code().await;
    assert!(read["footer"].as_str().unwrap().contains(&code), "{read}");
    let cells: Vec<&str> = read["cells"].as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
    let csv = String::from_utf8(closing.export("csv").await).unwrap();
    let print = String::from_utf8(closing.export("print").await).unwrap();
    assert!(csv.starts_with('\u{feff}') && csv.contains(&code));
    assert!(print.contains("<svg") && !print.contains("<script") && !print.contains("src="));
    let note =
        cells.iter().find(|cell| cell.contains("当日没有任何记录")).expect("an exceptional day with its sentence");
    for line in sheet["lines"].as_array().unwrap() {
        let name = line["name"].as_str().unwrap();
        assert!(cells.contains(&name) && csv.contains(name) && print.contains(name), "{name}");
    }
    assert!(cells.contains(&"✓") && csv.contains(note) && print.contains(note));

    // What is printed can be read back as a sheet on paper.
    for file in [workbook, csv.clone().into_bytes()] {
        let path = format!("/v1/attendance/paper?district=zjedz&month={}&place={VILLAGE}", closing.month);
        let request = closing.town.office.request(Method::POST, &path).body(file);
        let read =
            Answer::to(request.header("content-type", "application/octet-stream")).await.unwrap().success().unwrap();
        assert_eq!((&read["members"], &read["differing"], &read["sums"]), (&json!(3), &json!([]), &json!([])));
        assert!(read["agreeing"].as_u64() > Some(80), "{read}");
    }

    let told = closing.checked(&code).await.success().unwrap();
    assert_eq!(
        (&told["state"], &told["month"], &told["place"]),
        (&json!("holds"), &json!(closing.month), &json!(VILLAGE))
    );
    assert_eq!(
        (&told["by"], &told["sums"]),
        (&Value::Null, &Value::Null),
        "nothing of anybody to who is not signed in"
    );
    let path = format!("/v1/attendance/seals/{}", code.to_lowercase());
    let told = closing.town.office.get(&path, &[]).await.unwrap();
    assert_eq!((&told["by"], &told["sums"]["present"]), (&json!(["zjedz.p.o-01"]), &json!(1)));
    let forged = format!("{}A", &code[..code.len() - 1]);
    let forged = if forged == code { format!("{}B", &code[..code.len() - 1]) } else { forged };
    closing.checked(&forged).await.refused(404, "not_found");
    closing.checked("nonsense").await.refused(404, "not_found");
    code
}

/// Late evidence: the day is derived, the sheet shows what was sealed and what is derived now, the office is told.
async fn differs(closing: &mut Closing) {
    let far = Wgs84::new(closing.late.inside.lat() + 0.3, closing.late.inside.lon()).expect("a place");
    closing.late.measures(9, far).await;
    assert_eq!(closing.town.file(&closing.late).await["verdict"], "absent");
    assert_eq!(closing.town.waits(&closing.late).await, ["seal_differs"]);
    let matters = closing.town.office.get("/v1/attendance/matters", &[("code", "seal_differs")]).await.unwrap();
    let detail = format!("unconfirmed@{VILLAGE}>absent@{VILLAGE}");
    assert_eq!((matters["matters"].as_array().unwrap().len(), &matters["matters"][0]["detail"]), (1, &json!(detail)));
    let sheet = closing.sheet(&closing.town.office, &[("place", VILLAGE)]).await;
    let (line, day) = on(&sheet, &closing.late);
    assert_eq!((&sheet["sealed"], &day["verdict"]), (&json!(true), &json!("unconfirmed")));
    assert_eq!((&day["now"]["verdict"], &line["sums"]["absent"]), (&json!("absent"), &json!(0)));
    let print = String::from_utf8(closing.export("print").await).unwrap();
    assert!(print.contains("封存为待核，现认定为缺岗"), "the print says so too");
}

/// Sealed again with a reason, then unsealed: the earlier stay readable, and their codes say that they ended.
async fn again(closing: &mut Closing, first: &str) {
    let refused = closing.seal(json!({"with_open": true})).await;
    assert_eq!((refused.status, refused.code()), (409, "sealed_already"));
    closing.seal(json!({"with_open": true, "reason": "补报定位"})).await.success().unwrap();
    assert!(closing.town.waits(&closing.late).await.is_empty());
    let acts = closing.acts().await;
    let holds: Vec<&Value> = acts.iter().map(|act| &act["holds"]).collect();
    assert_eq!(holds, [&json!(false), &json!(true)]);
    assert_eq!((&acts[1]["reason"], &acts[0]["by"]), (&json!("补报定位"), &json!("zjedz.p.o-01")));
    let sealed_of = |act: &Value| {
        let members = act["members"].as_array().unwrap();
        let late = members.iter().find(|member| member["person"] == closing.late.person.as_str()).unwrap();
        late["body"]["days"][11]["verdict"].clone()
    };
    assert_eq!((sealed_of(&acts[0]), sealed_of(&acts[1])), (json!("unconfirmed"), json!("absent")));
    let (second, ended) = (closing.code().await, closing.checked(first).await.success().unwrap());
    assert_eq!((&ended["state"], &ended["ended_at"]), (&json!("ended"), &acts[1]["at"]));
    assert_eq!(closing.checked(&second).await.success().unwrap()["state"], "holds");

    let lift = json!({"place": VILLAGE, "month": closing.month, "reason": "更正"});
    closing.town.asked(&closing.town.office, "/v1/attendance/seals/lift", lift.clone()).await.success().unwrap();
    assert!(closing.acts().await.iter().all(|act| act["holds"] == false));
    assert_eq!(closing.checked(&second).await.success().unwrap()["state"], "ended");
    closing.town.asked(&closing.town.office, "/v1/attendance/seals/lift", lift).await.refused(404, "not_found");
    closing.seal(json!({"with_open": true})).await.success().unwrap();
}

/// The member's own phone has the month, added up and sealed, and the seals; and objects to a day.
async fn the_phone(closing: &mut Closing) {
    closing.town.office.settled().await.unwrap();
    let (person, day) = (closing.late.person.clone(), closing.late.day.to_string());
    let (own, url) = (format!("{person}/own"), closing.town.server.url());
    let folder = closing.town.server.scratch().to_owned();
    let phone = Phone::enrol(&closing.town.office, &url, (&person, "队员"), 77, &folder).await.unwrap();
    phone.sync().await.unwrap();
    let id = format!("m-0002.{}", closing.month);
    let shown = |field: &str| phone.shown((&own, "month", &id), field).unwrap();
    let at = closing.acts().await.last().unwrap()["at"].clone();
    assert_eq!((shown("absent"), shown("present"), shown("sealed")), (json!(1), json!(0), at));
    assert_eq!(phone.all(&own, "seal").unwrap().len(), 3);

    let appeal = mobile_schema::derived_id("appeal", &[&person, &day]);
    phone.write(&own, "appeal", &appeal, json!({"person": person, "day": day, "text": "我在村里"})).unwrap();
    phone.sync().await.unwrap();
    assert_eq!(closing.town.waits(&closing.late).await, ["appeal"]);
}

/// What a workbook says, by nothing but a ZIP and XML reader.
const READ_XLSX: &str = r#"
import json, re, sys, zipfile
import xml.etree.ElementTree as ET
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for name in z.namelist():
    if name.endswith((".xml", ".rels")):
        ET.fromstring(z.read(name))
book = z.read("xl/workbook.xml").decode()
first = z.read("xl/worksheets/sheet1.xml").decode()
ns = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
strings = ET.fromstring(z.read("xl/sharedStrings.xml"))
print(json.dumps({
    "sheets": [s.get("name") for s in ET.fromstring(book).iter("{%s}sheet" % ns["m"])],
    "titles": re.search(r"Print_Titles[^>]*>([^<]*)<", book).group(1),
    "page": re.search(r"<pageSetup[^>]*>", first).group(0),
    "footer": re.search(r"<oddFooter>([^<]*)<", first).group(1),
    "cells": ["".join(t.text or "" for t in si.iter("{%s}t" % ns["m"])) for si in strings],
    "pictures": len([n for n in z.namelist() if n.startswith("xl/media/")]),
}))
"#;
