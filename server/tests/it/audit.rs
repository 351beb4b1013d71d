//! The audit trail: who may read it, how it is exported, and that tampering is noticed.

use std::process::{Command, Output};

use http::StatusCode;
use sqlx::Executor;

use crate::app::{Browser, TestApp, simple, unescape};

async fn seal_all(app: &TestApp) {
    while app.ops.audit_seal().await.unwrap() > 0 {}
}

fn verify(app: &TestApp) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvstore"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KVSTORE_")) {
        command.env_remove(name);
    }
    let folder = app.database_folder();
    command.current_dir(folder).env("KVSTORE_DATA_DIR", folder).args(["audit", "verify"]).output().unwrap()
}

/// Changes the file as somebody with write access to it could: the triggers out of the way first.
async fn tamper_with_triggers_off(app: &TestApp, statement: &'static str) {
    let db::Db::Sqlite(db) = app.ops.db() else { unreachable!("the app of a test is on SQLite") };
    for trigger in ["audit_keeps_rows", "audit_keeps_content", "audit_chain_keeps_rows", "audit_chain_keeps_content"] {
        db.writer().execute(sqlx::AssertSqlSafe(format!("drop trigger if exists {trigger}"))).await.unwrap();
    }
    db.writer().execute(statement).await.unwrap();
}

async fn filed(app: &TestApp) -> Browser {
    let maya = app.signed_in("maya.chen").await;
    for name in ["one", "two", "three"] {
        maya.file(&simple(name)).await;
    }
    seal_all(app).await;
    maya
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_names_the_first_row_that_was_changed_or_removed() {
    for (statement, says) in [
        ("update audit set note = 'nothing to see' where id = 2", "audit row 2: the row or its link was changed"),
        ("update audit set origin = '10.9.9.9' where id = 3", "audit row 3: the row or its link was changed"),
        ("delete from audit where id = 1", "audit row 1: the row was removed"),
        ("delete from audit_chain where audit_id = 2", "audit row 3: the link before it is missing"),
    ] {
        let app = TestApp::start().await;
        filed(&app).await;
        let output = verify(&app);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("Head of the chain: "));
        tamper_with_triggers_off(&app, statement).await;
        let output = verify(&app);
        assert_eq!(output.status.code(), Some(1), "{statement}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(says), "{statement}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn admins_and_auditors_read_and_export_the_trail_and_nobody_else() {
    let app = TestApp::start().await;
    let maya = filed(&app).await;
    let (lena, priya, sofia) =
        (app.signed_in("lena.park").await, app.signed_in("priya.nair").await, app.signed_in("sofia.rossi").await);
    for path in ["/admin/audit", "/admin/audit.csv", "/admin/audit.ndjson"] {
        for browser in [&maya, &lena] {
            browser.get(path).await.assert(StatusCode::FORBIDDEN);
        }
        for browser in [&priya, &sofia] {
            browser.get(path).await.assert(StatusCode::OK);
        }
    }
    assert_eq!(app.visitor().get("/admin/audit.csv").await.status, 401);

    let page = priya.get("/admin/audit?person=maya.chen&act=submit").await;
    assert!(page.assert(StatusCode::OK).body.contains("127.0.0.1"), "the address");
    assert!(unescape(&page.body).contains("\"status\":\"new\""), "what is now: {}", page.body);
    priya.get("/admin/audit?person=nobody.here").await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    priya.get("/admin/audit?from=yesterday").await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(priya.get("/admin/audit?from=2999-01-01").await.body.contains("Nothing found"));

    let csv = sofia.get("/admin/audit.csv?act=submit").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = csv.body.split("\r\n").filter(|line| !line.is_empty()).collect();
    assert!(lines[0].starts_with("id,at,person,act,subject,note,status_before"), "{}", lines[0]);
    assert_eq!(lines.len(), 4, "{}", csv.body);
    let json = sofia.get("/admin/audit.ndjson?act=export").await;
    let first: serde_json::Value = serde_json::from_str(json.body.lines().next().unwrap()).unwrap();
    assert_eq!((first["person"].as_str(), first["act"].as_str()), (Some("sofia.rossi"), Some("export")));
}
