//! The OpenAPI document: made from the handlers, completed with what holds for all of them.

use utoipa::{
    OpenApi, ToSchema,
    openapi::{
        ContentBuilder, KnownFormat, OpenApi as Document, PathItem, Ref, RefOr, Required, Response, ResponseBuilder,
        Schema, SchemaFormat,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{AdditionalProperties, ObjectBuilder, Type},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use crate::problem::{PROBLEM_TYPE, ProblemSchema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "KVStore",
        description = "Key-value datasets over one HTTP contract, whatever store is behind them.\n\n\
            Every call needs `Authorization: Bearer kvs_…` (made by `kvstore token create`) or a signed-in session. \
            Every error is `application/problem+json` (RFC 9457) with a `code` that never changes.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ProblemSchema)),
    tags(
        (name = "Keys", description = "Single entries, lists and changes"),
        (name = "Batches", description = "Many entries in one call"),
        (name = "Pipeline", description = "Simultaneous and chained calls"),
        (name = "Datasets", description = "What there is, and what its store can do"),
    )
)]
struct Info;

/// The document of the operations on data.
#[must_use]
pub fn document() -> Document {
    let (_, paths) =
        utoipa_axum::router::OpenApiRouter::with_openapi(Info::openapi()).nest("/v1", crate::v1()).split_for_parts();
    let mut document = paths;
    add_aliases(&mut document);
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            complete(operation);
        }
    }
    close(&mut document);
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().add_security_scheme("token", bearer);
    document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    document
}

/// `/entry` has the key in the query, and `/v1/keys` is the dataset `default`.
fn add_aliases(document: &mut Document) {
    let find = |document: &Document, path: &str| document.paths.paths.get(path).cloned();
    let Some(keyed) = find(document, "/v1/datasets/{dataset}/keys/{key}") else { return };
    let Some(list) = find(document, "/v1/datasets/{dataset}/keys") else { return };
    let by_query = |mut item: PathItem, suffix: &str| {
        for operation in operations(&mut item) {
            rename(operation, suffix);
            if let Some(parameters) = &mut operation.parameters {
                parameters.retain(|parameter| !is_named(parameter, "key"));
                parameters.extend(key_in_query().map(RefOr::T));
            }
        }
        item
    };
    let of_default = |mut item: PathItem, suffix: &str| {
        for operation in operations(&mut item) {
            rename(operation, suffix);
            if let Some(parameters) = &mut operation.parameters {
                parameters.retain(|parameter| !is_named(parameter, "dataset"));
            }
        }
        item
    };
    let paths = &mut document.paths.paths;
    paths.insert("/v1/datasets/{dataset}/entry".into(), by_query(keyed.clone(), "by_query"));
    paths.insert("/v1/entry".into(), of_default(by_query(keyed.clone(), "by_query"), "of_default"));
    paths.insert("/v1/keys/{key}".into(), of_default(keyed, "of_default"));
    paths.insert("/v1/keys".into(), of_default(list, "of_default"));
}

fn is_named(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == name)
}

fn rename(operation: &mut Operation, suffix: &str) {
    if let Some(id) = &mut operation.operation_id {
        *id = format!("{id}_{suffix}");
    }
}

/// One of the two is sent, which the document cannot say.
fn key_in_query() -> [Parameter; 2] {
    let parameter = |name: &str, description: &str| {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query);
        parameter.required(Required::False).description(Some(description)).schema(Some(schema.build()))
    };
    [
        parameter("key", "1 to 1 024 bytes, percent-encoded; this or `key_b64`").example(Some("sports".into())).build(),
        parameter("key_b64", "Instead of `key`: its bytes, any at all, in base64 (also the alphabet of URLs)").build(),
    ]
}

