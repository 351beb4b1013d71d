//! The server functions that the pages' scripts call.

use super::{Case, json};

const DRAFT: &str = r#"{"post":{"id":null,"revision":null,"token":"<name>","form":{"name":"<name>","team":"search"}}}"#;

pub const CASES: &[Case] = &[
    json("POST /api/me", "", "/api/me", "{}"),
    json("POST /api/demo_people", "", "/api/demo_people", "{}"),
    json("POST /api/home", "", "/api/home", "{}"),
    json("POST /api/directory", "", "/api/directory", "{}"),
    json("POST /api/queue_page", "", "/api/queue_page", r#"{"query":{}}"#),
    json("POST /api/queue_rows", "", "/api/queue_rows", r#"{"query":{},"ids":[<submitted>]}"#),
    json("POST /api/request_view", "", "/api/request_view", r#"{"id":<submitted>}"#),
    json("POST /api/request_view", "a draft", "/api/request_view", r#"{"id":<draft>}"#),
    json(
        "POST /api/request_act",
        "claim",
        "/api/request_act",
        r#"{"id":<submitted>,"form":{"action":"claim","revision":"1"}}"#,
    ),
    json(
        "POST /api/request_act",
        "withdraw",
        "/api/request_act",
        r#"{"id":<submitted>,"form":{"action":"withdraw","revision":"1"}}"#,
    ),
    json(
        "POST /api/request_act",
        "comment",
        "/api/request_act",
        r#"{"id":<submitted>,"form":{"action":"comment","comment":"Hm.","revision":"1"}}"#,
    ),
    json("POST /api/form_start", "new", "/api/form_start", r#"{"start":"New"}"#),
    json("POST /api/form_start", "edit", "/api/form_start", r#"{"start":{"Edit":<submitted>}}"#),
    json("POST /api/form_start", "clone", "/api/form_start", r#"{"start":{"Clone":<submitted>}}"#),
    json("POST /api/form_preview", "", "/api/form_preview", r#"{"id":null,"form":{"name":"<name>","team":"search"}}"#),
    json("POST /api/request_save", "", "/api/request_save", DRAFT),
    json("POST /api/request_submit", "a part is missing", "/api/request_submit", DRAFT),
    json("POST /api/catalogue_page", "", "/api/catalogue_page", r#"{"query":{}}"#),
    json("POST /api/dataset_view", "", "/api/dataset_view", r#"{"id":<dataset>}"#),
    json("POST /api/triage_desk", "", "/api/triage_desk", "{}"),
    json(
        "POST /api/bulk_start",
        "claim",
        "/api/bulk_start",
        r#"{"form":{"action":"claim","picks":["REQ-<submitted>:1"]}}"#,
    ),
    json("POST /api/bulk_view", "somebody else's", "/api/bulk_view", r#"{"job":<bulk_number>}"#),
    json("POST /api/bulk_undo", "somebody else's", "/api/bulk_undo", r#"{"job":<bulk_number>}"#),
    json("POST /api/request_look", "", "/api/request_look", r#"{"id":<submitted>}"#),
    json("POST /api/request_look", "a draft", "/api/request_look", r#"{"id":<draft>}"#),
    json("POST /api/queue_analytics", "", "/api/queue_analytics", "{}"),
    json("POST /api/jobs_page", "", "/api/jobs_page", r#"{"state":null,"before":null}"#),
    json("POST /api/job_view", "somebody else's", "/api/job_view", r#"{"id":<bulk_number>}"#),
    json(
        "POST /api/audit_page",
        "",
        "/api/audit_page",
        r#"{"query":{"text":"","person":"","act":"","subject":"","from":"","to":"","before":null}}"#,
    ),
    json("POST /api/policies", "", "/api/policies", r#"{"version":null,"replay":null}"#),
    json("POST /api/policies", "a replay", "/api/policies", r#"{"version":<policy>,"replay":<replay>}"#),
];
