//! What is neither a page nor the API: plain forms, streams, probes and files.

use super::{Case, form, get};

const DRAFT: &str = "intent=save&token=<name>&name=<name>&team=search";

pub const CASES: &[Case] = &[
    form("POST /sign-in", "a demo person", "/sign-in", "handle=maya.chen"),
    form("POST /sign-out", "", "/sign-out", ""),
    form("POST /theme", "", "/theme", "theme=dark"),
    form("POST /requests/new", "a draft", "/requests/new", DRAFT),
    form(
        "POST /requests/{id}/edit",
        "a draft",
        "/requests/REQ-<draft>/edit",
        "intent=save&token=t&revision=1&name=<name>&team=search",
    ),
    form("POST /requests/{id}", "claim", "/requests/REQ-<submitted>", "action=claim&revision=1"),
    form("POST /requests/{id}", "assign", "/requests/REQ-<submitted>", "action=assign&reviewer=lena.park&revision=1"),
    form(
        "POST /requests/{id}",
        "ask",
        "/requests/REQ-<claimed>",
        "action=ask&question=How+long+must+it+be+kept%3F&revision=1",
    ),
    form("POST /requests/{id}", "reply", "/requests/REQ-<asked>", "action=reply&reply=Two+years.&revision=1"),
    form(
        "POST /requests/{id}",
        "approve",
        "/requests/REQ-<claimed>",
        "action=approve&cluster=kv-staging&partitions=8&revision=1",
    ),
    form(
        "POST /requests/{id}",
        "deny",
        "/requests/REQ-<submitted>",
        "action=deny&reason=Use+the+shared+one+instead.&revision=1",
    ),
    form("POST /requests/{id}", "withdraw", "/requests/REQ-<submitted>", "action=withdraw&revision=1"),
    form("POST /requests/{id}", "reopen", "/requests/REQ-<denied>", "action=reopen&revision=1"),
    form("POST /requests/{id}", "comment", "/requests/REQ-<submitted>", "action=comment&comment=Hm.&revision=1"),
    form(
        "POST /datasets/{id}/requests/{kind}",
        "deprecate",
        "/datasets/DS-<dataset>/requests/deprecate",
        "token=<name>&priority=normal&justification=Nobody+reads+it+any+more.",
    ),
    form("POST /queue", "claim many", "/queue", "intent=bulk&action=claim&pick=REQ-<submitted>%3A1"),
    form("POST /queue", "keep a view", "/queue", "intent=save_view&name=<name>&view=status%3Dnew"),
    form("POST /queue", "share a view", "/queue", "intent=save_view&shared=on&name=<name>&view=status%3Dnew"),
    form("POST /queue/bulk/{job}", "undo of somebody else's", "/queue/bulk/<bulk>", ""),
    form("POST /jobs/{id}", "cancel somebody else's", "/jobs/<bulk>", "action=cancel"),
    form("POST /demo/clock", "", "/demo/clock", "advance=1m"),
    form(
        "POST /admin/policies",
        "save",
        "/admin/policies",
        "act=save&base=1&newest=<newest>&note=<name>&rule.0.id=R1&rule.0.says=It.&rule.0.effect=privacy",
    ),
    form("POST /admin/policies", "a step of editing", "/admin/policies", "base=1&newest=1&rule.0.id=R1&step=add"),
    form("POST /admin/policies", "replay", "/admin/policies", "act=replay&version=<policy>"),
    form("POST /admin/policies", "enable", "/admin/policies", "act=enable&version=<policy>&replay=<replay>"),
    get("GET /admin/audit.csv", "/admin/audit.csv"),
    get("GET /admin/audit.ndjson", "/admin/audit.ndjson"),
    get("GET /queue/export.csv", "/queue/export.csv"),
    get("GET /queue/export.json", "/queue/export.json"),
    get("GET /events", "/events"),
    get("GET /healthz", "/healthz"),
    get("GET /readyz", "/readyz"),
    get("GET /openapi.json", "/openapi.json"),
    get("GET /docs", "/docs"),
];
