//! Ordered lists of entries.

use axum::{
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use data::{
    ListRequest, Listing,
    json::Object,
    view::{self, Fields},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Api,
    auth::Caller,
    keys::json,
    params::{DatasetName, Query, accepts},
    problem::Answer,
};

const NDJSON: &str = "application/x-ndjson";

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// List entries
///
/// In the order of the keys' UTF-8 bytes, from `start` (included) to `end` (excluded), those that begin with `prefix`.
/// Go on with `next_cursor` until there is none: a page may be shorter than `limit`, even empty, and not be the last.
/// With `Accept: application/x-ndjson` one entry a line, and the cursor in the header `Next-Cursor`.
#[utoipa::path(
    get, path = "/datasets/{dataset}/keys", tag = "Keys", operation_id = "list_entries",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("prefix" = Option<String>, Query, description = "Only keys that begin so; `prefix_b64` for any bytes"),
        ("start" = Option<String>, Query, description = "The first key that may come; `start_b64` for any bytes"),
        ("end" = Option<String>, Query, description = "The first key that may not; `end_b64` for any bytes"),
        ("limit" = Option<u32>, Query, description = "Entries a page: 1 to 1 000, default 100; more is taken for 1 000"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same range"),
        ("values" = Option<String>, Query, description = "1: with the values; a page then has at most 2 MiB"),
    ),
    responses((status = 200, description = "A page", headers(("Next-Cursor" = String, description = "As next_cursor, in NDJSON")), content(
        (crate::openapi::ListSchema = "application/json"),
        (String = "application/x-ndjson"),
    )))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Caller(grant): Caller,
    DatasetName(dataset): DatasetName,
    mut query: Query,
    headers: HeaderMap,
) -> Answer {
    let list = ListRequest {
        prefix: query.text_or_b64("prefix")?.unwrap_or_default(),
        start: query.text_or_b64("start")?.unwrap_or_default(),
        end: query.text_or_b64("end")?,
        limit: query.whole("limit")?.map(|limit| u32::try_from(limit.max(0)).unwrap_or(u32::MAX)),
        cursor: query.text("cursor")?,
        values: query.flag("values")?,
    };
    query.finish()?;
    let Listing { entries, next_cursor } = api.data.list(&grant, &dataset, list).await?;
    let entries: Vec<Object> = entries.iter().map(|entry| view::listed(entry).into_object()).collect();
    if accepts(&headers, NDJSON) {
        return Ok(lines(&entries, next_cursor.as_deref()));
    }
    let body = Fields::new().with("keys", &entries).with_some("next_cursor", next_cursor).into_object();
    let mut response = json(StatusCode::OK, &body);
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding, Authorization, Cookie"));
    Ok(response)
}

fn lines(entries: &[Object], next_cursor: Option<&str>) -> Response {
    let mut body = Vec::new();
    for entry in entries {
        push_line(&mut body, entry);
    }
    let mut response = Body::from(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding, Authorization, Cookie"));
    if let Some(cursor) = next_cursor.and_then(|cursor| HeaderValue::from_str(cursor).ok()) {
        headers.insert(HeaderName::from_static("next-cursor"), cursor);
    }
    response
}

fn push_line(body: &mut Vec<u8>, entry: &Object) {
    let begin = body.len();
    // Writing to memory does not fail, and an object of raw values is always JSON.
    let _ = serde_json::to_writer(&mut *body, entry);
    // A value is as it was put, maybe on many lines. Those breaks stand between its tokens, where a space is the same.
    for byte in body[begin..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')) {
        *byte = b' ';
    }
    body.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_however_its_value_was_written() {
        let entry: Object = serde_json::from_str("{\"key\":\"k\",\"value\":[\r\n 1,\n \"a\\nb\"\n]}").unwrap();
        let mut body = Vec::new();
        push_line(&mut body, &entry);
        push_line(&mut body, &entry);
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        for line in text.lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(entry["value"], serde_json::json!([1, "a\nb"]));
        }
    }
}
