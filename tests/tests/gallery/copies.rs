//! Copies: one with its origin drawn into it, and many in an archive.

use std::process::Command;

use image::GenericImageView as _;
use reqwest::Method;
use serde_json::{Value, json};
use zhucun_tests::{answer::Answer, server::Database};

use crate::fixture::{DATABASES, Gallery};

#[tokio::test]
async fn a_copy_has_its_origin_drawn_into_it_and_its_code_says_for_whom_it_was_made() {
    let gallery = Gallery::on(Database::Sqlite).await;
    let mut phone = gallery.phone("i-02", 600).await;
    let taken = gallery.taken(&mut phone, "440811071202/inspection", "copy", 60).await;
    let path = format!("/v1/photos/{}/watermarked", taken.photo);
    let answer = gallery.manager.request(Method::GET, &format!("{path}?why=report")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    let copy = image::load_from_memory(&answer.bytes().await.unwrap()).unwrap();
    let plain = format!("/v1/media/{}?rendition=1280", taken.hash);
    let plain = gallery.manager.request(Method::GET, &plain).send().await.unwrap().bytes().await.unwrap();
    let plain = image::load_from_memory(&plain).unwrap();
    assert_eq!(copy.dimensions(), plain.dimensions());
    // Above it is the picture, below a dark band with white text.
    let (width, height) = copy.dimensions();
    let difference = |y: u32| -> u64 {
        let row = (0..width).map(|x| u64::from(copy.get_pixel(x, y)[0].abs_diff(plain.get_pixel(x, y)[0])));
        row.sum::<u64>() / u64::from(width)
    };
    assert!(difference(height / 3) < 8, "{}", difference(height / 3));
    assert!(difference(height - 3) > 15, "{}", difference(height - 3));
    let white = (height * 4 / 5..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let white = white.filter(|(x, y)| copy.get_pixel(*x, *y).0[..3].iter().all(|value| *value > 200)).count();
    assert!(white > 2_000, "{white} white pixels of text");

    let views = gallery.office.get("/v1/photo-views", &[("sha256", &taken.hash)]).await.unwrap();
    let noted = views["views"].as_array().unwrap().iter().find(|view| view["what"] == "watermarked").unwrap();
    assert_eq!((&noted["person"], &noted["why"]), (&json!("zjedz.p.mgr-01"), &json!("report")));
    let code = noted["code"].as_str().unwrap();
    let typed = code.to_lowercase().replace('-', "%20");
    let said = gallery.manager.get(&format!("/v1/photo-codes/{typed}"), &[]).await.unwrap();
    assert_eq!((&said["is_ours"], &said["photo"]["photo"]), (&json!(true), &json!(taken.photo)));
    assert_eq!(said["copy"]["at_ms"], noted["at_ms"]);
    gallery.answer(&gallery.manager, "/v1/photo-codes/AAAAA-AAAAA").await.refused(404, "not_found");
    let inspector = gallery.as_user("inspector1").await;
    gallery.answer(&inspector, &path).await.refused(403, "forbidden");
    gallery.end().await;
}

#[tokio::test]
async fn without_a_font_only_such_copies_are_refused() {
    let gallery = Gallery::on(Database::Postgres).await;
    let mut phone = gallery.phone("i-02", 601).await;
    let taken = gallery.taken(&mut phone, "440811071202/inspection", "fontless", 61).await;
    gallery
        .answer(&gallery.manager, &format!("/v1/photos/{}/watermarked", taken.photo))
        .await
        .refused(501, "font_missing");
    let views = gallery.office.get("/v1/photo-views", &[("sha256", &taken.hash)]).await.unwrap();
    assert_eq!(views["views"], json!([]), "who was refused did not look");
}

#[tokio::test]
async fn many_photos_come_as_one_archive_that_says_what_each_is() {
    for database in DATABASES {
        let gallery = Gallery::on(database).await;
        let mut phone = gallery.phone("i-01", 700).await;
        let scope = "440811173201/inspection";
        let seed = 70 + 4 * database as u64;
        let first = gallery.taken(&mut phone, scope, "a", seed).await;
        let second = gallery.taken(&mut phone, scope, "b", seed + 1).await;
        let promised = phone.own_id("c");
        let fields = json!({"sha256": "ab".repeat(32)});
        phone.push(&[phone.line(scope, "photo", &promised, &fields)]).await.unwrap();
        let missing = crate::fixture::key(scope, &promised);

        let ask = json!({"photos": [first.photo, second.photo, missing], "why": "archive"});
        let answer = gallery.manager.request(Method::POST, "/v1/photos/archive").json(&ask).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/zip");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("photos.zip");
        std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
        // As a program reads it that knows nothing of who wrote it.
        for arguments in [&["-t"][..], &["-e"]] {
            let mut python = Command::new("python3");
            python.args(["-m", "zipfile"]).args(arguments).arg(&file);
            if arguments == ["-e"] {
                python.arg(folder.path());
            }
            let done = python.output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        let manifest: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("manifest.json")).unwrap()).unwrap();
        let listed = manifest.as_array().unwrap();
        assert_eq!(listed.len(), 3);
        for taken in [&first, &second] {
            let one = listed.iter().find(|one| one["photo"] == taken.photo.as_str()).unwrap();
            assert_eq!((&one["sha256"], &one["person"]), (&json!(taken.hash), &json!("zjedz.p.i-01")));
            assert_eq!(std::fs::read(folder.path().join(one["file"].as_str().unwrap())).unwrap(), taken.bytes);
        }
        assert_eq!(listed.iter().find(|one| one["photo"] == missing.as_str()).unwrap()["file"], json!(null));

        let views = gallery.office.get("/v1/photo-views", &[("sha256", &first.hash)]).await.unwrap();
        assert_eq!((&views["views"][0]["what"], &views["views"][0]["why"]), (&json!("archived"), &json!("archive")));

        // One that is not theirs, and none is given; nor too many.
        let refused = async |photos: Vec<String>, status, code: &str| {
            let request = gallery.manager.request(Method::POST, "/v1/photos/archive").json(&json!({"photos": photos}));
            Answer::to(request).await.unwrap().refused(status, code);
        };
        refused(vec![first.photo.clone(), "00".repeat(20)], 404, "not_found").await;
        refused(vec![], 400, "bad_request").await;
        refused(vec![first.photo.clone(); 501], 400, "bad_request").await;
        gallery.end().await;
    }
}
