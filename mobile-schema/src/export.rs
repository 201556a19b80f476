//! The schema as JSON Schema (draft 2020-12), for those who write clients in other languages.
//!
//! Each kind is a `$def` that describes the `f` of a *written* line. What JSON Schema has no word for stands in members that
//! begin with `x-`: lanes and their writers, id rule, merge policy, unit. Unknown fields are allowed, as on the wire.
//! The committed copy is `mobile-schema/schema.json`; a test holds it equal to the code.

use serde_json::{Map, Value, json};

use crate::check::{DELETED, MAX_SET_ELEMENTS};
use crate::spec::{FieldSpec, FieldType, KindSpec, Policy, Role, Step};
use crate::{KINDS, check};

/// Where the definitions of kinds and types are, seen from the root.
const DEFS: &str = "#/$defs/";

/// The whole schema.
pub fn json_schema() -> Value {
    let kinds = KINDS.iter().map(|k| (k.name.to_owned(), kind_schema(k)));
    let defs: Map<String, Value> = common_types().into_iter().chain(kinds).collect();
    let roles: Map<String, Value> =
        Role::ALL.into_iter().map(|r| (r.name().to_owned(), r.opens().iter().map(|l| l.name()).collect())).collect();
    let codes: Map<String, Value> =
        check::CODES.iter().map(|(code, meaning)| ((*code).to_owned(), (*meaning).into())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://github.com/zhucun/zhucun/mobile-schema/schema.json",
        "title": "Zhucun records",
        "description": "Each definition that has x-version is a kind: the member f of a line that writes a record of it. The \
            rules are in sync-protocol/PROTOCOL.md. null clears a field. The fields i.<item> of a response are described by \
            its checklist template. x-roles: the lanes each role may read. x-codes: what is said of a value that does not fit.",
        "x-roles": roles,
        "x-codes": codes,
        "$defs": defs,
    })
}

fn kind_schema(kind: &KindSpec) -> Value {
    let lanes: Map<String, Value> =
        kind.lanes.iter().map(|l| (l.lane.name().to_owned(), l.writers.iter().map(|r| r.name()).collect())).collect();
    let deleted = json!({ "type": "boolean", "description": "Whether the record is deleted." });
    let fields: Map<String, Value> = std::iter::once((DELETED.to_owned(), deleted))
        .chain(kind.fields.iter().map(|f| (f.name.to_owned(), field_schema(f))))
        .collect();
    let mut schema = json!({
        "description": kind.doc,
        "type": "object",
        "properties": fields,
        "x-version": kind.version,
        "x-id": kind.id,
        "x-ruling": kind.ruling,
        "x-lanes": lanes,
    });
    if !kind.upcasts.is_empty() {
        schema["x-upcasts"] = upcasts(kind);
    }
    schema
}

/// The steps of a kind to each version from the one before: a list of lists.
pub fn upcasts(kind: &KindSpec) -> Value {
    steps(kind.upcasts)
}

/// Steps, a list for each version but the newest.
pub fn steps(upcasts: &[&[Step]]) -> Value {
    upcasts.iter().map(|steps| steps.iter().map(step).collect::<Value>()).collect()
}

fn step(step: &Step) -> Value {
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("a step holds JSON");
    match *step {
        Step::New { field, unasked: None } => json!({ "new": field }),
        Step::New { field, unasked: Some((means, with)) } => {
            json!({ "new": field, "value": value(means), "with": with })
        }
        Step::Rename { field, to } => json!({ "rename": field, "to": to }),
        Step::Map { field, values } => {
            let fields = |now: &[(&str, &str)]| now.iter().map(|(f, v)| ((*f).to_owned(), value(v))).collect::<Value>();
            let values: Value = values.iter().map(|(old, now)| json!([value(old), fields(now)])).collect();
            json!({ "map": field, "values": values })
        }
        Step::Multiply { field, by } => json!({ "multiply": field, "by": by }),
    }
}

