//! Villages are merged and renamed, and phones that have not heard write on: nothing is lost, each day counts where it should, and old sheets stay.

use jiff::{ToSpan as _, civil::Date};
use reqwest::Method;
use serde_json::{Value, json};
use zhucun_tests::{answer::Answer, ground::Ground, office::Office, raw::RawPhone};

use super::{DATABASES, Member, Town, codes, zone};

/// Where the members are posted, and what becomes of it.
const ENDS: &str = "440811070201";
const GOES_ON: &str = "440811070202";

/// Taken as the office's files are: a table of one line.
async fn import(town: &Town, kind: &str, table: String) -> Answer {
    let request = town.office.request(Method::POST, &format!("/v1/imports/{kind}?district=zjedz"));
    let request = request.header("content-type", "application/octet-stream").body(table);
    Answer::to(request).await.expect("an answer")
}

fn written(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// The days of a member in a village, as the sheet of the town has them.
async fn days(town: &Town, month: &str, person: &str, village: &str) -> Vec<String> {
    let path = format!("/v1/attendance/sheets/{month}");
    let sheet = town.office.get(&path, &[("place", &village[..9])]).await.expect("the sheet");
    let lines = sheet["lines"].as_array().expect("lines").iter();
    let mut of = lines.filter(|line| line["person"] == person && line["village"] == village);
    let days = of.next().map_or(Vec::new(), |line| line["days"].as_array().expect("days").clone());
    days.iter().map(|day| day["day"].as_str().expect("a day").to_owned()).collect()
}

async fn village_name(town: &Town, month: &str, village: &str) -> String {
    let path = format!("/v1/attendance/sheets/{month}");
    let sheet = town.office.get(&path, &[("place", village)]).await.expect("the sheet");
    sheet["villages"][0]["name"].as_str().expect("a name").to_owned()
}

#[tokio::test]
async fn a_village_is_merged_in_mid_month_and_a_phone_that_has_not_heard_loses_nothing() {
    for database in DATABASES {
        let mut town = Town::on(database).await;
        let today = jiff::Timestamp::from_millisecond(town.office.signed_in_ms).unwrap().to_zoned(zone()).date();
        let this_month = today.first_of_month();
        // The twelfth of last month.
        let on = this_month.yesterday().unwrap().first_of_month().saturating_add(11.days());
        let (before, after, later) =
            (on.saturating_sub(2.days()), on.saturating_add(2.days()), on.saturating_add(8.days()));
        let mut member = town.member("m-0001", ENDS).await;
        let inside = member.inside;
        let asked = |preview: bool| {
            json!({"district": "zjedz", "villages": [ENDS], "into": GOES_ON, "on": on.to_string(), "preview": preview,
                "late_until": on.saturating_add(5.days()).to_string()})
        };

        // What came in before anybody recorded the merger.
        let noticed = on.saturating_add(3.days());
        member.day = noticed;
        member.measures(11, inside).await;
        assert_eq!(town.file(&member).await["village"], ENDS);

        let outlook = town.office.post("/v1/mergers", asked(true)).await.unwrap();
        let moving = outlook["moving"].as_array().unwrap();
        assert!(moving.iter().any(|m| m["person"] == member.person.as_str() && m["village"] == ENDS), "{outlook}");
        assert_eq!((&outlook["nobody"], &outlook["sealed"]), (&json!([]), &json!([])));
        assert!(Ground::of(&outlook["fence"]).unwrap().distance(inside.lon(), inside.lat()) < 0.0);
        let places = town.office.get("/v1/places", &[]).await.unwrap();
        assert!(place(&places, ENDS).get("to").is_none(), "a preview writes nothing");
        let itself = json!({"district": "zjedz", "villages": [ENDS], "into": ENDS, "on": on.to_string()});
        let refused = town.asked(&town.office, "/v1/mergers", itself).await;
        assert_eq!(refused.refused(422, "merger_refused").json["faults"][0]["code"], "differs");

        let done = town.office.post("/v1/mergers", asked(false)).await.unwrap();
        assert!(done["created"].as_u64() > Some(0) && done.get("fence").is_none(), "{done}");
        let again = town.office.post("/v1/mergers", asked(false)).await.unwrap();
        assert_eq!((&again["created"], &again["changed"]), (&json!(0), &json!(0)));
        listed(&town, on).await;
        let file = town.file(&member).await;
        assert_eq!((&file["village"], codes(&file)), (&json!(GOES_ON), vec!["inside_fix", "merged"]));
        assert_eq!(file["history"][0]["village"], ENDS, "what it was stays readable");
        called(&town, noticed).await;

        // The phone has heard of none of it: all it writes names the village that ended.
        for (hour, day) in [(9, before), (10, after)] {
            member.day = day;
            member.measures(hour, inside).await;
        }
        member.day = before;
        let file = town.file(&member).await;
        assert_eq!((&file["verdict"], &file["village"]), (&json!("present"), &json!(ENDS)));
        assert_eq!(codes(&file), ["inside_fix"]);
        member.day = after;
        let file = town.file(&member).await;
        assert_eq!((&file["verdict"], &file["village"]), (&json!("present"), &json!(GOES_ON)));
        assert_eq!(codes(&file), ["inside_fix", "merged"]);
        assert!(file["reasons"][1]["zh"].as_str().unwrap().contains("已并入本村"));

        too_late(&town, &mut member, later).await;
        sheets(&town, &member, (before, on), this_month).await;

        // A rebuild comes to the same.
        town.server.stop().await.unwrap();
        town.server.succeeds(&["rebuild", "--check"]).await.unwrap();
        town.server.start().await.unwrap();
        town.office = Office::sign_in(&town.server.url(), "office", "zhucun-demo").await.unwrap();
        town.end().await;
    }
}

#[tokio::test]
async fn a_sealed_month_stays_as_signed_when_villages_are_merged_in_it() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let today = jiff::Timestamp::from_millisecond(town.office.signed_in_ms).unwrap().to_zoned(zone()).date();
        let last = today.first_of_month().yesterday().unwrap();
        let (month, on) = (written(last), last.first_of_month().saturating_add(11.days()));
        let seal = json!({"place": ENDS, "month": month, "with_open": true});
        town.office.post("/v1/attendance/seals", seal).await.unwrap();

        // On the command line, beside the serving server.
        let on = on.to_string();
        let merge = ["merge-villages", ENDS, "--into", GOES_ON, "--on", &on, "--district", "zjedz"];
        let outlook = town.server.succeeds(&[&merge[..], &["--preview"]].concat()).await.unwrap();
        assert!(outlook.contains(&format!("已封存 {ENDS} {month}")) && outlook.contains("转入"), "{outlook}");
        town.server.succeeds(&merge).await.unwrap();
        town.office.settled().await.unwrap();
        let sheet = town.office.get(&format!("/v1/attendance/sheets/{month}"), &[("place", ENDS)]).await.unwrap();
        let line = &sheet["lines"][0];
        assert_eq!((&sheet["sealed"], &line["sealed"]), (&json!(true), &json!(true)));
        assert_eq!(
            line["days"].as_array().unwrap().len(),
            usize::try_from(last.day()).unwrap(),
            "all of it, as signed"
        );
        let matters = town.office.get("/v1/attendance/matters", &[("place", &ENDS[..9])]).await.unwrap();
        let differs = matters["matters"].as_array().unwrap().iter().filter(|matter| matter["code"] == "seal_differs");
        assert!(differs.count() > 0, "{matters}");
        town.end().await;
    }
}

