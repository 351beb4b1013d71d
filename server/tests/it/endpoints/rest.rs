//! The REST API. The dataset is `default`, which configuration opens to everybody who is signed in.

use super::{Body, Case, get, json};

const fn put(endpoint: &'static str, path: &'static str) -> Case {
    Case { endpoint, note: "", path, body: Body::Text("a value") }
}

const fn delete(endpoint: &'static str, path: &'static str) -> Case {
    Case { endpoint, note: "", path, body: Body::Nothing }
}

const fn act(note: &'static str, path: &'static str, body: &'static str) -> Case {
    Case { endpoint: "POST /v1/requests/{id}/actions/{action}", note, path, body: Body::JsonOfRevision(body) }
}

const DRAFT: &str = r#"{"draft":true,"metadata":{"name":"<name>","team":"search"}}"#;

pub const CASES: &[Case] = &[
    get("GET /v1/me", "/v1/me"),
    get("GET /v1/users", "/v1/users"),
    get("GET /v1/teams", "/v1/teams"),
    get("GET /v1/clusters", "/v1/clusters"),
    get("GET /v1/events", "/v1/events"),
    get("GET /v1/requests", "/v1/requests"),
    json("POST /v1/requests", "a draft", "/v1/requests", DRAFT),
    get("GET /v1/requests/{id}", "/v1/requests/REQ-<submitted>"),
    Case { note: "a draft", ..get("GET /v1/requests/{id}", "/v1/requests/REQ-<draft>") },
    Case { note: "not there", ..get("GET /v1/requests/{id}", "/v1/requests/REQ-999999") },
    Case {
        endpoint: "PATCH /v1/requests/{id}",
        note: "",
        path: "/v1/requests/REQ-<submitted>",
        body: Body::JsonOfRevision(r#"{"metadata":{"data_size_gb":60}}"#),
    },
    Case {
        endpoint: "PUT /v1/requests/{id}",
        note: "a draft",
        path: "/v1/requests/REQ-<draft>",
        body: Body::JsonOfRevision(r#"{"metadata":{"name":"<name>","team":"search"}}"#),
    },
    Case {
        endpoint: "POST /v1/apply",
        note: "a plan",
        path: "/v1/apply?dry_run=true",
        body: Body::Text("name: <name>"),
    },
    get("GET /v1/export/{id}", "/v1/export/REQ-<submitted>"),
    Case { note: "a dataset", ..get("GET /v1/export/{id}", "/v1/export/DS-<dataset>") },
    act("claim", "/v1/requests/REQ-<submitted>/actions/claim", "{}"),
    act("unclaim", "/v1/requests/REQ-<claimed>/actions/unclaim", "{}"),
    act("assign", "/v1/requests/REQ-<submitted>/actions/assign", r#"{"reviewer":"lena.park"}"#),
    act("amend", "/v1/requests/REQ-<claimed>/actions/amend", r#"{"cluster":"kv-staging","partitions":16}"#),
    act("ask", "/v1/requests/REQ-<claimed>/actions/ask", r#"{"question":"How long must it be kept?"}"#),
    act("reply", "/v1/requests/REQ-<asked>/actions/reply", r#"{"reply":"Two years."}"#),
    act("vote", "/v1/requests/REQ-<claimed>/actions/vote", "{}"),
    act("approve", "/v1/requests/REQ-<claimed>/actions/approve", r#"{"cluster":"kv-staging","partitions":8}"#),
    act("deny", "/v1/requests/REQ-<submitted>/actions/deny", r#"{"reason":"Use the shared one instead."}"#),
    act("withdraw", "/v1/requests/REQ-<submitted>/actions/withdraw", "{}"),
    act("reopen", "/v1/requests/REQ-<denied>/actions/reopen", "{}"),
    act("comment", "/v1/requests/REQ-<submitted>/actions/comment", r#"{"comment":"Hm."}"#),
    act(
        "edit_comment",
        "/v1/requests/REQ-<commented>/actions/edit_comment",
        r#"{"entry":"C-<its_comment>","comment":"Hm, hm."}"#,
    ),
    act("withdraw_comment", "/v1/requests/REQ-<commented>/actions/withdraw_comment", r#"{"entry":"C-<its_comment>"}"#),
    act("clone", "/v1/requests/REQ-<submitted>/actions/clone", "{}"),
    act("a draft", "/v1/requests/REQ-<draft>/actions/withdraw", "{}"),
    act("start, which only the system does", "/v1/requests/REQ-<approved>/actions/start", "{}"),
    get("GET /v1/requests/{id}/timeline", "/v1/requests/REQ-<submitted>/timeline"),
    get("GET /v1/requests/{id}/comments", "/v1/requests/REQ-<submitted>/comments"),
    json("POST /v1/requests/{id}/comments", "", "/v1/requests/REQ-<submitted>/comments", r#"{"text":"Hm."}"#),
    get("GET /v1/requests/{id}/revisions", "/v1/requests/REQ-<submitted>/revisions"),
    get("GET /v1/requests/{id}/difference", "/v1/requests/REQ-<submitted>/difference?from=1&to=1"),
    get("GET /v1/policies", "/v1/policies"),
    Case {
        endpoint: "POST /v1/policies",
        note: "",
        path: "/v1/policies",
        body: Body::JsonOfRevision(
            r#"{"note":"<name>","rules":[{"id":"R1","says":"It.","effect":"reviews","reviews":"1"}]}"#,
        ),
    },
    get("GET /v1/policies/{version}", "/v1/policies/1"),
    Case { note: "not there", ..get("GET /v1/policies/{version}", "/v1/policies/9999") },
    json("POST /v1/policies/{version}/replay", "", "/v1/policies/<policy>/replay", ""),
    json("POST /v1/policies/{version}/enable", "", "/v1/policies/<policy>/enable", r#"{"replay":<replay>}"#),
    get("GET /v1/datasets/{dataset}/metadata", "/v1/datasets/DS-<dataset>/metadata"),
    get("GET /v1/datasets", "/v1/datasets"),
    get("GET /v1/datasets/{dataset}", "/v1/datasets/default"),
    Case { note: "not there", ..get("GET /v1/datasets/{dataset}", "/v1/datasets/nowhere") },
    json("POST /v1/datasets/{dataset}/batch-get", "", "/v1/datasets/default/batch-get", r#"{"keys":["a"]}"#),
    json(
        "POST /v1/datasets/{dataset}/batch-write",
        "",
        "/v1/datasets/default/batch-write",
        r#"{"items":[{"op":"put","key":"a","value":1}]}"#,
    ),
    json("POST /v1/datasets/{dataset}/txn", "", "/v1/datasets/default/txn", r#"{"then":[{"op":"get","key":"a"}]}"#),
    get("GET /v1/datasets/{dataset}/watch", "/v1/datasets/default/watch"),
    put("PUT /v1/datasets/{dataset}/entry", "/v1/datasets/default/entry?key=a"),
    get("GET /v1/datasets/{dataset}/entry", "/v1/datasets/default/entry?key=nothing"),
    json("PATCH /v1/datasets/{dataset}/entry", "absent", "/v1/datasets/default/entry?key=nothing", "{}"),
    delete("DELETE /v1/datasets/{dataset}/entry", "/v1/datasets/default/entry?key=<name>"),
    get("GET /v1/datasets/{dataset}/keys", "/v1/datasets/default/keys"),
    put("PUT /v1/datasets/{dataset}/keys/{key}", "/v1/datasets/default/keys/a"),
    get("GET /v1/datasets/{dataset}/keys/{key}", "/v1/datasets/default/keys/nothing"),
    json("PATCH /v1/datasets/{dataset}/keys/{key}", "absent", "/v1/datasets/default/keys/nothing", "{}"),
    delete("DELETE /v1/datasets/{dataset}/keys/{key}", "/v1/datasets/default/keys/<name>"),
    put("PUT /v1/entry", "/v1/entry?key=a"),
    get("GET /v1/entry", "/v1/entry?key=nothing"),
    json("PATCH /v1/entry", "absent", "/v1/entry?key=nothing", "{}"),
    delete("DELETE /v1/entry", "/v1/entry?key=<name>"),
    get("GET /v1/keys", "/v1/keys"),
    put("PUT /v1/keys/{key}", "/v1/keys/a"),
    get("GET /v1/keys/{key}", "/v1/keys/nothing"),
    json("PATCH /v1/keys/{key}", "absent", "/v1/keys/nothing", "{}"),
    delete("DELETE /v1/keys/{key}", "/v1/keys/<name>"),
    json(
        "POST /v1/pipeline",
        "",
        "/v1/pipeline",
        r#"{"steps":{"one":{"op":"get","dataset":"default","key":"nothing"}}}"#,
    ),
];
