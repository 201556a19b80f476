//! The last touch to the API's description: every operation may answer with a problem, said once here instead of at each.

use axum::body::Bytes;
use utoipa::openapi::{
    Components, ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, ResponseBuilder, Schema, Type, path::Operation,
};

/// With problems described, as JSON.
pub fn finished(mut api: OpenApi) -> Bytes {
    let components = api.components.get_or_insert_with(Components::default);
    components.schemas.insert("Problem".into(), RefOr::T(problem()));
    for item in api.paths.paths.values_mut() {
        let methods = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.head,
            &mut item.patch,
            &mut item.options,
        ];
        for operation in methods.into_iter().flatten() {
            may_fail(operation);
        }
    }
    serde_json::to_vec(&api).expect("a description serialises").into()
}

fn may_fail(operation: &mut Operation) {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new().description("A problem").content("application/problem+json", content).build();
    operation.responses.responses.entry("default".into()).or_insert(RefOr::T(problem));
}

fn problem() -> Schema {
    let text = |what: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(what));
    ObjectBuilder::new()
        .description(Some("RFC 9457. Some codes have more members."))
        .property("type", text("Where the code is explained"))
        .property("code", text("Stable code, from /v1/errors"))
        .required("code")
        .property("title", text("A sentence in English"))
        .required("title")
        .property("title_zh", text("A sentence in Chinese"))
        .required("title_zh")
        .property("detail", text("What exactly"))
        .property("status", ObjectBuilder::new().schema_type(Type::Integer).description(Some("HTTP status")))
        .required("status")
        .into()
}