fn place<'p>(places: &'p Value, id: &str) -> &'p Value {
    places.as_array().expect("a list").iter().find(|place| place["id"] == id).expect("the place")
}

/// The village is shown as ended, and what still names it is told its successor.
async fn listed(town: &Town, on: Date) {
    let places = town.office.get("/v1/places", &[]).await.unwrap();
    let ended = place(&places, ENDS);
    assert_eq!((&ended["successor"], &ended["to"]), (&json!(GOES_ON), &json!(on.yesterday().unwrap().to_string())));
    let found = town.office.get("/v1/registry/search", &[("of", "villages"), ("q", "tiaoqing")]).await.unwrap();
    assert_eq!((&found["found"][0]["id"], &found["found"][0]["successor"]), (&json!(ENDS), &json!(GOES_ON)));
    let old = import(town, "stations", format!("person,village,from,to\nm-0001,{ENDS},2026-01-01,\n")).await;
    let fault = old.refused(422, "import_refused").json["faults"][0].clone();
    assert_eq!(fault["code"], "village_ended");
    assert!(fault["message"].as_str().unwrap().contains(GOES_ON), "{fault}");
}

/// An inspector's phone that has not heard calls the roll in the village that ended.
async fn called(town: &Town, day: Date) {
    let person = "zjedz.p.i-01";
    let mut phone = RawPhone::enrol(&town.office, &town.server.url(), person, 977).await.expect("it enrols");
    phone.now_ms = day.at(15, 0, 0, 0).to_zoned(zone()).unwrap().timestamp().as_millisecond();
    let fields = json!({"person": "zjedz.p.m-0002", "state": "seen", "village": ENDS});
    let line = phone.line(&format!("{ENDS}/inspection"), "roll_call", &phone.own_id("r1"), &fields);
    assert!(phone.push(&[line]).await.unwrap().is_empty());
    town.office.settled().await.unwrap();
    let path = format!("/v1/attendance/presence/zjedz.p.m-0002/{day}");
    let file = town.office.get(&path, &[]).await.unwrap();
    assert_eq!((&file["village"], codes(&file)), (&json!(GOES_ON), vec!["seen_at_roll_call", "merged"]));
}

