//! Photos: after text, previews first, resumed at the byte, complete only with a signed receipt.

mod common;

use common::{Phone, Server, VILLAGE};
use serde_json::json;
use zhucun_client::{
    Budget, Engine, PhotoSource, PhotoState, Write,
    fault::{Faults, Faulty},
};

fn take(engine: &Engine, fill: u8, size: usize) -> (String, String) {
    let original: Vec<u8> = (0..size).map(|i| (i % 251) as u8 ^ fill).collect();
    let preview = vec![fill; 500];
    let photo = engine.attach_photo(PhotoSource::Bytes(original), Some(PhotoSource::Bytes(preview))).unwrap();
    let (preview, preview_size) = photo.preview.unwrap();
    let fields =
        json!({"sha256": photo.sha256, "size": photo.size, "preview_sha256": preview, "preview_size": preview_size});
    engine.write(&Write::new(VILLAGE, "photo", &engine.own_id().unwrap(), fields)).unwrap();
    (photo.sha256, preview)
}

#[tokio::test]
async fn text_goes_before_previews_and_previews_before_originals() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let (one, two) = (take(&phone.engine, 1, 5_000), take(&phone.engine, 2, 5_000));
    let report = phone.engine.sync(&server, &Budget { part: 2_000, ..Budget::THRIFTY }).await.unwrap();
    assert_eq!((report.photos_complete, report.photo_bytes, report.drained), (2, 1_000, false));
    let state = |sha: &str| phone.engine.photo(sha).unwrap().unwrap().state;
    assert_eq!([&one.1, &two.1].map(|p| state(p)), [PhotoState::Complete; 2]);
    assert_eq!(phone.engine.pending().unwrap().originals.under_way(), 2);
    let log = server.state().log.clone();
    let first = |what: &str| log.iter().position(|l| l == what).unwrap();
    assert!(first("push") < first("pull") && first("pull") < first("missing") && first("missing") < first("patch"));

    let report = phone.engine.sync(&server, &Budget { part: 2_000, ..Budget::ALL }).await.unwrap();
    assert_eq!((report.photos_complete, report.photo_bytes, report.drained), (2, 10_000, true));
    assert!(phone.engine.photo_receipt(&one.0).unwrap().unwrap().is_valid(&[server.state().key.public()]));
    assert_eq!(server.state().photos.len(), 4);
}

#[tokio::test]
async fn an_upload_goes_on_at_the_byte_where_it_was_cut() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let (sha256, _) = take(&phone.engine, 1, 100_000);
    let budget = Budget { part: 30_000, ..Budget::ALL };
    let network = Faulty::new(server.clone(), 3, Faults { cut_upload: 1.0, ..Faults::NONE });
    let mut offsets = vec![0];
    for _ in 0..60 {
        let report = phone.engine.sync(&network, &budget).await.unwrap();
        phone.device.advance(report.wait_ms.unwrap_or(0));
        let at =
            server.state().uploads.values().find(|(hash, ..)| *hash == sha256).map_or(0, |(.., bytes)| bytes.len());
        offsets.push(at.max(*offsets.last().unwrap()));
        if report.drained {
            break;
        }
    }
    assert!(offsets.windows(2).all(|w| w[0] <= w[1]), "no byte is sent for nothing: {offsets:?}");
    assert!(phone.engine.is_drained().unwrap(), "{offsets:?}");
    assert!(server.count("head") > 3);
}

#[tokio::test]
async fn a_photo_that_nobody_promised_or_whose_file_is_gone_keeps_nobody_waiting() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let unpromised = phone.engine.attach_photo(PhotoSource::Bytes(vec![9; 10]), None).unwrap().sha256;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.jpg");
    std::fs::write(&path, [7; 3_000]).unwrap();
    let lost = phone.engine.attach_photo(PhotoSource::Path(path.clone()), None).unwrap();
    let fields = json!({"sha256": lost.sha256, "size": lost.size});
    phone.engine.write(&Write::new(VILLAGE, "photo", &phone.engine.own_id().unwrap(), fields)).unwrap();
    std::fs::remove_file(&path).unwrap();
    let (fine, _) = take(&phone.engine, 1, 2_000);
    let report = phone.engine.sync(&server, &Budget::ALL).await.unwrap();
    let state = |sha: &str| phone.engine.photo(sha).unwrap().unwrap().state;
    assert_eq!((state(&fine), state(&lost.sha256)), (PhotoState::Complete, PhotoState::Lost));
    assert_eq!(state(&unpromised), PhotoState::OnPhone);
    assert_eq!((report.wait_ms, report.drained), (None, false));
    // Found again: the same bytes are taken up.
    std::fs::write(&path, [7; 3_000]).unwrap();
    phone.engine.attach_photo(PhotoSource::Path(path), None).unwrap();
    phone.engine.sync(&server, &Budget::ALL).await.unwrap();
    assert_eq!(state(&lost.sha256), PhotoState::Complete);
    assert_eq!(phone.engine.attach_photo(PhotoSource::Bytes(Vec::new()), None).unwrap_err().code(), "photo_size");
}

#[tokio::test]
async fn an_upload_that_expired_begins_anew() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let (sha256, _) = take(&phone.engine, 1, 9_000);
    let budget = Budget { part: 2_000, steps: 10, ..Budget::ALL };
    phone.engine.sync(&server, &budget).await.unwrap();
    assert!(phone.engine.photo(&sha256).unwrap().unwrap().offset.is_some());
    server.state().uploads.clear();
    let report = phone.sync(&server).await;
    assert!(report.drained, "{report:?}");
    assert!(server.state().photos.contains_key(&sha256));
}

#[tokio::test]
async fn what_the_server_has_long_had_may_go_and_the_rest_stays() {
    let server = Server::new();
    let phone = Phone::new(&server, "a", 1);
    let (sha256, _) = take(&phone.engine, 1, 2_000);
    phone.drain(&server).await;
    assert_eq!(phone.engine.prune(86_400_000).unwrap().lines, 0, "not yet");
    server.state().now_ms += 10 * 86_400_000;
    phone.device.advance(10 * 86_400_000);
    phone.visit("v", "new");
    let chain = phone.engine.chain().unwrap();
    phone.drain(&server).await;
    let pruned = phone.engine.prune(86_400_000).unwrap();
    assert_eq!((pruned.lines as u64, pruned.photos), (chain.acknowledged, 2));
    assert!(phone.engine.photo(&sha256).unwrap().is_none());
    assert_eq!(phone.note("v").as_deref(), Some("new"));
    // Should a server have forgotten those lines all the same, blanks keep the chain whole.
    let install = phone.engine.install().unwrap();
    server.state().lines.retain(|l| l.install != install);
    server.state().heads.clear();
    phone.visit("w", "newer");
    phone.drain(&server).await;
    assert_eq!(phone.note("w").as_deref(), Some("newer"));
}