/// What the types of the handlers do not say: bounds and patterns.
fn sharpen(parameter: &mut Parameter) {
    const ETAGS: &str = r#"^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$"#;
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let whole = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let schema = match parameter.name.as_str() {
        "dataset" => text().pattern(Some("^[a-z][a-z0-9_]{0,79}$")),
        "key" => text().min_length(Some(1)).max_length(Some(1_024)),
        "key_b64" => text().pattern(Some("^[A-Za-z0-9+/_-]+={0,2}$")),
        "If-Match" | "If-None-Match" => text().pattern(Some(ETAGS)),
        "Idempotency-Key" => text().pattern(Some("^[!-~]{1,255}$")),
        "Expires-At" => text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        "ttl" => whole().maximum(Some(315_360_000)),
        "limit" => whole(),
        "environment" => text().enum_values(Some(["dev", "staging", "prod"])),
        "storage" => text().enum_values(Some(["READONLY", "MUTABLE", "STREAMING"])),
        "status" => text().enum_values(Some(["planned", "live"])),
        "sort" => text().enum_values(Some(["name", "largest", "newest"])),
        "timeout_ms" => whole().maximum(Some(30_000)),
        "values" | "explain" => text().enum_values(Some(["1", "0", "true", "false", ""])),
        _ => text(),
    };
    parameter.schema = Some(schema.build().into());
}

/// Requests take no fields that the document does not name.
fn close(document: &mut Document) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    for name in ["BatchGet", "BatchWrite", "Operation", "Txn", "Compare", "Pipeline"] {
        if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(name) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Errors that any operation may answer. What an operation answers in its own way stands with it.
fn complete(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            sharpen(parameter);
        }
    }
    for (status, description) in [
        ("400", "The request cannot be understood"),
        ("401", "No token, or one that is unknown, revoked or expired"),
        ("403", "The token may not do this; `detail` names the scope that may"),
        ("404", "There is no such dataset or entry that the token may see"),
        ("405", "Another method; `Allow` names those that there are"),
        ("408", "The body did not come in time"),
        ("409", "`read_only_dataset`, `contended`, or `idempotency_key_running`"),
        ("412", "The precondition did not hold; `ETag` and `current_etag` tell what is there"),
        ("413", "Body or value are too large"),
        ("415", "Another content type or encoding"),
        ("422", "Understood, but out of bounds, or `unsupported` by the store"),
        ("429", "The dataset's quota is used up; `Retry-After` says when it is not"),
        ("500", "Our fault"),
        ("503", "The store does not answer; `Retry-After` says when to try again"),
    ] {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content(PROBLEM_TYPE, content).build()
}

/// An entry with everything that is known of it.
#[derive(ToSchema)]
#[schema(as = Entry, example = json!({"key": "sports", "etag": "\"0199f0c2a1b27c3d8e4f5a6b7c8d9e0f\"", "content_type": "application/json", "size": 33, "updated_at": "2026-11-22T09:30:00.000Z", "value": ["baseball", "hockey", "football"]}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct EntrySchema {
    /// The key, where it is UTF-8.
    #[schema(required = false)]
    key: String,
    /// The key in base64, where it is not UTF-8.
    #[schema(required = false)]
    key_b64: String,
    /// The entity tag, with its quotes.
    etag: String,
    content_type: String,
    /// Bytes of the value.
    size: u64,
    updated_at: String,
    /// When it will be gone, where it will.
    #[schema(required = false)]
    expires_at: String,
    /// JSON values as they are, text as a string.
    #[schema(required = false)]
    value: serde_json::Value,
    /// Any other value in base64.
    #[schema(required = false)]
    value_b64: String,
}

/// An entry was written.
#[derive(ToSchema)]
#[schema(as = Written, example = json!({"key": "sports", "etag": "\"0199f0c2a1b27c3d8e4f5a6b7c8d9e0f\""}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct WrittenSchema {
    #[schema(required = false)]
    key: String,
    #[schema(required = false)]
    key_b64: String,
    etag: String,
}

/// A page of entries, in the order of the keys' bytes.
#[derive(ToSchema)]
#[schema(as = Page, example = json!({"keys": [{"key": "sports", "etag": "\"0199f0c2a1b27c3d8e4f5a6b7c8d9e0f\"", "content_type": "application/json", "size": 33, "updated_at": "2026-11-22T09:30:00.000Z"}], "next_cursor": "mS0…"}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct ListSchema {
    keys: Vec<EntrySchema>,
    /// Goes on with the next page; absent at the end alone.
    #[schema(required = false)]
    next_cursor: String,
}

