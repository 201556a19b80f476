//! What the gallery finds, counts and maps is what one finds who looks at every photo.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};
use zhucun_tests::{raw::RawPhone, server::Database};

use crate::fixture::{DATABASES, Gallery, key, texts};

const DAY: i64 = 86_400_000;
const VISIT: &str = "v-gallery";
const ITEMS: [&str; 3] = ["roof", "wall", "door"];

/// A photo as it was pushed.
#[derive(Clone)]
struct Pushed {
    photo: String,
    scope: String,
    id: String,
    person: String,
    item: Option<&'static str>,
    is_of_campaign: bool,
    at_ms: i64,
    place: Option<(f64, f64)>,
}

/// The one campaign of a test's inspector.
fn campaign(inspector: &str) -> String {
    format!("2026-autumn-{inspector}")
}

struct Crowd {
    campaign: String,
    phones: Vec<(RawPhone, Vec<String>)>,
    photos: Vec<Pushed>,
    random: StdRng,
}

impl Crowd {
    /// Members of two villages and an inspector who comes to both.
    async fn of(gallery: &Gallery, people: [&str; 2], inspector: &str) -> (Self, [String; 2]) {
        let villages = [gallery.village_of(people[0]).await, gallery.village_of(people[1]).await];
        let mut phones = Vec::new();
        for (seed, (person, village)) in (100..).zip(people.iter().zip(&villages)) {
            phones.push((gallery.phone(person, seed).await, vec![format!("{village}/presence")]));
        }
        let everywhere: Vec<String> = villages.iter().map(|village| format!("{village}/inspection")).collect();
        let mut inspecting = gallery.phone(inspector, 110).await;
        for scope in &everywhere {
            let visit = inspecting.line(scope, "visit", VISIT, &json!({"campaign": campaign(inspector)}));
            inspecting.push(&[visit]).await.expect("the visit is taken");
        }
        phones.push((inspecting, everywhere));
        // For some weeks the first was posted to the other team too.
        let (person, middle) = (phones[0].0.person.clone(), phones[0].0.now_ms - 90 * DAY);
        let station = json!({"person": person, "village": villages[0], "team": format!("{}-team", villages[1]), "from": middle, "to": middle + 40 * DAY});
        gallery
            .office
            .write((&format!("{}/roster", villages[0]), "station", "lent"), station)
            .await
            .expect("it is written");
        (Self { campaign: campaign(inspector), phones, photos: Vec::new(), random: StdRng::seed_from_u64(5) }, villages)
    }

    /// Takes so many photos within the last 200 days.
    async fn take(&mut self, count: usize) {
        for (phone, scopes) in &mut self.phones {
            let mut lines = Vec::new();
            for _ in 0..count {
                let scope = scopes.choose(&mut self.random).unwrap().clone();
                let id = phone.own_id(&format!("g{:x}", self.random.random::<u32>()));
                let item = self.random.random_bool(0.7).then(|| *ITEMS.choose(&mut self.random).unwrap());
                // Several at one moment, so that order is by more than time.
                let at_ms =
                    phone.now_ms - DAY * self.random.random_range(1..200) - 1_000 * self.random.random_range(0..3);
                let place = self.random.random_bool(0.8).then(|| {
                    (21.0 + self.random.random_range(-0.05..0.05), 110.4 + self.random.random_range(-0.05..0.05))
                });
                let mut fields = json!({"sha256": format!("{:064x}", self.random.random::<u128>())});
                let is_of_campaign = scope.ends_with("/inspection") && self.random.random_bool(0.5);
                if is_of_campaign {
                    fields["subject_kind"] = "visit".into();
                    fields["subject_id"] = VISIT.into();
                }
                if let Some(item) = item {
                    fields["item"] = item.into();
                }
                if let Some((lat, lon)) = place {
                    fields["lat"] = lat.into();
                    fields["lon"] = lon.into();
                    fields["datum"] = "wgs84".into();
                }
                lines.push(line(&scope, &id, &fields, at_ms));
                let person = phone.person.clone();
                self.photos.push(Pushed {
                    photo: key(&scope, &id),
                    scope,
                    id,
                    person,
                    item,
                    is_of_campaign,
                    at_ms,
                    place,
                });
            }
            phone.push(&lines).await.expect("all is taken");
        }
    }

