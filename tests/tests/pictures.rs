//! The real server opens what phones bring: whatever that is, whatever becomes of the server.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use image::GenericImageView as _;
use reqwest::StatusCode;
use zhucun_tests::{
    camera,
    load::process,
    office::Office,
    photo::Photo,
    server::{Database, Server, binary},
};

#[tokio::test]
async fn photos_are_opened_though_the_server_is_killed_over_them() {
    for database in [Database::Sqlite, Database::Postgres] {
        let mut server = Server::demo(&binary(), database).await.unwrap();
        let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
        let mut photos = Vec::new();
        for number in 1..=4 {
            let bytes = camera::take(number).original;
            let photo = Photo::promised(&server, &office, number, bytes).await.unwrap();
            assert_eq!(photo.upload().await.unwrap().status, 204);
            photos.push(photo);
            server.kill().unwrap();
            server.start().await.unwrap();
        }
        for photo in &photos {
            for (longest, size) in [(1280, (1280, 960)), (320, (320, 240))] {
                let jpeg = photo.rendition(longest).await.unwrap();
                assert_eq!(image::load_from_memory(&jpeg).unwrap().dimensions(), size);
                assert!(!jpeg.windows(4).any(|w| w == b"Exif"), "renditions say nothing but the picture");
            }
        }
        office.settled().await.unwrap();
        let verified = server.succeeds(&["verify", "--photos", "all"]).await.unwrap();
        assert!(verified.contains("clean"), "{verified}");
        server.assert_clean_log();
    }
}

#[tokio::test]
async fn hostile_files_cost_no_more_than_the_bound_and_stay_as_evidence() {
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    server.set("ZHUCUN_MAX_PHOTO_BYTES", "200000000");
    server.succeeds(&["demo"]).await.unwrap();
    server.start().await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let good = camera::take(9).original;
    let mut endless = good.clone();
    endless.resize(200_000_000, 0);
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("not_a_picture", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("not_a_picture", b"<html><script>alert(1)</script>".to_vec()),
        ("not_a_picture", b"GIF89a/*\x01\0\0\0*/=1;alert(1)".to_vec()),
        ("truncated", good[..good.len() / 2].to_vec()),
        ("too_many_bytes", endless),
        ("too_many_pixels", png_bomb(30_000, 30_000)),
        ("too_much_memory", png_bomb(9_000, 9_000)),
    ];
    let before = process::most_memory(server.process().unwrap()).unwrap();
    let mut photos = Vec::new();
    for (number, (reason, bytes)) in files.into_iter().enumerate() {
        let photo = Photo::promised(&server, &office, 20 + number as u64, bytes).await.unwrap();
        assert_eq!(photo.upload().await.unwrap().status, 204);
        photos.push((reason, photo));
    }
    // Nothing is no photo.
    let empty = Photo::promised(&server, &office, 41, Vec::new()).await.unwrap();
    assert!(format!("{:#}", empty.begin().await.unwrap_err()).contains("more than 0 bytes"));
    // Just within the bounds: this one is opened.
    let large = Photo::promised(&server, &office, 40, png_bomb(5_500, 5_500)).await.unwrap();
    assert_eq!(large.upload().await.unwrap().status, 204);
    office.settled().await.unwrap();
    for (reason, photo) in &photos {
        let answer = photo.get("?rendition=320", &[]).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let told: serde_json::Value = answer.json().await.unwrap();
        assert_eq!((&told["code"], &told["reason"]), (&"no_rendition".into(), &(*reason).into()));
        assert_eq!(photo.get("", &[]).await.unwrap().bytes().await.unwrap(), photo.bytes);
    }
    large.rendition(320).await.unwrap();
    let peak = process::most_memory(server.process().unwrap()).unwrap();
    println!("peak {} MB, of which {} MB before", peak >> 20, before >> 20);
    // Two are opened at a time.
    assert!(peak - before < 2 * 350_000_000, "{peak} bytes, before {before}");
    server.assert_clean_log();
}

/// A small file that says it is a picture of that size, and is: all black.
fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut data = ZlibEncoder::new(Vec::new(), Compression::fast());
    let row = vec![0; 1 + 4 * width as usize];
    for _ in 0..height {
        data.write_all(&row).unwrap();
    }
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let chunk = |kind: &[u8], body: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(body);
        [&(body.len() as u32).to_be_bytes(), kind, body, &sum.sum().to_be_bytes()].concat()
    };
    let parts = [chunk(b"IHDR", &header), chunk(b"IDAT", &data.finish().unwrap()), chunk(b"IEND", b"")].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &parts].concat()
}