fn field_schema(field: &FieldSpec) -> Value {
    let value = type_schema(&field.ty);
    let mut schema = match field.policy {
        Policy::Set => json!({
            "type": "object",
            "properties": {
                "add": { "type": "array", "items": value, "maxItems": MAX_SET_ELEMENTS },
                "remove": {
                    "type": "array",
                    "maxItems": MAX_SET_ELEMENTS,
                    "items": {
                        "type": "array",
                        "prefixItems": [value, { "type": "array", "items": def("type-dot") }],
                        "minItems": 2,
                        "maxItems": 2,
                    },
                },
            },
        }),
        _ => json!({ "anyOf": [value, { "type": "null" }] }),
    };
    schema["description"] = field.doc.into();
    schema["x-policy"] = json!(field.policy);
    if let FieldType::Int { unit, .. } | FieldType::Number { unit, .. } = field.ty
        && !unit.is_empty()
    {
        schema["x-unit"] = unit.into();
    }
    schema
}

fn type_schema(ty: &FieldType) -> Value {
    match ty {
        FieldType::Bool => json!({ "type": "boolean" }),
        FieldType::Int { min, max, .. } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        FieldType::Number { min, max, .. } => json!({ "type": "number", "minimum": min, "maximum": max }),
        FieldType::Text { max } => json!({ "type": "string", "maxLength": max }),
        FieldType::Choice { of } => json!({ "enum": of }),
        FieldType::List { of, max } => json!({ "type": "array", "items": type_schema(of), "maxItems": max }),
        FieldType::Json { max_bytes } => json!({ "x-max-bytes": max_bytes }),
        FieldType::Date => def("type-date"),
        FieldType::Instant => def("type-instant"),
        FieldType::Id => def("type-id"),
        FieldType::Person => def("type-person"),
        FieldType::Place => def("type-place"),
        FieldType::Village => def("type-village"),
        FieldType::Sha256 => def("type-sha256"),
        FieldType::Geometry => def("type-geometry"),
    }
}

fn def(name: &str) -> Value {
    json!({ "$ref": format!("{DEFS}{name}") })
}

/// Types that many fields have, by the names they get among the definitions.
fn common_types() -> [(String, Value); 9] {
    let text = |doc: &str, pattern: &str| json!({ "type": "string", "description": doc, "pattern": pattern });
    [
        ("type-date", text("A day of the calendar.", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")),
        (
            "type-instant",
            json!({
                "type": "integer", "description": "Milliseconds since 1970 in UTC.", "x-unit": "ms",
                "minimum": 0, "maximum": 1u64 << 53,
            }),
        ),
        ("type-id", text("The id of a record.", "^[A-Za-z0-9._:@-]{1,128}$")),
        ("type-dot", text("An operation: install:seq:hash.", "^[0-9a-f]{32}:[1-9][0-9]{0,15}:[0-9a-f]{16}$")),
        ("type-person", text("A person.", r"^[a-z][a-z0-9-]{0,31}\.p\.[a-z0-9-]{1,64}$")),
        (
            "type-place",
            text(
                "A division code, district, unit or person.",
                r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}|[a-z][a-z0-9-]{0,31}(\.[up]\.[a-z0-9-]{1,64})?)$",
            ),
        ),
        ("type-village", text("The code of a village.", "^[0-9]{12}$")),
        ("type-sha256", text("A SHA-256.", "^[0-9a-f]{64}$")),
        ("type-geometry", geometry_schema()),
    ]
    .map(|(name, schema)| (name.to_owned(), schema))
}

fn geometry_schema() -> Value {
    let point = json!({
        "type": "array", "minItems": 2, "maxItems": 3, "items": { "type": "number" },
        "description": "[longitude, latitude] in degrees, and perhaps a height.",
    });
    let ring = json!({ "type": "array", "minItems": 4, "items": point });
    let polygon = json!({ "type": "array", "minItems": 1, "items": ring });
    let shape = |kind: &str, coordinates: Value| {
        json!({
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": { "type": { "const": kind }, "coordinates": coordinates },
        })
    };
    let mut circle = shape("Circle", point);
    circle["required"] = json!(["type", "coordinates", "radius_m"]);
    circle["properties"]["radius_m"] = json!({
        "type": "number", "exclusiveMinimum": 0, "maximum": check::MAX_RADIUS_M, "x-unit": "m",
    });
    json!({
        "description": "GeoJSON (RFC 7946), or a circle.",
        "x-max-points": check::MAX_POINTS,
        "oneOf": [
            shape("Polygon", polygon.clone()),
            shape("MultiPolygon", json!({ "type": "array", "minItems": 1, "items": polygon })),
            circle,
        ],
    })
}
