//! A village without any network: what phones save to a stick is taken in at the office, and the receipts go back the same way.

use serde_json::json;
use zhucun_client::{Budget, PhotoState, WithPhotos, Write};
use zhucun_tests::camera;

use crate::fixture::desk;

const SCOPE: &str = "440811173203/inspection";

#[tokio::test]
async fn lines_and_photos_on_a_stick_are_taken_in_and_proved() {
    let desk = desk().await;
    let phone = desk.phone("i-06", 571).await;
    phone.sync_once(&Budget::PUSH).await.unwrap();
    phone.write(SCOPE, "visit", "visit-571", json!({"purpose": "入户核查"})).unwrap();
    let mut photos = Vec::new();
    for n in 0..3 {
        phone.photograph(SCOPE, ("visit", "visit-571"), camera::take(5710 + n)).unwrap();
    }
    let stick = tempfile::tempdir().unwrap();
    let (there, back) = (stick.path().join("i-06.zhucun"), stick.path().join("answers.zhucun"));
    let held = phone.engine.export_to(&there, WithPhotos::All).unwrap();
    assert_eq!((held.pushes, held.photos), (1, 6), "three photos and their previews");
    let lines = phone.engine.pending().unwrap().lines;

    let (file, answers) = (there.display().to_string(), back.display().to_string());
    let said = desk.server.succeeds(&["ingest", &file, "--answers", &answers]).await.unwrap();
    assert!(said.contains("1 pushes and 6 photos taken"), "{said}");
    desk.server.succeeds(&["ingest", &file]).await.expect("twice does no harm");
    assert_eq!(desk.record(SCOPE, "visit", "visit-571").await["f"]["purpose"], "入户核查");

    let proved = phone.engine.import_answers(&std::fs::read(&back).unwrap()[..]).unwrap();
    assert_eq!((proved.lines, proved.photos), (lines, 6));
    assert!(phone.engine.is_drained().unwrap(), "{:?}", phone.engine.pending());
    for record in phone.engine.list(SCOPE, "photo").unwrap() {
        let sha256: String = record.get("sha256").unwrap();
        assert_eq!(phone.engine.photo(&sha256).unwrap().unwrap().state, PhotoState::Complete);
        photos.push(sha256);
    }
    assert_eq!(photos.len(), 3);
    desk.end();
}

#[tokio::test]
async fn a_stick_brings_no_photo_that_nobody_promised_and_what_is_damaged_is_told() {
    let desk = desk().await;
    let phone = desk.phone("i-06", 572).await;
    phone.sync_once(&Budget::PUSH).await.unwrap();
    phone.photograph(SCOPE, ("visit", "visit-571"), camera::take(5720)).unwrap();
    // Its bytes are queued, and no record names it.
    let stray = camera::take(5721).original;
    phone.engine.attach_photo(zhucun_client::PhotoSource::Bytes(stray), None).unwrap();
    phone.engine.write(&Write::new(SCOPE, "visit", "visit-572", json!({"purpose": "x"}))).unwrap();
    let stick = tempfile::tempdir().unwrap();
    let path = stick.path().join("i-06.zhucun");
    phone.engine.export_to(&path, WithPhotos::All).unwrap();
    let refused = desk.server.run(&["ingest", &path.display().to_string()]).await.unwrap();
    let (told, faults) = (String::from_utf8_lossy(&refused.stdout), String::from_utf8_lossy(&refused.stderr));
    assert!(!refused.status.success() && faults.contains("not_promised"), "{faults}");
    assert!(told.contains("1 pushes and 2 photos taken"), "{told}");

    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 100]).unwrap();
    let cut = desk.server.run(&["ingest", &path.display().to_string()]).await.unwrap();
    let (told, faults) = (String::from_utf8_lossy(&cut.stdout), String::from_utf8_lossy(&cut.stderr));
    assert!(!cut.status.success() && faults.contains("ends within a part"), "{faults}");
    assert!(told.contains("1 pushes and 2 photos taken"), "what came before the cut is taken: {told}");
    desk.end();
}
