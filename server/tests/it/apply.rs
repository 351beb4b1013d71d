//! `POST /v1/apply` and `GET /v1/export`: requests as files.

use domain::form::Field;
use http::header;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, sample};

/// The example of `docs/apply.md`, which people copy.
fn example() -> String {
    let page = include_str!("../../../docs/apply.md");
    let text = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    text.expect("an example").to_owned()
}

async fn send(browser: &Browser, path: &str, body: &str, seen: Option<&str>) -> (u16, Value) {
    let mut request = browser
        .client
        .post(browser.url(path))
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/yaml")
        .body(body.to_owned());
    if let Some(seen) = seen {
        request = request.header(header::IF_MATCH, format!("\"{seen}\""));
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn plan(browser: &Browser, body: &str) -> Value {
    let (status, plan) = send(browser, "/v1/apply?dry_run=true", body, None).await;
    assert_eq!(status, 200, "{plan}");
    plan
}

/// Plans and does what the plan says.
async fn apply(browser: &Browser, body: &str) -> Value {
    let plan = plan(browser, body).await;
    let (status, done) = send(browser, "/v1/apply", body, plan["revision"].as_str()).await;
    assert_eq!(status, 200, "{done}");
    done
}

#[tokio::test]
async fn the_documented_file_is_filed_once_and_edited_after() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let text = example();
    let planned = plan(&maya, &text).await;
    assert_eq!(planned["items"][0]["action"], "create", "{planned}");
    assert_eq!(planned["items"][0]["full_name"], "ranking_features_staging");
    let done = apply(&maya, &text).await;
    let request = done["items"][0]["filed"]["request"].clone();
    assert_eq!(done["items"][0]["filed"]["status"], "new", "{done}");

    let again = apply(&maya, &text).await;
    assert_eq!((&again["items"][0]["action"], &again["items"][0]["filed"]), (&json!("unchanged"), &Value::Null));
    assert_eq!(plan(&maya, &text.replace("5000000", "\"5 000 000\"")).await["items"][0]["action"], "unchanged");

    let larger = text.replace("data_size_gb: 40", "data_size_gb: 60");
    let edit = plan(&maya, &larger).await;
    assert_eq!(edit["items"][0]["action"], "edit");
    assert_eq!(edit["items"][0]["changes"], json!([{"field": "data_size_gb", "before": "40", "after": "60"}]));
    assert_eq!(apply(&maya, &larger).await["items"][0]["filed"]["request"], request);
    assert_eq!(plan(&maya, &larger).await["items"][0]["action"], "unchanged");
}

#[tokio::test]
async fn nothing_is_done_that_was_not_shown() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let text = example();
    let (status, problem) = send(&maya, "/v1/apply", &text, None).await;
    assert_eq!((status, &problem["code"]), (428, &json!("precondition_required")));
    let seen = plan(&maya, &text).await["revision"].as_str().unwrap().to_owned();
    let other = text.replace("qps_get: 900", "qps_get: 901");
    let (status, problem) = send(&maya, "/v1/apply", &other, Some(&seen)).await;
    assert_eq!((status, &problem["code"]), (412, &json!("stale_plan")), "another file");
    apply(&maya, &text).await;
    let (status, problem) = send(&maya, "/v1/apply", &text, Some(&seen)).await;
    assert_eq!((status, &problem["code"]), (412, &json!("stale_plan")), "filed meanwhile");
    assert_eq!(problem["plan"]["items"][0]["action"], "unchanged");
}

#[tokio::test]
async fn one_refused_document_keeps_the_file_from_being_applied() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let text = format!("{}---\nname: half_done\nteam: search\n", example());
    let planned = plan(&maya, &text).await;
    assert_eq!(planned["items"][1]["action"], "refused");
    let fields: Vec<&str> =
        planned["items"][1]["problems"].as_array().unwrap().iter().filter_map(|one| one["field"].as_str()).collect();
    assert!(fields.contains(&"description") && fields.contains(&"data_size_gb"), "{fields:?}");
    let (status, problem) = send(&maya, "/v1/apply", &text, planned["revision"].as_str()).await;
    assert_eq!((status, &problem["code"]), (422, &json!("plan_refused")));
    assert_eq!(plan(&maya, &example()).await["items"][0]["action"], "create", "nothing was filed");

    let twice = format!("{}---\n{}", example(), example());
    let planned = plan(&maya, &twice).await;
    assert!(planned["items"][1]["problems"].to_string().contains("the same full name"), "{planned}");
    let (status, problem) = send(&maya, "/v1/apply?dry_run=true", "name: a\nname: b\n", None).await;
    assert_eq!(status, 422);
    assert!(problem["detail"].as_str().unwrap().starts_with("Line 2: `name` stands twice"), "{problem}");
}

#[tokio::test]
async fn only_what_one_may_see_and_do_is_written_out_and_changed() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let mut form = sample("guarded_profiles");
    form.set(Field::DataClass, "restricted");
    let id = maya.file(&form).await;
    let path = format!("/v1/export/{id}");
    let mine = maya.get(&path).await;
    assert_eq!(mine.status, 200);
    assert!(mine.header(header::CONTENT_TYPE).starts_with("application/yaml"));
    assert_eq!(plan(&maya, &mine.body).await["items"][0]["action"], "unchanged", "what is written applies to nothing");

    let outsider = app.outsider("search").await;
    let other = app.signed_in(&outsider.handle).await;
    assert_eq!(other.get(&path).await.status, 403);
    let planned = plan(&other, &mine.body.replace("Profiles", "Prices")).await;
    assert_eq!(planned["items"][0]["action"], "refused");
    assert_eq!(planned["items"][0]["changes"], json!([]), "what is hidden is not compared");
    let auditor = app.signed_in("sofia.rossi").await;
    assert_eq!(send(&auditor, "/v1/apply?dry_run=true", &example(), None).await.0, 403);
    assert_eq!(app.visitor().get("/v1/export/REQ-2001").await.status, 401);
    assert_eq!(maya.get("/v1/export/REQ-9999").await.status, 404);
}
