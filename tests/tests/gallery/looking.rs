//! Who may look at photos, what they learn of one, and that each look is noted.

use reqwest::Method;
use serde_json::{Value, json};
use zhucun_tests::{answer::Answer, office::Office, server::Database};

use crate::fixture::{DATABASES, Gallery, texts};

async fn bytes(gallery: &Gallery, who: &Office, path: &str) -> (u16, Vec<u8>) {
    let answer = who.request(Method::GET, path).send().await.expect("an answer");
    let status = answer.status().as_u16();
    let _ = gallery;
    (status, answer.bytes().await.expect("a body").to_vec())
}

/// The newest looks at a file, as (person, what, why).
async fn looks(gallery: &Gallery, sha256: &str) -> Vec<(String, String, Option<String>)> {
    let page = gallery.office.get("/v1/photo-views", &[("sha256", sha256)]).await.unwrap();
    let one = |view: &Value| {
        let text = |member: &str| view[member].as_str().unwrap_or_default().to_owned();
        (text("person"), text("what"), view["why"].as_str().map(str::to_owned))
    };
    page["views"].as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn photos_are_seen_by_role_and_place_and_each_look_is_noted() {
    for database in DATABASES {
        let gallery = Gallery::on(database).await;
        let mut phone = gallery.phone("i-03", 300).await;
        let (here, there) = ("440811070201/inspection", "440811072201/inspection");
        let seed = if database == Database::Sqlite { 30 } else { 40 };
        let photo = gallery.taken(&mut phone, here, "here", seed).await;
        let elsewhere = gallery.taken(&mut phone, there, "there", seed + 1).await;
        let list = "/v1/photos?person=zjedz.p.i-03";
        let media = format!("/v1/media/{}", photo.hash);

        // By role: who looks through evidence, and who is out there.
        for (name, may) in [
            ("manager", true),
            ("office", true),
            ("admin", true),
            ("inspector4", false),
            ("member", false),
            ("dongshan", false),
        ] {
            let who = gallery.as_user(name).await;
            for path in [
                list.to_owned(),
                "/v1/photos/counts".to_owned(),
                "/v1/photos/map?west=110&south=20&east=111&north=21&zoom=8".to_owned(),
                format!("/v1/photos/{}", photo.photo),
                format!("/v1/photos/{}/neighbours", photo.photo),
            ] {
                let answer = gallery.answer(&who, &path).await;
                if may {
                    assert_eq!(answer.status, 200, "{name} {path}: {}", answer.text);
                } else {
                    answer.refused(403, "forbidden");
                }
            }
        }
        assert_eq!(looks(&gallery, &photo.hash).await, [], "a list is no look");

        // The original: to who took it and who looks through evidence; others who may read the record see a rendition.
        let inspector = gallery.as_user("inspector4").await;
        Answer::to(inspector.request(Method::GET, &media)).await.unwrap().refused(403, "original_withheld");
        assert_eq!(bytes(&gallery, &inspector, &format!("{media}?rendition=320")).await.0, 200);
        assert_eq!(looks(&gallery, &photo.hash).await, [], "nor is a thumbnail");
        let large = bytes(&gallery, &inspector, &format!("{media}?rendition=1280&why=%E5%A4%8D%E6%A0%B8")).await;
        assert_eq!(large.0, 200);
        let own = phone.request(Method::GET, &media, &photo.token).send().await.unwrap();
        assert_eq!(own.bytes().await.unwrap(), photo.bytes);
        assert_eq!(bytes(&gallery, &gallery.manager, &media).await, (200, photo.bytes.clone()));
        let part = gallery.manager.request(Method::GET, &media).header("range", "bytes=5-").send().await.unwrap();
        assert_eq!(part.status(), 206);
        let text = |what: &str| what.to_owned();
        assert_eq!(
            looks(&gallery, &photo.hash).await,
            [
                (text("zjedz.p.mgr-01"), text("original"), None),
                (text("zjedz.p.mgr-01"), text("original"), None),
                (text("zjedz.p.i-03"), text("original"), None),
                (text("zjedz.p.i-04"), text("large"), Some(text("复核"))),
            ]
        );
        // Members may not read the record, and to them it does not exist.
        let member = gallery.as_user("member").await;
        Answer::to(member.request(Method::GET, &media)).await.unwrap().refused(404, "not_found");
        // Who looked is for who runs the place.
        gallery.answer(&gallery.manager, "/v1/photo-views").await.refused(403, "forbidden");
        let long = format!("{media}?why={}", "x".repeat(501));
        gallery.answer(&gallery.manager, &long).await.refused(400, "bad_request");

        // By place: a manager of one town sees that town's.
        let (person, now) = ("zjedz.p.i-06", phone.now_ms);
        let grant = json!({"person": person, "role": "manager", "place": "440811072", "from": now - 1_000});
        gallery.admin.write((&format!("{person}/own"), "grant", "of-a-town"), grant).await.unwrap();
        let of_town = gallery.as_user("inspector6").await;
        let page = of_town.get("/v1/photos", &[("person", "zjedz.p.i-03")]).await.unwrap();
        assert_eq!(texts(&page["photos"], "photo"), std::slice::from_ref(&elsewhere.photo));
        gallery.answer(&of_town, &format!("/v1/photos/{}", photo.photo)).await.refused(404, "not_found");
        // As an inspector they read that record still, and no more of it than others.
        Answer::to(of_town.request(Method::GET, &media)).await.unwrap().refused(403, "original_withheld");
        gallery.end().await;
    }
}

#[tokio::test]
async fn a_photo_tells_who_when_where_in_which_line_and_who_looked() {
    for database in DATABASES {
        let gallery = Gallery::on(database).await;
        let mut phone = gallery.phone("i-05", 500).await;
        let scope = "440811071201/inspection";
        let fix = json!({"lat": 21.001, "lon": 110.401, "accuracy_m": 5.0, "datum": "gcj02", "mock": false});
        phone.push(&[phone.line(scope, "fix", &phone.own_id("f"), &fix)]).await.unwrap();
        let taken = gallery.taken(&mut phone, scope, "trail", 50 + database as u64).await;
        gallery.manager.request(Method::GET, &format!("/v1/media/{}", taken.hash)).send().await.unwrap();

        let trail = gallery.manager.get(&format!("/v1/photos/{}", taken.photo), &[]).await.unwrap();
        assert_eq!((&trail["scope"], &trail["person"]), (&json!(scope), &json!("zjedz.p.i-05")));
        assert_eq!((&trail["at_ms"], &trail["item"]), (&json!(phone.now_ms), &json!("roof")));
        assert_eq!((&trail["measured"]["datum"], &trail["measured"]["accuracy_m"]), (&json!("wgs84"), &json!(8.0)));
        assert!((trail["position"]["lat"].as_f64().unwrap() - 21.0).abs() < 1e-5);
        assert_eq!(trail["fixes"][0]["datum"], "gcj02");
        assert!(trail["fixes"][0]["wgs84"]["lat"].as_f64().unwrap() < 21.001 + 0.01);

        let operation = &trail["operations"][0];
        assert_eq!(
            (&operation["install"], &operation["seq"]),
            (&json!(phone.install.to_string()), &json!(phone.tip.0))
        );
        assert_eq!((&operation["state"], &operation["said_ms"]), (&json!("applied"), &json!(phone.now_ms)));
        assert_eq!(operation["written"]["at"], phone.now_ms);
        assert!(operation["received_ms"].as_i64().unwrap() >= phone.now_ms);
        assert!(texts_of(&operation["fields"]).contains(&"sha256".to_owned()));

        let original = &trail["original"];
        assert_eq!((&original["sha256"], &original["size"]), (&json!(taken.hash), &json!(taken.bytes.len())));
        assert_eq!(original["seen"]["width"], 1280);
        let rendition = original["renditions"][0].as_str().unwrap();
        assert_eq!(gallery.answer(&gallery.manager, rendition).await.status, 200);
        assert_eq!(
            (&trail["views"][0]["person"], &trail["views"][0]["what"]),
            (&json!("zjedz.p.mgr-01"), &json!("original"))
        );
        gallery.end().await;
    }
}

fn texts_of(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn photos_are_found_by_what_speaks_against_them_and_what_was_decided_on_it() {
    for database in DATABASES {
        let gallery = Gallery::on(database).await;
        let (scope, seed) = ("440811173202/inspection", 90 + database as u64);
        let mut phone = gallery.phone("i-04", 800).await;
        let first = gallery.taken(&mut phone, scope, "first", seed).await;
        let again = gallery.taken(&mut phone, scope, "again", seed).await;
        let other = gallery.taken(&mut phone, scope, "other", seed + 10).await;
        let found = async |query: &[(&str, &str)]| {
            let query = [&[("place", "440811173202")], query].concat();
            let page = gallery.manager.get("/v1/photos", &query).await.unwrap();
            let counts = gallery.manager.get("/v1/photos/counts", &query).await.unwrap();
            let mut photos = texts(&page["photos"], "photo");
            assert_eq!(counts["count"], photos.len(), "{query:?}");
            photos.sort_unstable();
            photos
        };
        let sorted = |photos: &[&String]| {
            let mut photos: Vec<String> = photos.iter().map(|photo| (*photo).clone()).collect();
            photos.sort_unstable();
            photos
        };
        let both = sorted(&[&first.photo, &again.photo]);
        assert_eq!(found(&[]).await, sorted(&[&first.photo, &again.photo, &other.photo]));
        assert_eq!(found(&[("signal", "same_bytes")]).await, both);
        assert_eq!(found(&[("signal", "same_bytes"), ("decision", "waiting")]).await, both);
        assert!(found(&[("signal", "same_bytes"), ("decision", "confirmed")]).await.is_empty());
        gallery.answer(&gallery.manager, "/v1/photos?signal=nonsense").await.refused(400, "bad_request");

        // The trail says what speaks against it, and how to answer.
        let trail = gallery.office.get(&format!("/v1/photos/{}", again.photo), &[]).await.unwrap();
        let signals = trail["signals"].as_array().unwrap();
        let signal = signals.iter().find(|signal| signal["code"] == "same_bytes").unwrap();
        let answer = &signal["review_as"];
        let mut fields = answer["fields"].clone();
        fields["verdict"] = "confirmed".into();
        fields["reason"] = "同一张照片".into();
        let name = ["scope", "kind", "id"].map(|member| answer[member].as_str().unwrap());
        gallery.office.write((name[0], name[1], name[2]), fields).await.unwrap();
        assert_eq!(
            found(&[("signal", "same_bytes"), ("decision", "confirmed")]).await,
            std::slice::from_ref(&again.photo)
        );
        assert_eq!(
            found(&[("signal", "same_bytes"), ("decision", "waiting")]).await,
            std::slice::from_ref(&first.photo)
        );
        gallery.end().await;
    }
}