/// Keys to read: texts, or `{"key_b64": …}`.
#[derive(ToSchema)]
#[schema(as = BatchGet)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct BatchGetSchema {
    #[schema(min_items = 1, max_items = 100)]
    keys: Vec<serde_json::Value>,
}

/// Puts and deletes.
#[derive(ToSchema)]
#[schema(as = BatchWrite)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct BatchWriteSchema {
    #[schema(min_items = 1, max_items = 1000)]
    items: Vec<OperationSchema>,
}

/// One operation on one key.
#[derive(ToSchema)]
#[schema(as = Operation)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct OperationSchema {
    /// `put` or `delete`; in a transaction also `get`.
    #[schema(pattern = "^(get|put|delete)$")]
    op: String,
    #[schema(required = false)]
    key: String,
    #[schema(required = false)]
    key_b64: String,
    /// JSON; under a `content_type` that is not JSON, a text.
    #[schema(required = false)]
    value: serde_json::Value,
    #[schema(required = false)]
    value_b64: String,
    #[schema(required = false)]
    content_type: String,
    /// Seconds.
    #[schema(required = false, minimum = 1, maximum = 315_360_000)]
    ttl: u64,
    /// An etag, or `*`. Not in a transaction, whose compares stand by themselves.
    #[schema(required = false)]
    if_match: String,
    #[schema(required = false)]
    if_none_match: String,
}

/// A result for each item, in their order.
#[derive(ToSchema)]
#[schema(as = Results, example = json!({"results": [{"status": 201, "key": "sports", "etag": "\"0199f0c2a1b27c3d8e4f5a6b7c8d9e0f\""}, {"status": 412, "key": "note", "problem": {"code": "precondition_failed", "detail": "the entry is not what the precondition asked for"}}]}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct ResultsSchema {
    results: Vec<ResultSchema>,
}

/// What came of one item: `status`, its key, and what the call alone would have answered.
#[derive(ToSchema)]
#[schema(as = Result)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct ResultSchema {
    status: u16,
    #[schema(required = false)]
    etag: String,
    #[schema(required = false)]
    problem: serde_json::Value,
}

/// Compare, then, else.
#[derive(ToSchema)]
#[schema(as = Txn)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct TxnSchema {
    #[schema(required = false)]
    compare: Vec<CompareSchema>,
    #[schema(required = false)]
    then: Vec<OperationSchema>,
    #[schema(required = false)]
    r#else: Vec<OperationSchema>,
}

/// What must hold for an entry: `if_match` with an etag or `*`, or `if_none_match`.
#[derive(ToSchema)]
#[schema(as = Compare)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct CompareSchema {
    #[schema(required = false)]
    key: String,
    #[schema(required = false)]
    key_b64: String,
    #[schema(required = false)]
    if_match: String,
    #[schema(required = false)]
    if_none_match: String,
}

#[derive(ToSchema)]
#[schema(as = TxnResult, example = json!({"succeeded": true, "results": [{"status": 201, "key": "lock", "etag": "\"0199f0c2a1b27c3d8e4f5a6b7c8d9e0f\""}]}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct TxnResultSchema {
    /// Whether the compares held, so that `then` was done.
    succeeded: bool,
    results: Vec<ResultSchema>,
}

/// Steps by name.
#[derive(ToSchema)]
#[schema(as = Pipeline)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct PipelineSchema {
    /// 1 to 100 steps, each an object with `op` and the fields of its operation.
    steps: serde_json::Value,
}