    /// Who was posted to the team of which village, and when.
    fn postings<'v>(&self, villages: &'v [String; 2]) -> [(String, &'v str, Range<i64>); 3] {
        let person = |nth: usize| self.phones[nth].0.person.clone();
        let middle = self.phones[0].0.now_ms - 90 * DAY;
        let [first, second] = villages;
        let lent = middle..middle + 40 * DAY;
        [(person(0), first, 0..i64::MAX), (person(1), second, 0..i64::MAX), (person(0), second, lent)]
    }

    /// The names of the photos that a filter takes, the newest first.
    fn taken_by(&self, takes: impl Fn(&Pushed) -> bool) -> Vec<String> {
        let mut found: Vec<&Pushed> = self.photos.iter().filter(|photo| takes(photo)).collect();
        found.sort_by_key(|photo| Reverse((photo.at_ms, photo.photo.clone())));
        found.into_iter().map(|photo| photo.photo.clone()).collect()
    }
}

fn line(scope: &str, id: &str, fields: &Value, at_ms: i64) -> Vec<u8> {
    format!(r#"{{"s":"{scope}","k":"photo","id":"{id}","f":{fields},"t":{{"w":{at_ms},"g":[{at_ms},0]}}}}"#)
        .into_bytes()
}

/// All pages of a filter.
async fn pages(gallery: &Gallery, query: &[(&str, &str)], limit: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let mut query = [query, &[("limit", limit)]].concat();
        if !cursor.is_empty() {
            query.push(("cursor", &cursor));
        }
        let page = gallery.manager.get("/v1/photos", &query).await.unwrap();
        found.extend(texts(&page["photos"], "photo"));
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return found,
        }
    }
}

type Takes = Box<dyn Fn(&Pushed) -> bool>;

