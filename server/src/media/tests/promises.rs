//! What counts as a promise, and that the API says what there is.

use axum::http::StatusCode;
use serde_json::json;
use sync_protocol::{
    Dot, InstallId, RecordKey,
    ids::sha256,
    judge::Authority,
    merge::{Author, Field, Merged, Value},
    record::RecordName,
    time::Corrected,
};

use super::world::{LI, SCOPE, WANG, World, metadata, picture};
use crate::{
    media::projections,
    storage::{
        entities::{install, line, standing},
        projection::Changed,
        rows,
    },
};

const PHONE: InstallId = InstallId([0xab; 16]);

#[tokio::test]
async fn a_record_promises_while_it_stands() {
    let world = World::new().await;
    let bytes = picture(100);
    let hash = sha256(&[&bytes]);
    let id = format!("{PHONE}.p-1");
    let name = RecordName { scope: SCOPE, kind: "photo", id: &id };
    let fields = json!({"sha256": hex::encode(hash), "size": 100}).to_string();
    let dot = Dot::new(PHONE, 1, &[1; 32]);
    let raw = serde_json::value::to_raw_value(&hex::encode(hash)).unwrap();
    let shown = Field { shown: Some(Value { raw, by: vec![dot] }), ..Field::default() };
    let author = Author { person: LI.into(), authority: Authority::Other, time: Corrected::UNKNOWN };
    let stands =
        Merged { fields: [("sha256".into(), shown)].into(), authors: [(dot, author)].into(), ..Merged::default() };
    let fallen = Merged::default();

    for (merged, fields, existed, promised) in
        [(&stands, &*fields, false, 1), (&stands, &fields, true, 1), (&fallen, "{}", true, 0)]
    {
        let key = RecordKey::of(name.scope, name.kind, name.id);
        let changed = Changed { key, name, merged, fields, existed };
        let tx = world.media.db.begin().await.unwrap();
        for projection in projections() {
            projection.apply(&tx, &[&changed]).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(world.missing(&[hash]).await["missing"].as_array().unwrap().len(), promised);
    }
}

#[tokio::test]
async fn what_waits_for_a_decision_is_taken_in_from_who_wrote_it() {
    let world = World::new().await;
    let bytes = picture(100);
    let hash = sha256(&[&bytes]);
    let text =
        json!({"s": SCOPE, "k": "photo", "id": format!("{PHONE}.p-1"), "f": {"sha256": hex::encode(hash)}}).to_string();
    let dot = Dot::new(PHONE, 1, &sha256(&[text.as_bytes()]));
    let (install, seq, short) = (PHONE.0.to_vec(), 1, dot.hash.to_vec());
    let phone = install::Model {
        id: install.clone(),
        certificate: "{}".into(),
        person: LI.into(),
        server: false,
        tip_seq: 1,
        tip_head: vec![0; 32],
        fork_seq: None,
        heard_ms: 0,
    };
    let waits = standing::Model {
        install: install.clone(),
        seq,
        hash: short.clone(),
        record: None,
        code: "no_grant".into(),
        detail: String::new(),
        scope: SCOPE.into(),
        kind: "photo".into(),
        id: format!("{PHONE}.p-1"),
    };
    let bytes_of = line::Model { install, seq, hash: short, record: None, bytes: text.into_bytes(), erased: None };
    let tx = world.media.db.begin().await.unwrap();
    rows::insert::<install::Entity>(&tx, vec![phone]).await.unwrap();
    rows::insert::<standing::Entity>(&tx, vec![waits]).await.unwrap();
    rows::insert::<line::Entity>(&tx, vec![bytes_of]).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(world.missing(&[hash]).await["missing"][0], hex::encode(hash));
    world.upload(&bytes).await;
    let url = format!("/v1/media/{}", hex::encode(hash));
    assert_eq!(world.get(&format!("{url}/receipt"), &[]).await.status, StatusCode::OK);
    assert_eq!(world.get(&url, &[]).await.status, StatusCode::NOT_FOUND, "nobody sees it before it counts");
    assert_eq!(world.ask(WANG, 100, &metadata(&hash)).await.problem(), (403, "not_promised".into()));
}

#[tokio::test]
async fn the_document_speaks_of_every_route() {
    let api = serde_json::to_value(World::new().await.api()).unwrap();
    let mut routes: Vec<String> = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["responses"].as_object().is_some_and(|r| !r.is_empty()), "{method} {path}");
            routes.push(format!("{method} {path}"));
        }
    }
    routes.sort();
    assert_eq!(
        routes,
        [
            "delete /v1/media/resumable/{id}",
            "delete /v1/media/uploads/{id}",
            "get /v1/media",
            "get /v1/media/pending",
            "get /v1/media/{sha256}",
            "get /v1/media/{sha256}/receipt",
            "head /v1/media/resumable/{id}",
            "head /v1/media/uploads/{id}",
            "options /v1/media/resumable",
            "options /v1/media/uploads",
            "patch /v1/media/resumable/{id}",
            "patch /v1/media/uploads/{id}",
            "post /v1/media/missing",
            "post /v1/media/resumable",
            "post /v1/media/uploads",
            "post /v1/media/uploads/{id}",
        ]
    );
}