#[derive(ToSchema)]
#[schema(as = Report, example = json!({"complete": true, "ms": 1.84, "steps": {
    "who": {"status": 200, "key": "user:42", "etag": "\"0199f0c2a1b27c3d8e4f5a6b7c8d9e0f\"", "content_type": "application/json", "size": 16, "updated_at": "2026-11-22T09:30:00.000Z", "value": {"team": "search"}, "ms": 0.71},
    "team": {"status": 404, "problem": {"code": "no_such_key", "detail": "there is no entry under this key"}, "ms": 0.64}}}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct ReportSchema {
    /// Whether every step was done.
    complete: bool,
    /// Milliseconds of the whole.
    ms: f64,
    /// By the names of the steps.
    steps: serde_json::Value,
}

#[derive(ToSchema)]
#[schema(as = Datasets, example = json!({"datasets": [{"name": "default", "storage": "MUTABLE", "value_format": "any", "max_value_bytes": 1_048_576, "ttl_override": true, "shards": 1, "capabilities": {"store": "embedded", "order": "bytes", "durability": "fsync", "txn": "space", "watch": true, "max_value_bytes": 26_214_400, "shared": false}, "allowed_actions": ["read", "write"]}]}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct DatasetsSchema {
    datasets: Vec<DatasetSchema>,
    /// A page of the catalogue, for who reads the control plane.
    #[schema(required = false)]
    catalogue: Vec<CatalogueEntrySchema>,
    /// Datasets of the catalogue under these filters.
    #[schema(required = false)]
    total: i64,
    /// Goes on with the next page of the catalogue; absent at the end alone.
    #[schema(required = false)]
    next_cursor: String,
}

/// A dataset of the catalogue: what was declared of it, and where it is.
#[derive(ToSchema)]
#[schema(as = CatalogueEntry, example = json!({"id": "DS-1001", "name": "user_features_staging", "status": "planned", "environment": "staging", "storage": "MUTABLE", "team": "search", "owner": "maya.chen", "tier": 2, "class": "internal", "size_bytes": 40_000_000_000_u64, "peak_qps": 1884, "cluster": "kv-staging", "created_at": "2026-11-22T09:30:00Z"}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct CatalogueEntrySchema {
    id: String,
    /// With the environment: `base` in production, `base_dev` or `base_staging` elsewhere.
    name: String,
    /// `planned` until it works, then `live`.
    status: String,
    environment: String,
    storage: String,
    /// Slug.
    team: String,
    /// Handle.
    owner: String,
    /// 0, the most critical, to 3.
    tier: u8,
    class: String,
    size_bytes: i64,
    /// (get + set + delete) × peak.
    peak_qps: i64,
    cluster: String,
    created_at: String,
}

#[derive(ToSchema)]
#[schema(as = Dataset, example = json!({"name": "default", "storage": "MUTABLE", "value_format": "any", "max_value_bytes": 1_048_576, "ttl_override": true, "shards": 1, "capabilities": {"store": "embedded", "order": "bytes", "durability": "fsync", "txn": "space", "watch": true, "max_value_bytes": 26_214_400, "shared": false}, "allowed_actions": ["read", "write"]}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct DatasetSchema {
    name: String,
    /// `READONLY`, `MUTABLE` or `STREAMING`.
    storage: String,
    /// `any`, `json` or `text`.
    value_format: String,
    max_value_bytes: u64,
    #[schema(required = false)]
    default_ttl_s: u64,
    ttl_override: bool,
    #[schema(required = false)]
    qps_get: u32,
    #[schema(required = false)]
    qps_set: u32,
    #[schema(required = false)]
    qps_delete: u32,
    shards: u16,
    capabilities: CapabilitiesSchema,
    /// What the caller may do with all keys: `read`, `write`, `admin`.
    allowed_actions: Vec<String>,
}

/// What the store behind a dataset can do.
#[derive(ToSchema)]
#[schema(as = Capabilities)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct CapabilitiesSchema {
    store: String,
    /// Always `bytes`.
    order: String,
    /// What an acknowledged write has survived: `fsync`, `replicated`, `async` or `none`.
    durability: String,
    /// Which keys a transaction may touch: `space`, `shard` or `none`.
    txn: String,
    watch: bool,
    max_value_bytes: u64,
    /// Whether several servers may use it at once.
    shared: bool,
}
