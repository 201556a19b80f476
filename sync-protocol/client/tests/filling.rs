//! Filling a checklist: a visit goes on in the version that it was begun in, also after the phone was switched off.

mod common;

use std::sync::Arc;

use common::{RIGHT, Server};
use serde_json::{Value, json};
use zhucun_client::{Budget, Engine, Error, Write, device::ScriptedDevice};

const SCOPE: &str = "440811070201/inspection";

fn publish(server: &Server, version: u8, most: u8) {
    let sections = json!([{"title": "S", "items": [{"key": "score", "type": "score", "label": "L", "max": most}]}]);
    let fields = json!({"key": "t", "version": version, "title": "T", "sections": sections});
    server.write("zjedz/roster", "checklist_template", &format!("t@{version}"), fields);
}

fn score(engine: &Engine, id: &str, score: u8) -> Result<(), String> {
    let written = engine.write(&Write::new(SCOPE, "response", id, json!({"i.score": score})));
    written.map(drop).map_err(|e| e.code().to_owned())
}

#[tokio::test]
async fn a_checklist_goes_on_in_its_version_and_another_visit_begins_in_the_newest() {
    let (server, folder) = (Server::new(), tempfile::tempdir().unwrap());
    let (device, path) = (Arc::new(ScriptedDevice::new(1, RIGHT)), folder.path().join("phone.db"));
    let open = || Engine::open(&path, device.clone()).unwrap();
    let engine = open();
    engine.enrolled(&server.enrol("zjedz.p.a", &engine.enrol_request().unwrap())).unwrap();
    let inspector = json!({"person": "zjedz.p.a", "role": "inspector", "place": "440811070201", "from": 0});
    server.write("zjedz.p.a/own", "grant", "inspector", inspector);
    let none = engine.begin_filling(SCOPE, "v", "t").unwrap_err();
    assert!(matches!(none, Error::NoTemplate(_)), "nothing is written of a checklist that is not here: {none}");
    assert_eq!(engine.chain().unwrap().seq, 0);

    // Version 10 is newer than 9, and another checklist that begins alike is none of it.
    publish(&server, 9, 20);
    server.write("zjedz/roster", "checklist_template", "t2@99", json!({"key": "t2", "version": 99}));
    engine.sync(&server, &Budget::ALL).await.unwrap();
    let begun = engine.begin_filling(SCOPE, "v", "t").unwrap();
    assert_eq!(begun.template.version, 9);
    score(&engine, &begun.id, 15).unwrap();
    publish(&server, 10, 5);
    engine.sync(&server, &Budget::ALL).await.unwrap();
    drop(engine);

    let engine = open();
    let going_on = engine.begin_filling(SCOPE, "v", "t").unwrap();
    assert_eq!((going_on.template.version, &going_on.id), (9, &begun.id));
    score(&engine, &begun.id, 16).unwrap();
    assert_eq!(score(&engine, &begun.id, 21), Err("refused".to_owned()));
    let tomorrow = engine.begin_filling(SCOPE, "w", "t").unwrap();
    assert_eq!(tomorrow.template.version, 10);
    assert_eq!(score(&engine, &tomorrow.id, 15), Err("refused".to_owned()));
    score(&engine, &tomorrow.id, 4).unwrap();
    engine.sync(&server, &Budget::ALL).await.unwrap();
    engine.sync(&server, &Budget::ALL).await.unwrap();
    assert_eq!(engine.standings().unwrap(), []);
    let of =
        |id: &str| serde_json::from_str::<Value>(&engine.fed_body(SCOPE, "response", id).unwrap().unwrap()).unwrap();
    assert_eq!((&of(&begun.id)["tpl"], &of(&begun.id)["f"]["i.score"]), (&json!("t@9"), &json!(16)));
    assert_eq!((&of(&tomorrow.id)["tpl"], &of(&tomorrow.id)["f"]["i.score"]), (&json!("t@10"), &json!(4)));
}
