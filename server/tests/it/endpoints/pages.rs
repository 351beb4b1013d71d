//! `GET` of every page.

use super::{Case, get};

pub const CASES: &[Case] = &[
    get("GET /", "/"),
    get("GET /sign-in", "/sign-in"),
    get("GET /queue", "/queue"),
    get("GET /requests/new", "/requests/new"),
    get("GET /requests/{id}", "/requests/REQ-<submitted>"),
    Case { note: "a draft", ..get("GET /requests/{id}", "/requests/REQ-<draft>") },
    Case { note: "not there", ..get("GET /requests/{id}", "/requests/REQ-999999") },
    get("GET /requests/{id}/edit", "/requests/REQ-<submitted>/edit"),
    Case { note: "a draft", ..get("GET /requests/{id}/edit", "/requests/REQ-<draft>/edit") },
    get("GET /catalogue", "/catalogue"),
    get("GET /datasets/{id}", "/datasets/DS-<dataset>"),
    Case { note: "not there", ..get("GET /datasets/{id}", "/datasets/DS-999999") },
    get("GET /console", "/console"),
    get("GET /notifications", "/notifications"),
    get("GET /settings/notifications", "/settings/notifications"),
    get("GET /jobs", "/jobs"),
    Case { note: "somebody else's", ..get("GET /jobs/{id}", "/jobs/<bulk>") },
    get("GET /admin/audit", "/admin/audit"),
    get("GET /admin/policies", "/admin/policies"),
    Case { note: "a replay", ..get("GET /admin/policies", "/admin/policies?version=<policy>&replay=<replay>") },
    Case { note: "not there", ..get("GET /admin/policies", "/admin/policies?version=9999") },
    get("GET /queue/analytics", "/queue/analytics"),
    get("GET /queue/bulk/{job}", "/queue/bulk/<bulk>"),
];
