//! A month of one town, for people to see: fifteen or so members come back with what their phones know of last month, an inspector with
//! roll calls; the office approves, signs off and seals; then something comes late. What each day is to count as is known beforehand.

mod member;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, ensure};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value, json};

use self::member::{Did, Member, at};
use crate::{
    account::Account,
    answer::Answer,
    ground::Ground,
    office::{Office, text},
    raw::RawPhone,
    server::Server,
};

/// The town.
const TOWN: &str = "440811173";
/// What the files are called, by the endings of the server's addresses.
const FILES: [(&str, &str); 3] = [("print", "sheet.html"), ("xlsx", "sheet.xlsx"), ("csv", "sheet.csv")];

struct Play<'a> {
    server: &'a Server,
    office: Office,
    members: Vec<Member>,
    days: Vec<Date>,
    zone: TimeZone,
    account: Account,
}

/// Plays the month on a server of the demo district, running, and writes the sheet as files into that folder.
pub async fn play(server: &Server, files: &Path) -> Result<Account> {
    let mut play = Play::assemble(server).await?;
    play.field().await?;
    play.approvals().await?;
    let sheet = play.sheet().await?;
    play.as_it_was(&sheet)?;
    play.as_one().await?;
    play.tell(&sheet)?;
    play.close(files).await?;
    play.late().await?;
    Ok(play.account)
}

impl<'a> Play<'a> {
    async fn assemble(server: &'a Server) -> Result<Self> {
        let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
        let zone = TimeZone::get("Asia/Shanghai")?;
        let today = Timestamp::from_millisecond(office.signed_in_ms)?.to_zoned(zone.clone()).date();
        let last = today.first_of_month().yesterday()?;
        let days: Vec<Date> = last.first_of_month().series(1.day()).take_while(|day| *day <= last).collect();
        let mut members: Vec<Member> = Vec::new();
        let stations = office.get("/v1/stations", &[]).await?;
        for station in stations.as_array().context("stations")? {
            let (person, village) = (text(station, "person")?, text(station, "village")?);
            if !village.starts_with(TOWN) {
                continue;
            }
            let fences = office.get("/v1/fences", &[("village", &village)]).await?;
            let ground = Ground::of(&fences[0]["geometry"])?;
            let phone = RawPhone::enrol(&office, &server.url(), &person, 3_000 + members.len() as u64).await?;
            // The first member who has a colleague in the village carries that one's phone as well.
            let carried = members.iter().all(|member| !member.carried)
                && members.last().is_some_and(|member| member.village == village);
            let nth = members.len() - usize::from(carried);
            members.push(Member { phone, village, ground, nth, carried });
        }
        ensure!(!members.is_empty(), "nobody is stationed in {TOWN}");
        let mut account = Account::default();
        account.chapter(&format!("一个月 A month: {}", written(last)));
        account.tell(format!(
            "{} members of town {TOWN}, six days a week, twenty days a month (规则：每月驻村 20 天).",
            members.len()
        ));
        Ok(Self { server, office, members, days, zone, account })
    }

    /// What comes from the field: each phone's month in one push, as after weeks without a network.
    async fn field(&mut self) -> Result<()> {
        let shipped = self.office.get("/v1/attendance/rules/shipped", &[]).await?;
        let rule = shipped.as_array().into_iter().flatten().find(|rule| rule["name"] == "days-a-month");
        let mut body = rule.context("the rule ships")?["body"].clone();
        body["required"] = json!({"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat"]});
        let fields =
            json!({"key": "attendance", "title": "每月驻村 20 天", "from": self.days[0].to_string(), "body": body});
        self.office.write((&format!("{TOWN}/roster"), "rule", "month"), fields).await?;

