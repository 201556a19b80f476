//! A checklist that changes under an unfinished visit: the visit goes on in its version, and whoever fills it in another meets it in one record.

use serde_json::{Value, json};
use zhucun_client::Write;
use zhucun_tests::{phones::Phone, server::Database};

use crate::fixture::{District, INSPECTION};

const VISIT: &str = "visit-921";

/// In version 2 a score goes to 5 and not to 10, the text is reviewed, and something more is asked.
async fn publish(district: &District, version: u8) {
    let (most, review) = if version == 1 { (10, false) } else { (5, true) };
    let mut items = vec![
        json!({"key": "diligence", "type": "score", "label": "履职", "max": most}),
        json!({"key": "said", "type": "text", "label": "村民评价", "review": review}),
    ];
    items.extend((version > 1).then(|| json!({"key": "ledger", "type": "yes_no", "label": "台账齐全"})));
    let sections = json!([{"title": "履职", "items": items}]);
    let template = json!({"key": "duty", "version": version, "title": "履职清单", "sections": sections});
    let name = format!("duty@{version}");
    district.office.write(("zjedz/roster", "checklist_template", &name), template).await.unwrap();
}

fn answer(phone: &Phone, id: &str, fields: Value) -> Result<(), String> {
    let written = phone.engine.write(&Write::new(INSPECTION, "response", id, fields));
    written.map(drop).map_err(|refused| refused.to_string())
}

/// The template that each own line of a response names.
fn named(phone: &Phone) -> Vec<String> {
    let lines = phone.engine.lines(1, phone.engine.chain().unwrap().seq).unwrap();
    let lines = lines.iter().filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    lines
        .filter(|line| line["k"] == "response")
        .map(|line| line["tpl"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_visit_goes_on_in_its_version_and_meets_the_newer_one_in_one_record() {
    let district = District::of(Database::Sqlite, "").await;
    publish(&district, 1).await;
    let (one, other) = (district.phone("i-01", 921).await, district.phone("i-02", 922).await);
    one.sync().await.unwrap();
    let begun = one.engine.begin_filling(INSPECTION, VISIT, "duty").unwrap();
    assert_eq!(begun.template.version, 1);
    answer(&one, &begun.id, json!({"i.diligence": 8})).unwrap();

    // A new version comes by pull in the middle: the first goes on in its own, by which 9 is a score and no ledger is asked for.
    publish(&district, 2).await;
    one.sync().await.unwrap();
    let going_on = one.engine.begin_filling(INSPECTION, VISIT, "duty").unwrap();
    assert_eq!((going_on.template.version, &going_on.id), (1, &begun.id));
    answer(&one, &begun.id, json!({"i.diligence": 9, "i.said": "常在村"})).unwrap();
    answer(&one, &begun.id, json!({"i.diligence": 11})).unwrap_err();
    assert_eq!(named(&one), ["duty@1"; 3], "begun, and two answers");

    // The second inspector begins with the newer one, by which 9 is none.
    other.sync().await.unwrap();
    let newer = other.engine.begin_filling(INSPECTION, VISIT, "duty").unwrap();
    assert_eq!((newer.template.version, &newer.id), (2, &begun.id));
    answer(&other, &newer.id, json!({"i.diligence": 9})).unwrap_err();
    answer(&other, &newer.id, json!({"i.ledger": false, "i.said": "很少见到"})).unwrap();
    one.sync().await.unwrap();
    other.sync().await.unwrap();
    one.sync().await.unwrap();

    // One record, in the newer version: nothing is lost, nobody's line is refused, and both see all. In that version the text is reviewed.
    for phone in [&one, &other] {
        assert_eq!(phone.engine.standings().unwrap().iter().filter(|s| s.state == "refused").count(), 0);
        let view = phone.engine.view(INSPECTION, "response", &begun.id).unwrap().unwrap();
        assert_eq!(view.tpl.as_deref(), Some("duty@2"));
        assert_eq!((view.get::<u8>("i.diligence"), view.get::<bool>("i.ledger")), (Some(9), Some(false)));
        let beside: Vec<&str> = view.beside["i.said"].iter().map(|b| b.value.get()).collect();
        let mut said = [beside[0].to_owned(), view.fields["i.said"].value.get().to_owned()];
        said.sort();
        assert_eq!((said, beside.len()), ([r#""常在村""#.to_owned(), r#""很少见到""#.to_owned()], 1));
        assert_eq!(view.open, ["i.said"]);
    }
    // The office sees the same, and settles it.
    let record = (INSPECTION, "response", begun.id.as_str());
    let seen = district.office.record(record).await.unwrap();
    assert_eq!((&seen["tpl"], &seen["open"]), (&json!("duty@2"), &json!(["i.said"])));
    let conflicts = district.office.conflicts().await.unwrap();
    assert!(conflicts.iter().any(|c| c["field"] == "i.said" && c["id"] == begun.id.as_str()), "{conflicts:?}");
    district.office.settle(record, ("i.said", json!("常在村")), "两人当面核对").await.unwrap();

    // The first still goes on in its version; a visit of tomorrow is begun in the newest.
    one.sync().await.unwrap();
    answer(&one, &begun.id, json!({"i.diligence": 7})).unwrap();
    let tomorrow = one.engine.begin_filling(INSPECTION, "visit-tomorrow", "duty").unwrap();
    assert_eq!(tomorrow.template.version, 2);
    one.sync().await.unwrap();
    assert_eq!(named(&one), ["duty@1", "duty@1", "duty@1", "duty@1", "duty@2"]);
    let seen = district.office.record(record).await.unwrap();
    assert_eq!((&seen["f"]["i.diligence"], &seen["f"]["i.said"]), (&json!(7), &json!("常在村")));
    district.end().await;
}