/// Filters, and what each takes.
fn filters(crowd: &Crowd, villages: &[String; 2], team: &str) -> Vec<(Vec<(&'static str, String)>, Takes)> {
    let [first, second] = villages.clone();
    let member = crowd.phones[0].0.person.clone();
    let inspector = crowd.phones[2].0.person.clone();
    let middle = crowd.phones[0].0.now_ms - 90 * DAY;
    let (from, to) = (middle.to_string(), (middle + 40 * DAY).to_string());
    let within = move |photo: &Pushed| (middle..middle + 40 * DAY).contains(&photo.at_ms);
    let at = |village: &str| {
        let prefix = format!("{village}/");
        move |photo: &Pushed| photo.scope.starts_with(&prefix)
    };
    let of = |person: &str| {
        let person = person.to_owned();
        move |photo: &Pushed| photo.person == person
    };
    let (at_first, at_second, at_second_too) = (at(&first), at(&second), at(&second));
    let (by_member, by_inspector, by_inspector_too) = (of(&member), of(&inspector), of(&inspector));
    let both = at(&first);
    let place = |village: &String| ("place", village.clone());
    vec![
        (vec![place(&first)], Box::new(at_first) as Takes),
        (vec![place(&second), ("from", from.clone())], Box::new(move |p| at_second(p) && p.at_ms >= middle)),
        (vec![("person", member.clone())], Box::new(by_member)),
        (
            vec![("person", inspector.clone()), ("item", "roof".into())],
            Box::new(move |p| by_inspector(p) && p.item == Some("roof")),
        ),
        (vec![place(&first), ("item", "wall".into())], Box::new(move |p| both(p) && p.item == Some("wall"))),
        (vec![("person", inspector), ("from", from), ("to", to)], Box::new(move |p| by_inspector_too(p) && within(p))),
        // A team is its members: of these one has a phone here.
        (vec![("team", team.to_owned())], Box::new(of(&member))),
        (vec![("campaign", crowd.campaign.clone())], Box::new(|p| p.is_of_campaign)),
        (
            vec![("campaign", crowd.campaign.clone()), place(&second), ("item", "door".into())],
            Box::new(move |p| p.is_of_campaign && at_second_too(p) && p.item == Some("door")),
        ),
        (vec![("campaign", "none".into())], Box::new(|_| false)),
        (vec![("person", "zjedz.p.nobody".into())], Box::new(|_| false)),
        (vec![place(&"440811070999".to_owned())], Box::new(|_| false)),
    ]
}

/// Holds the gallery to what was pushed.
async fn agrees(gallery: &Gallery, crowd: &Crowd, villages: &[String; 2], team: &str) {
    // To which visit a photo belongs is found after it came.
    gallery.office.settled().await.unwrap();
    for (query, takes) in filters(crowd, villages, team) {
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let expected = crowd.taken_by(&takes);
        assert_eq!(pages(gallery, &query, "7").await, expected, "{query:?}");

        let taken: Vec<&Pushed> = crowd.photos.iter().filter(|photo| takes(photo)).collect();
        let counts = gallery.manager.get("/v1/photos/counts", &query).await.unwrap();
        assert_eq!(counts["count"], taken.len(), "{query:?}");
        let by = |what: &dyn Fn(&Pushed) -> Option<String>| {
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            taken.iter().filter_map(|photo| what(photo)).for_each(|key| *sums.entry(key).or_default() += 1);
            sums
        };
        let told = |facet: &str| -> BTreeMap<String, i64> {
            let one = |f: &Value| (f["key"].as_str().unwrap().to_owned(), f["count"].as_i64().unwrap());
            counts[facet].as_array().unwrap().iter().map(one).collect()
        };
        assert_eq!(told("people"), by(&|photo| Some(photo.person.clone())), "{query:?}");
        let mut teams: BTreeMap<String, i64> = BTreeMap::new();
        for (person, village, span) in crowd.postings(villages) {
            let theirs = taken.iter().filter(|photo| photo.person == person && span.contains(&photo.at_ms)).count();
            *teams.entry(format!("{village}-team")).or_default() += theirs as i64;
        }
        teams.retain(|_, photos| *photos > 0);
        assert_eq!(told("teams"), teams, "{query:?}");
        assert_eq!(told("items"), by(&|photo| photo.item.map(str::to_owned)), "{query:?}");
        assert_eq!(told("places"), by(&|photo| photo.scope.split('/').next().map(str::to_owned)), "{query:?}");

        // From afar by what is counted beforehand, from close by one by one.
        for (zoom, half) in [("10", 0.06), ("15", 0.02)] {
            let inside = |(lat, lon): (f64, f64)| (lat - 21.0).abs() < half && (lon - 110.4).abs() < half;
            let (west, east) = ((110.4 - half).to_string(), (110.4 + half).to_string());
            let (south, north) = ((21.0 - half).to_string(), (21.0 + half).to_string());
            let window = [("west", &*west), ("east", &*east), ("south", &*south), ("north", &*north), ("zoom", zoom)];
            let map = gallery.manager.get("/v1/photos/map", &[&query[..], &window].concat()).await.unwrap();
            let clusters = map["clusters"].as_array().unwrap();
            let mapped: i64 = clusters.iter().map(|cluster| cluster["count"].as_i64().unwrap()).sum();
            let expected = taken.iter().filter(|photo| photo.place.is_some_and(inside)).count() as i64;
            // Squares at the edge are whole, and have what lies just outside.
            let near = |(lat, lon): (f64, f64)| (lat - 21.0).abs() < half + 0.1 && (lon - 110.4).abs() < half + 0.1;
            let most = taken.iter().filter(|photo| photo.place.is_some_and(near)).count() as i64;
            assert!((expected..=most).contains(&mapped), "{query:?} {zoom}: {mapped} of {expected} to {most}");
            assert_eq!(map["more"], false);
        }
    }
}

#[tokio::test]
async fn what_is_found_counted_and_mapped_is_what_was_pushed_whatever_becomes_of_it() {
    for database in DATABASES {
        let gallery = Gallery::on(database).await;
        let (mut crowd, villages) = Crowd::of(&gallery, ["m-0005", "m-0020"], "i-01").await;
        let team = format!("{}-team", villages[0]);
        crowd.take(40).await;
        agrees(&gallery, &crowd, &villages, &team).await;

        // Deleted, erased, and more of them.
        let gone: Vec<Pushed> = (0..3).map(|nth| crowd.photos.remove(nth * 7)).collect();
        let (phone, _) = &mut crowd.phones[0];
        let deleted = line(&gone[0].scope, &gone[0].id, &json!({"_deleted": true}), phone.now_ms);
        let seen = gallery.office.record((&gone[0].scope, "photo", &gone[0].id)).await.unwrap();
        let mut deletion: Value = serde_json::from_slice(&deleted).unwrap();
        deletion["seen"] = json!([seen["by"][0][0]]);
        phone.push(&[deletion.to_string().into_bytes()]).await.unwrap();
        for photo in &gone[1..] {
            let record = json!({"scope": photo.scope, "kind": "photo", "id": photo.id});
            let mut ask = json!({"record": record, "basis": "consent_withdrawn", "reason": "本人要求删除"});
            ask["confirm"] = gallery.office.post("/v1/erasures", ask.clone()).await.unwrap()["confirm"].clone();
            gallery.office.post("/v1/erasures", ask).await.unwrap();
        }
        crowd.take(5).await;
        agrees(&gallery, &crowd, &villages, &team).await;
        gallery.end().await;
        // All counts are made again from the lines, and are the same.
        let verified = gallery.server.succeeds(&["verify"]).await.unwrap();
        assert!(verified.contains("clean"), "{verified}");
    }
}

#[tokio::test]
async fn pages_and_neighbours_stay_where_they_are_while_photos_come() {
    for database in DATABASES {
        let gallery = Gallery::on(database).await;
        let (mut crowd, villages) = Crowd::of(&gallery, ["m-0040", "m-0060"], "i-02").await;
        crowd.take(15).await;
        let query = [("place", villages[0].as_str()), ("limit", "4")];
        let before = crowd.taken_by(|photo| photo.scope.starts_with(&villages[0]));
        let first = gallery.manager.get("/v1/photos", &query).await.unwrap();
        crowd.take(15).await;
        let after = crowd.taken_by(|photo| photo.scope.starts_with(&villages[0]));
        let next = first["next"].as_str().unwrap();
        let rest = pages_from(&gallery, &query, next).await;
        let last = &before[3];
        let expected: Vec<String> = after[after.iter().position(|photo| photo == last).unwrap() + 1..].to_vec();
        assert_eq!(texts(&first["photos"], "photo"), before[..4]);
        assert_eq!(rest, expected, "nothing twice, nothing left out of what was there");

        for at in [0, 1, after.len() / 2, after.len() - 1] {
            let path = format!("/v1/photos/{}/neighbours", after[at]);
            let near = gallery.manager.get(&path, &[("place", &villages[0]), ("limit", "3")]).await.unwrap();
            let older: Vec<String> = after[at + 1..].iter().take(3).cloned().collect();
            let newer: Vec<String> = after[..at].iter().rev().take(3).cloned().collect();
            assert_eq!((texts(&near["before"], "photo"), texts(&near["after"], "photo")), (older, newer));
        }
        gallery.end().await;
    }
}

async fn pages_from(gallery: &Gallery, query: &[(&str, &str)], cursor: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), Some(cursor.to_owned()));
    while let Some(next) = cursor {
        let page = gallery.manager.get("/v1/photos", &[query, &[("cursor", &next)]].concat()).await.unwrap();
        found.extend(texts(&page["photos"], "photo"));
        cursor = page["next"].as_str().map(str::to_owned);
    }
    found
}