        let mut inspector = RawPhone::enrol(&self.office, &self.server.url(), "zjedz.p.i-01", 3_900).await?;
        let mut calls = Vec::new();
        for member in &mut self.members {
            let mut lines = Vec::new();
            for &day in &self.days {
                let did = Did::of(member.nth, day);
                lines.extend(member.did(day, did, &self.zone)?);
                let state = match did {
                    Did::WasSeen => "seen",
                    Did::WasMissedThoughThere => "absent",
                    _ => continue,
                };
                inspector.now_ms = at(day, 10, &self.zone)?;
                let name = member.phone.person.rsplit('.').next().unwrap_or_default();
                let id = inspector.own_id(&format!("c{name}-{}", day.day()));
                let fields = json!({"person": member.phone.person, "village": member.village, "state": state});
                calls.push(inspector.line(&format!("{}/inspection", member.village), "roll_call", &id, &fields));
            }
            member.phone.push(&lines).await?;
        }
        inspector.push(&calls).await?;
        self.account.tell(format!("Their phones come back with it; an inspector's with {} roll calls.", calls.len()));
        Ok(())
    }

    /// The office approves what was asked for.
    async fn approvals(&mut self) -> Result<()> {
        let mut approved = 0;
        for member in &self.members {
            let own = format!("{}/own", member.phone.person);
            for kind in ["leave", "duty_away"] {
                for record in self.office.records(&own, Some(kind)).await? {
                    let id = text(&record, "id")?;
                    self.office.write((&own, kind, &id), json!({"approval": "approved"})).await?;
                    approved += 1;
                }
            }
        }
        self.account.tell(format!("The office approves {approved} requests for leave and duty away."));
        Ok(())
    }

    async fn sheet(&self) -> Result<Value> {
        self.office.settled().await?;
        self.office.get(&format!("/v1/attendance/sheets/{}", written(self.days[0])), &[("place", TOWN)]).await
    }

    /// Every day counts as what it was.
    fn as_it_was(&mut self, sheet: &Value) -> Result<()> {
        let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
        for line in sheet["lines"].as_array().context("lines")? {
            for day in line["days"].as_array().context("days")? {
                seen.insert((text(line, "person")?, text(day, "day")?), text(day, "verdict")?);
            }
        }
        let mut otherwise = Vec::new();
        for member in &self.members {
            for &day in &self.days {
                let (did, key) = (Did::of(member.nth, day), (member.phone.person.clone(), day.to_string()));
                let verdict = seen.get(&key).map(String::as_str);
                if verdict != Some(did.counts_as()) {
                    otherwise.push(format!("{} on {day}: {did:?}, and it counts as {verdict:?}", key.0));
                }
            }
        }
        let days = self.members.len() * self.days.len();
        self.account.expect_equal(
            &format!("each of {days} member-days counts as what it was"),
            &otherwise,
            &Vec::new(),
        );
        Ok(())
    }

    /// Two phones in one bag are told to the office, and nobody who lives and works with others.
    async fn as_one(&mut self) -> Result<()> {
        let carried = self.members.iter().position(|member| member.carried).context("a village of two")?;
        let names = |member: &Member| member.phone.person.clone();
        let mut pair = [names(&self.members[carried - 1]), names(&self.members[carried])];
        pair.sort();
        let matters = self.office.get("/v1/attendance/matters", &[("place", TOWN), ("code", "as_one")]).await?;
        let matters = matters["matters"].as_array().context("matters")?;
        let told: Vec<[String; 2]> =
            matters.iter().map(|one| Ok([text(one, "person")?, text(one, "detail")?])).collect::<Result<_>>()?;
        for matter in matters {
            self.account.tell(format!("For a person to look at: {}", text(matter, "zh")?));
        }
        self.account.expect_equal("who carries a colleague's phone is told, and nobody else", &told, &vec![pair]);
        Ok(())
    }

    /// The sheet, as it hangs on the wall; below it each exceptional day with its sentence.
    fn tell(&mut self, sheet: &Value) -> Result<()> {
        self.account.chapter("考勤表 The sheet");
        let (mut table, mut exceptions) = (Vec::new(), Vec::new());
        for line in sheet["lines"].as_array().context("lines")? {
            let who = format!("{} {}", text(line, "village_name")?, text(line, "name")?);
            let days = line["days"].as_array().context("days")?;
            let mark = |day: &Value| match day["mark"].as_str() {
                Some("") | None => "·".to_owned(),
                Some(mark) => mark.to_owned(),
            };
            let marks: String = days.iter().map(mark).collect();
            let sums = &line["sums"];
            table.push(format!(
                "{marks}  在岗 {} 视同 {} 请假 {} 缺 {} 待核 {}，应 {} 欠 {}  {who}",
                sums["present"],
                sums["away_counted"],
                sums["on_leave"],
                sums["absent"],
                sums["unconfirmed"],
                sums["floor"],
                sums["short"]
            ));
            for day in days.iter().filter(|day| day["zh"].is_string()) {
                exceptions.push(format!("{} {who}：{}", text(day, "day")?, text(day, "zh")?));
            }
        }
        exceptions.sort();
        let legend = sheet["legend"].as_array().into_iter().flatten();
        let legend: Vec<String> = legend.map(|mark| format!("{} {}", mark["mark"], mark["zh"])).collect();
        self.account.tell(legend.join("  ").replace('"', ""));
        table.into_iter().for_each(|line| self.account.tell(line));
        self.account.chapter("例外情况 Exceptional days");
        exceptions.into_iter().for_each(|line| self.account.tell(line));
        Ok(())
    }

    /// Signed off and sealed; as files; and the code on the print is checked by somebody who is not signed in.
    async fn close(&mut self, files: &Path) -> Result<()> {
        self.account.chapter("封存 Signed off and sealed");
        let month = written(self.days[0]);
        let seal = json!({"place": TOWN, "month": month});
        let refused = self.ask("/v1/attendance/seals", &seal).await?;
        self.account.expect_equal(
            "days nobody could decide are named before a month is sealed",
            &refused.code(),
            &"open_days",
        );
        let mut with_open = seal;
        with_open["with_open"] = true.into();
        let sealed = self.ask("/v1/attendance/seals", &with_open).await?.success()?;
        self.account
            .tell(format!("{} members of {} villages are sealed for {month}.", sealed["members"], sealed["villages"]));
        std::fs::create_dir_all(files)?;
        for (ending, name) in FILES {
            let path = format!("/v1/attendance/sheets/{month}/{ending}?place={TOWN}");
            let bytes = self.office.request(Method::GET, &path).send().await?.error_for_status()?.bytes().await?;
            std::fs::write(files.join(name), &bytes)?;
        }
        self.account
            .tell(format!("Printed: {}", FILES.map(|(_, name)| files.join(name).display().to_string()).join(", ")));
        let page = std::fs::read_to_string(files.join("sheet.html"))?;
        let code = page.split("封存码 ").nth(1).and_then(|rest| rest.split(['<', '　']).next()).context("no code")?;
        let check = reqwest::Client::new().get(format!("{}/v1/attendance/seals/{code}", self.server.url()));
        let check = Answer::to(check).await?.success()?;
        self.account.expect_equal("the code on the print is checked by anybody", &check["state"], &json!("holds"));
        Ok(())
    }

    /// A phone that was in a drawer: what it brings changes nothing of what was signed, and is noticed.
    async fn late(&mut self) -> Result<()> {
        let before = self.sheet().await?;
        let nothing = |member: usize| self.days.iter().copied().find(|day| Did::of(member, *day) == Did::WroteNothing);
        let members = self.members.iter().enumerate();
        let (at, day) =
            members.filter_map(|(at, member)| Some((at, nothing(member.nth)?))).next().context("a day of nothing")?;
        let member = &mut self.members[at];
        let line = member.position(day, 11, member.ground.inside()?, json!({}), &self.zone)?;
        member.phone.push(&[line]).await?;
        let after = self.sheet().await?;
        let query = [("place", TOWN), ("code", "seal_differs")];
        let notices = self.office.get("/v1/attendance/matters", &query).await?;
        let notice = &notices["matters"][0];
        let seen = (text(notice, "person")?, text(notice, "day")?);
        let person = self.members[at].phone.person.clone();
        self.account.tell(format!("A phone from a drawer proves that {person} was there on {day}: {}", notice["zh"]));
        self.account.expect_equal("what comes after the seal is noticed", &seen, &(person, day.to_string()));
        let sums = |sheet: &Value| sheet["towns"][0]["sums"].clone();
        self.account.expect_equal("and changes nothing of what was signed", &sums(&after), &sums(&before));
        Ok(())
    }

    async fn ask(&self, path: &str, body: &Value) -> Result<Answer> {
        Answer::to(self.office.request(Method::POST, path).json(body)).await
    }
}

fn written(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}
