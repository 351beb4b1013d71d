//! One OpenAPI document for data and control plane.

use rest::PROBLEM_TYPE;
use utoipa::openapi::{
    ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, Parameter},
    schema::{ObjectBuilder, SchemaType, Type},
    tag::TagBuilder,
};

/// Everything under `/v1`.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut ours) = crate::operations().split_for_parts();
    for item in ours.paths.paths.values_mut() {
        for operation in operations(item) {
            complete(operation);
        }
    }
    let mut document = rest::document().nest("/v1", ours);
    let tag = |name: &str, says: &str| TagBuilder::new().name(name).description(Some(says)).build();
    document.tags.get_or_insert_default().extend([
        tag("Requests", "Asking for datasets, and deciding; needs a database"),
        tag("People", "Who there is; needs a database"),
    ]);
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Errors that any operation may answer, and bounds that the types of the handlers do not say.
fn complete(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        sharpen(parameter);
    }
    let changes = operation.request_body.is_some();
    let always = [
        ("400", "The request cannot be understood"),
        ("401", "Nobody is signed in, and there is no token"),
        ("403", "It may be seen but not done; or the token has no scope for it"),
        ("404", "There is no such thing, or it is not for the caller to see"),
        ("405", "Another method; `Allow` names those that there are"),
        ("422", "Understood, but wrong: `errors` has a message for each field"),
        ("500", "Our fault"),
        ("501", "`no_control_plane`: this service runs without a database"),
        ("503", "The database does not answer; `Retry-After` says when to try again"),
    ];
    let changing = [
        ("408", "The body did not come in time"),
        ("409", "`invalid_transition` with what is `allowed`, or `idempotency_key_running`"),
        ("412", "`stale_revision`: who changed what since, and the current `ETag`"),
        ("413", "The body is too large"),
        ("415", "Another content type or encoding"),
        ("428", "`If-Match` is missing"),
    ];
    for (status, description) in always.into_iter().chain(changing.into_iter().filter(|_| changes)) {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn sharpen(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let schema = match parameter.name.as_str() {
        "If-Match" => text().pattern(Some(r#"^(\*|"[0-9]{1,18}")$"#)),
        "Idempotency-Key" => text().pattern(Some("^[!-~]{1,255}$")),
        "Last-Event-ID" => text().pattern(Some("^[0-9]{1,18}$")),
        "limit" => ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(1)),
        "after" => ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).minimum(Some(0)),
        "scope" => text().enum_values(Some(["mine", "team", "all"])),
        "environment" => text().enum_values(Some(["dev", "staging", "prod"])),
        "storage" => text().enum_values(Some(["READONLY", "MUTABLE", "STREAMING"])),
        "priority" => text().enum_values(Some(["urgent", "high", "normal", "low"])),
        "from" | "to" => text().pattern(Some("^(filed|edited|decided|[0-9]{1,9})$")),
        _ => return,
    };
    parameter.schema = Some(schema.build().into());
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(PROBLEM_TYPE, content).build()
}
