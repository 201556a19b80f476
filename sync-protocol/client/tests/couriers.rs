//! Couriers: pushes that travel as files.

mod common;

use common::{Phone, Server, VILLAGE};
use serde_json::json;
use zhucun_client::{
    Budget, Courier, PhotoSource, PhotoState, Proved, WithPhotos, Write,
    sync_protocol::{
        courier::{self, Label},
        push::Push,
    },
};

#[tokio::test]
async fn a_colleague_carries_the_lines_of_a_phone_without_network_and_brings_back_the_receipts() {
    let server = Server::new();
    let (off, on) = (Phone::new(&server, "off", 1), Phone::new(&server, "on", 2));
    for i in 0..700 {
        off.visit(&format!("v{i}"), "n");
    }
    on.visit("mine", "own");
    let file = off.engine.export_push().unwrap();
    let pushes: Vec<_> = courier::read(&file[..]).map(|part| part.unwrap().1).collect();
    let pushes: Vec<_> = pushes.iter().map(|body| Push::read(body).unwrap()).collect();
    assert_eq!(pushes.iter().map(|p| p.lines.len()).collect::<Vec<_>>(), [512, 188]);
    assert!(pushes.iter().all(|p| p.header.cert.is_some()));

    assert_eq!(on.engine.carry(&file[..]).unwrap(), Courier { pushes: 2, photos: 0 });
    on.engine.carry(&file[..]).unwrap();
    assert_eq!(on.engine.pending().unwrap().carried, 2, "the same file twice is carried once");
    server.state().troubles = vec![("push", 503, "busy", 1)];
    on.drain(&server).await;
    let held = server.state().feeds[VILLAGE].rows.len();
    assert_eq!(held, 701);

    let answers = on.engine.carried_answers().unwrap();
    assert_eq!(
        on.engine.import_answers(&answers[..]).unwrap(),
        Proved::default(),
        "they are not for the one who carries"
    );
    assert_eq!(off.engine.import_answers(&answers[..]).unwrap(), Proved { lines: 700, photos: 0 });
    assert!(off.engine.is_drained().unwrap());
    assert_eq!(off.engine.import_answers(&answers[..]).unwrap(), Proved::default());
    on.engine.answers_handed_over().unwrap();
    assert!(on.engine.carried_answers().unwrap().is_empty());
}

#[tokio::test]
async fn a_file_that_was_cut_or_tampered_with_harms_nobody() {
    let server = Server::new();
    let (off, on) = (Phone::new(&server, "off", 1), Phone::new(&server, "on", 2));
    off.visit("v", "one");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("push.zhucun");
    off.engine.export_to(&path, WithPhotos::All).unwrap();
    let file = std::fs::read(&path).unwrap();
    assert_eq!(on.engine.carry(&file[..file.len() - 5]).unwrap_err().code(), "bad_courier");

    let forged = String::from_utf8(file.clone()).unwrap().replace("\"one\"", "\"two\"");
    on.engine.carry(forged.as_bytes()).unwrap();
    let mut rounds = 0;
    while on.engine.pending().unwrap().carried > 0 {
        let report = on.engine.sync(&server, &Budget::PUSH).await.unwrap();
        on.device.advance(report.wait_ms.unwrap_or(1_000));
        rounds += 1;
        assert!(rounds < 50);
    }
    assert!(server.state().feeds.get(VILLAGE).is_none_or(|feed| feed.rows.is_empty()));
    assert_eq!(off.engine.import_answers(&on.engine.carried_answers().unwrap()[..]).unwrap(), Proved::default());
    assert_eq!(off.engine.pending().unwrap().lines, 1);

    // A receipt of other lines proves nothing.
    let mut lie = Vec::new();
    on.visit("x", "y");
    let push = on.engine.next_push(Default::default()).unwrap().unwrap();
    let answer = zhucun_client::calls::ask(&server, push.request()).await.unwrap();
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let install = |p: &Phone| p.engine.install().unwrap();
    let text = text.replace(&install(&on).to_string(), &install(&off).to_string());
    let label = Label { install: Some(install(&off)), status: Some(200), ..Label::default() };
    courier::add(&mut lie, &label, text.as_bytes());
    assert_eq!(off.engine.import_answers(&lie[..]).unwrap_err().code(), "bad_receipt");
    assert!(on.engine.push_answered(&push, 200, None, &answer.body).unwrap().is_none());
}

#[tokio::test]
async fn a_receipt_that_was_changed_on_the_way_acknowledges_nothing() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    phone.visit("v", "one");
    let push = phone.engine.next_push(Default::default()).unwrap().unwrap();
    let answer = zhucun_client::calls::ask(&server, push.request()).await.unwrap().body;
    let mut changed: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    changed["receipt"]["at"] = 5.into();
    let error = phone.engine.push_answered(&push, 200, None, changed.to_string().as_bytes()).unwrap_err();
    assert_eq!((error.code(), phone.engine.pending().unwrap().lines), ("bad_receipt", 1));
    assert!(phone.engine.push_answered(&push, 200, None, &answer).unwrap().is_none());
    assert!(phone.engine.is_drained().unwrap());
}

#[tokio::test]
async fn photos_travel_behind_the_lines_and_their_receipts_come_back() {
    let server = Server::new();
    let (off, on) = (Phone::new(&server, "off", 1), Phone::new(&server, "on", 2));
    let [original, preview] = [vec![7; 300_000], vec![8; 900]];
    let source = |bytes: &Vec<u8>| PhotoSource::Bytes(bytes.clone());
    let attached = off.engine.attach_photo(source(&original), Some(source(&preview))).unwrap();
    let (small, _) = attached.preview.clone().unwrap();
    let fields =
        json!({"sha256": attached.sha256, "size": attached.size, "preview_sha256": small, "preview_size": 900});
    off.engine.write(&Write::new(common::VILLAGE, "photo", &off.engine.own_id().unwrap(), fields)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("day.zhucun");
    assert_eq!(off.engine.export_to(&path, WithPhotos::Previews).unwrap(), Courier { pushes: 1, photos: 1 });
    assert_eq!(off.engine.export_to(&path, WithPhotos::All).unwrap(), Courier { pushes: 1, photos: 2 });
    let file = std::fs::read(&path).unwrap();

    let mut damaged = file.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(on.engine.carry(&damaged[..]).unwrap_err().code(), "bad_courier");
    assert_eq!(on.engine.carry(&file[..]).unwrap(), Courier { pushes: 1, photos: 2 });
    on.drain(&server).await;
    assert_eq!(server.state().photos.get(&attached.sha256), Some(&original));
    assert_eq!(server.state().photos.get(&small), Some(&preview));

    let answers = on.engine.carried_answers().unwrap();
    assert_eq!(off.engine.import_answers(&answers[..]).unwrap(), Proved { lines: 1, photos: 2 });
    assert!(off.engine.is_drained().unwrap());
    assert_eq!(off.engine.photo(&attached.sha256).unwrap().unwrap().state, PhotoState::Complete);
    assert_eq!(off.engine.import_answers(&answers[..]).unwrap(), Proved::default());
    on.engine.answers_handed_over().unwrap();
    assert!(on.engine.carried_answers().unwrap().is_empty());
    assert!(on.engine.photo(&small).unwrap().is_none(), "a carried photo goes once its phone has the receipt");
}
