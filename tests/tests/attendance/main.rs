//! Attendance by rules that the office writes: the real server on both databases, phones, and two people at the desk.

mod crossing;
mod desk;
mod mergers;
mod rules;
mod sealing;

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use mobile_schema::Wgs84;
use reqwest::Method;
use serde_json::{Value, json};
use zhucun_tests::{
    answer::Answer,
    ground::Ground,
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
};

const DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// A server with the demo district.
struct Town {
    server: Server,
    office: Office,
    other: Office,
}

impl Town {
    async fn on(database: Database) -> Self {
        let mut server = Server::new(&binary(), database).expect("a server");
        server.succeeds(&["demo"]).await.expect("the demo is loaded");
        server.start().await.expect("it starts");
        let sign_in = async |name| Office::sign_in(&server.url(), name, "zhucun-demo").await.expect("it signs in");
        let (office, other) = (sign_in("office").await, sign_in("office2").await);
        Self { server, office, other }
    }

    /// A phone of that member, and a point well inside the village where they are posted.
    async fn member(&self, name: &str, village: &str) -> Member {
        let person = format!("zjedz.p.{name}");
        let seed = 900 + u64::from(name.bytes().last().unwrap_or(0));
        let phone = RawPhone::enrol(&self.office, &self.server.url(), &person, seed).await.expect("it enrols");
        let fences = self.office.get("/v1/fences", &[("village", village)]).await.expect("fences");
        let inside = Ground::of(&fences[0]["geometry"]).expect("a fence").inside().expect("a point");
        let now = Timestamp::from_millisecond(self.office.signed_in_ms).expect("a time").to_zoned(zone());
        let day = now.date().saturating_sub(3.days());
        Member { phone, person, village: village.to_owned(), inside, day, n: 0 }
    }

    /// An inspector's phone.
    async fn inspector(&self) -> RawPhone {
        RawPhone::enrol(&self.office, &self.server.url(), "zjedz.p.i-01", 990).await.expect("it enrols")
    }

    async fn asked(&self, who: &Office, path: &str, body: Value) -> Answer {
        Answer::to(who.request(Method::POST, path).json(&body)).await.expect("an answer")
    }

    /// The day as the office sees it, once nothing is left to do.
    async fn file(&self, member: &Member) -> Value {
        self.office.settled().await.expect("nothing is left to do");
        let path = format!("/v1/attendance/presence/{}/{}", member.person, member.day);
        self.office.get(&path, &[]).await.expect("the day")
    }

    /// What waits for a person of that member, by code and detail.
    async fn waits(&self, member: &Member) -> Vec<String> {
        self.office.settled().await.expect("nothing is left to do");
        let all = self.office.get("/v1/attendance/matters", &[("place", &member.village)]).await.expect("the queue");
        let all = all["matters"].as_array().expect("a list").iter();
        let text = |matter: &Value, field: &str| matter[field].as_str().expect("a text").to_owned();
        all.filter(|matter| matter["person"] == member.person.as_str()).map(|matter| text(matter, "code")).collect()
    }

    async fn end(mut self) {
        self.office.settled().await.expect("nothing is left to do");
        self.server.assert_clean_log();
        self.server.stop().await.expect("it stops");
    }
}

/// A member with a phone, on a day.
struct Member {
    phone: RawPhone,
    person: String,
    village: String,
    inside: Wgs84,
    day: Date,
    n: usize,
}

impl Member {
    /// A position measured at that hour of the day.
    async fn measures(&mut self, hour: i8, at: Wgs84) {
        let at_ms = self.day.at(hour, 0, 0, 0).to_zoned(zone()).expect("a time").timestamp().as_millisecond();
        let fields = json!({
            "lat": at.lat(), "lon": at.lon(), "accuracy_m": 15.0, "datum": "wgs84", "provider": "gps", "village": self.village,
        });
        self.n += 1;
        let id = self.phone.own_id(&format!("f{}", self.n));
        self.phone.now_ms = at_ms;
        let line = self.phone.line(&format!("{}/presence", self.village), "fix", &id, &fields);
        self.phone.push(&[line]).await.expect("it is taken");
    }
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("it is known")
}

/// The codes of a verdict's reasons, in their order.
fn codes(file: &Value) -> Vec<&str> {
    file["reasons"].as_array().expect("a list").iter().filter_map(|reason| reason["code"].as_str()).collect()
}
