//! What a `photo` record promises. Pure.

use mobile_schema::kinds::photo::Photo;
use sync_protocol::{Hash, Op, carried, ids::lower_hex, judge::creator, time::Corrected, upload::Named};

use crate::storage::{
    entities::photo,
    jobs::JobKey,
    projection::{Changed, RowPerRecord},
};

/// The files that an operation on a photo record, or what it carries, names; none if that is on another record.
pub fn named(op: &Op) -> Option<Named> {
    let carried = carried::write(op);
    let op = carried.as_ref().unwrap_or(op);
    let field = |name| {
        let text: String = serde_json::from_str(op.field(name)?.get()).ok()?;
        lower_hex(&text)
    };
    (op.kind == "photo").then(|| Named {
        record: op.id.to_string(),
        original: field("sha256"),
        preview: field("preview_sha256"),
    })
}

/// The hashes that an operation promises: of an original, of a preview.
pub fn promises(op: &Op) -> Vec<Hash> {
    named(op).into_iter().flat_map(|named| [named.original, named.preview]).flatten().collect()
}

/// One row a record that names any bytes.
pub struct Promises;

impl RowPerRecord for Promises {
    type Entity = photo::Entity;

    const KINDS: &'static [&'static str] = &["photo"];

    fn record_column() -> photo::Column {
        photo::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<photo::Model> {
        let fields: Photo = record.read();
        let hash = |text: &Option<String>| text.as_deref().and_then(lower_hex).map(|hash: Hash| hash.to_vec());
        let (sha256, preview_sha256) = (hash(&fields.sha256), hash(&fields.preview_sha256));
        let promise = ["sha256", "preview_sha256"].iter().find_map(|f| record.merged.fields.get(*f)?.shown.as_ref())?;
        let author = record.merged.authors.get(promise.by.first()?)?;
        Some(photo::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            id: record.name.id.to_owned(),
            person: author.person.clone(),
            install: creator(record.name.id).map(|install| install.0.to_vec()),
            sha256,
            size: fields.size,
            media_type: fields.media_type,
            preview_sha256,
            preview_size: fields.preview_size,
            subject_kind: fields.subject_kind,
            subject_id: fields.subject_id,
            item: fields.item,
            at_ms: match author.time {
                Corrected::At(anchor) => Some(anchor.at_ms),
                Corrected::Within(..) => None,
            },
            given_up: fields.given_up,
        })
    }

    fn jobs(_: &photo::Model) -> Vec<JobKey> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;
    use sync_protocol::{
        Dot, InstallId, RecordKey,
        judge::Authority,
        merge::{Author, Field, Merged, Value},
        record::RecordName,
        time::Anchor,
    };

    use super::*;

    const INSTALL: InstallId = InstallId([7; 16]);

    fn merged(time: Corrected) -> Merged {
        let dot = Dot { install: INSTALL, seq: 3, hash: [1; 8] };
        let value = Value { raw: RawValue::from_string("\"\"".into()).unwrap(), by: vec![dot] };
        let author = Author { person: "zjedz.p.a".into(), authority: Authority::Other, time };
        Merged {
            fields: BTreeMap::from([("sha256".into(), Field { shown: Some(value), ..Field::default() })]),
            authors: BTreeMap::from([(dot, author)]),
            ..Merged::default()
        }
    }

    fn row(fields: &str, merged: &Merged) -> Option<photo::Model> {
        let id = format!("{INSTALL}.photo-1");
        let name = RecordName { scope: "440811070201/presence", kind: "photo", id: &id };
        let key = RecordKey::of(name.scope, name.kind, name.id);
        Promises::row(&Changed { key, name, merged, fields, existed: false })
    }

    #[test]
    fn a_record_promises_its_original_and_its_preview() {
        let fields =
            format!(r#"{{"sha256":"{}","size":9,"preview_sha256":"{}","taken":1}}"#, "ab".repeat(32), "cd".repeat(32));
        let anchor = Anchor { at_ms: 1_700_000_000_000, uncertainty_ms: 1_000 };
        let row = row(&fields, &merged(Corrected::At(anchor))).unwrap();
        assert_eq!((row.sha256, row.preview_sha256), (Some(vec![0xab; 32]), Some(vec![0xcd; 32])));
        assert_eq!((row.person.as_str(), row.install, row.size), ("zjedz.p.a", Some(vec![7; 16]), Some(9)));
        assert_eq!(row.at_ms, Some(1_700_000_000_000), "a phone's wall clock decides nothing");
    }

    #[test]
    fn an_unknown_time_stays_unknown_and_a_record_without_a_hash_promises_nothing() {
        let fields = format!(r#"{{"sha256":"{}"}}"#, "ab".repeat(32));
        assert_eq!(row(&fields, &merged(Corrected::UNKNOWN)).unwrap().at_ms, None);
        assert!(row("{}", &Merged::default()).is_none());
    }
}