#[tokio::test]
async fn a_question_that_is_none_is_told_so() {
    let gallery = Gallery::on(Database::Sqlite).await;
    let map = "/v1/photos/map?west=110&south=20&east=111&north=21";
    for bad in [
        "/v1/photos?place=../etc".to_owned(),
        "/v1/photos?cursor=x".to_owned(),
        "/v1/photos?from=yesterday".to_owned(),
        "/v1/photos/map".to_owned(),
        format!("{map}&zoom=23"),
        format!("{map}&zoom=22"),
        "/v1/photos/map?west=111&south=20&east=110&north=21&zoom=3".to_owned(),
        "/v1/photos/map?west=NaN&south=20&east=110&north=21&zoom=3".to_owned(),
    ] {
        let answer = gallery.answer(&gallery.manager, &bad).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.text);
    }
    for nothing in ["/v1/photos/x", "/v1/photos/%00", &format!("/v1/photos/{}", "00".repeat(20))] {
        gallery.answer(&gallery.manager, nothing).await.refused(404, "not_found");
    }
    // The ends of time and of the world.
    for odd in [
        format!("/v1/photos?from={}&to={}", i64::MIN, i64::MAX),
        format!("/v1/photos/counts?from={}&to=0", i64::MAX),
        "/v1/photos/map?west=-180&south=-90&east=180&north=90&zoom=0".to_owned(),
        "/v1/photos?team=none&item=%27%22--".to_owned(),
    ] {
        let answer = gallery.answer(&gallery.manager, &odd).await;
        assert_eq!(answer.status, 200, "{odd}: {}", answer.text);
    }
    gallery.end().await;
}