/// What was captured after nobody might write there any more waits for the office, and counts once accepted.
async fn too_late(town: &Town, member: &mut Member, later: Date) {
    member.day = later;
    let inside = member.inside;
    member.measures(10, inside).await;
    assert_eq!(town.file(member).await["verdict"], "unconfirmed");
    let filter = json!({"install": member.phone.install.to_string(), "code": "no_grant"});
    let dry = town.office.decide_alike(filter.clone(), "accept", "手机未更新，仍写原村", None).await.unwrap();
    assert_eq!(dry["count"], 1, "{dry}");
    let confirm = dry["confirm"].as_str().expect("a confirmation");
    town.office.decide_alike(filter, "accept", "手机未更新，仍写原村", Some(confirm)).await.unwrap();
    let file = town.file(member).await;
    assert_eq!((&file["verdict"], codes(&file)), (&json!("present"), vec!["inside_fix", "merged"]));
}

/// The month is told in two lines, each village's own days; afterwards the village is not asked for, and the other's new name is not put into old sheets.
async fn sheets(town: &Town, member: &Member, (before, on): (Date, Date), this_month: Date) {
    let [old, now] = [written(on), written(this_month)];
    let first = days(town, &old, &member.person, ENDS).await;
    let second = days(town, &old, &member.person, GOES_ON).await;
    assert!(first.contains(&before.to_string()) && first.last() < Some(&on.to_string()), "{first:?}");
    assert_eq!(first.len(), 11);
    assert_eq!(second.first(), Some(&on.to_string()));
    assert!(days(town, &now, &member.person, ENDS).await.is_empty());
    assert!(!days(town, &now, &member.person, GOES_ON).await.is_empty());

    let name = village_name(town, &now, GOES_ON).await;
    let table = format!(
        "村代码,村名,镇代码,镇街,曾用名,更名日期\n{GOES_ON},新龙头村委会,440811070,东山街道,{name},{this_month}\n"
    );
    let done = import(town, "places", table).await.success().unwrap();
    assert_eq!((&done["changed"], done.get("warnings")), (&json!(1), None));
    assert_eq!(village_name(town, &now, GOES_ON).await, "新龙头村委会");
    assert_eq!(village_name(town, &old, GOES_ON).await, name, "as it was called then");
    let path = format!("/v1/attendance/sheets/{old}/csv?place={GOES_ON}");
    let csv = town.office.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
    assert!(csv.contains(&name) && !csv.contains("新龙头"), "{csv}");
    let found = town.office.get("/v1/registry/search", &[("of", "villages"), ("q", &name)]).await.unwrap();
    let found = found["found"].as_array().unwrap();
    assert!(found.iter().any(|f| f["id"] == GOES_ON && f["former_names"] == json!([name])), "{found:?}");
}
