//! Triage through the front door: bulk actions with their undo, saved views, exports, who is looking.

use chrono::TimeDelta;
use domain::{form::Field, ids::JobId};
use http::StatusCode;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, simple};

const REASON: &str = "There is a dataset like this already.";

/// Files so many requests as Maya, and gives them as a check box of the queue posts them.
async fn filed(app: &TestApp, count: usize) -> Vec<String> {
    let maya = app.signed_in("maya.chen").await;
    let mut picks = Vec::new();
    for index in 0..count {
        let mut form = simple(&format!("triage_{index}"));
        form.set(Field::Environment, "staging");
        picks.push(format!("{}:1", maya.file(&form).await));
    }
    picks
}

/// Posts the bulk form and gives the path of the action's page.
async fn start(browser: &Browser, action: &[(&str, &str)], picks: &[String]) -> String {
    let mut pairs = vec![("intent", "bulk")];
    pairs.extend(action);
    pairs.extend(picks.iter().map(|pick| ("pick", pick.as_str())));
    let page = browser.post("/queue?status=new", &pairs).await;
    assert_eq!(page.status, 303, "{}", page.body);
    page.location().to_owned()
}

fn job_of(path: &str) -> JobId {
    path.strip_prefix("/queue/bulk/").unwrap().parse().unwrap()
}

async fn status_of(browser: &Browser, pick: &str) -> String {
    let id: i64 = pick.trim_start_matches("REQ-").split(':').next().unwrap().parse().unwrap();
    let (_, view) = browser.call("request_view", &json!({"id": id})).await;
    view["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bulk_denial_waits_then_gives_a_result_for_each_and_is_done_once() {
    let app = TestApp::start().await;
    let picks = filed(&app, 3).await;
    let lena = app.signed_in("lena.park").await;
    let path = start(&lena, &[("action", "deny"), ("reason", REASON)], &picks).await;
    let page = lena.get(&path).await;
    page.assert(StatusCode::OK);
    assert!(page.body.contains("Nothing has been changed yet") && page.body.contains(">Undo<"), "{}", page.body);
    assert_eq!(status_of(&lena, &picks[0]).await, "new", "nothing is committed before");

    // Somebody else decides one of them meanwhile.
    let priya = app.signed_in("priya.nair").await;
    let taken = picks[1].trim_end_matches(":1");
    let denied = [("action", "deny"), ("revision", "1"), ("reason", "Somebody else was faster.")];
    priya.post(&format!("/requests/{taken}"), &denied).await.assert(StatusCode::SEE_OTHER);

    app.clock.advance(TimeDelta::seconds(11));
    let job = job_of(&path);
    assert_eq!(app.ops.bulk_run(job).await.unwrap(), "2 done, 1 refused");
    assert_eq!(app.ops.bulk_run(job).await.unwrap(), "2 done, 1 refused", "a second run does nothing again");
    let (_, view) = lena.call("bulk_view", &json!({"job": job.0})).await;
    let outcomes: Vec<&str> =
        view["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["done", "refused", "done"], "{view}");
    assert!(view["items"][1]["says"].as_str().unwrap().contains("Priya Nair denied it"), "{view}");
    assert_eq!(status_of(&lena, &picks[2]).await, "denied");
    assert!(lena.get(&path).await.body.contains("Priya Nair denied it"), "the page can be opened again");
    assert_eq!(app.signed_in("maya.chen").await.get(&path).await.status, 404, "what others asked is not shown");
    assert_eq!(app.signed_in("sofia.rossi").await.get(&path).await.status, 200, "a colleague and an auditor see it");
}

#[tokio::test]
async fn an_approval_claims_first_and_takes_the_least_filled_cluster() {
    let app = TestApp::start().await;
    let picks = filed(&app, 2).await;
    let lena = app.signed_in("lena.park").await;
    let path = start(&lena, &[("action", "approve"), ("cluster", "")], &picks).await;
    app.ops.bulk_run(job_of(&path)).await.unwrap();
    for pick in &picks {
        assert_eq!(status_of(&lena, pick).await, "approved");
    }
}

/// Puts rules into force as the admin: saved, replayed, enabled.
async fn enforce(app: &TestApp, rules: &str) {
    let priya = app.signed_in("priya.nair").await;
    let path = "/admin/policies";
    let save = [("act", "save"), ("base", "1"), ("newest", "1"), ("note", "For a test."), ("text", rules)];
    priya.post(path, &save).await.assert(StatusCode::SEE_OTHER);
    let seen = priya.post(path, &[("act", "replay"), ("version", "2")]).await;
    let replay = seen.location().trim_end_matches("#replay").rsplit_once('=').unwrap().1;
    priya.post(path, &[("act", "enable"), ("version", "2"), ("replay", replay)]).await.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn one_approval_or_many_at_once_are_bound_by_the_policy_in_force() {
    const TWO: &str = r#"
[[rules]]
id = "R1"
says = "Staging needs two."
effect = "reviews"
reviews = 2
when = [{ fact = "environment", op = "is", value = "staging" }]
"#;
    let app = TestApp::start().await;
    enforce(&app, TWO).await;
    let picks = filed(&app, 2).await;
    let (lena, omar) = (app.signed_in("lena.park").await, app.signed_in("omar.haddad").await);
    let place = [("action", "approve"), ("cluster", "kv-staging"), ("partitions", "8"), ("revision", "1")];
    let alone = format!("/requests/{}", picks[0].trim_end_matches(":1"));
    lena.post(&alone, &[("action", "claim"), ("revision", "1")]).await.assert(StatusCode::SEE_OTHER);
    lena.post(&alone, &place).await.assert(StatusCode::SEE_OTHER);
    let path = start(&lena, &[("action", "approve"), ("cluster", "kv-staging")], &picks[1..]).await;
    assert_eq!(app.ops.bulk_run(job_of(&path)).await.unwrap(), "1 done, 0 refused");
    for pick in &picks {
        assert_eq!(status_of(&lena, pick).await, "in_review", "one of two approvals is there");
    }

    // A first approval sets the placement, which is a new revision.
    let picks: Vec<String> = picks.iter().map(|pick| pick.replace(":1", ":2")).collect();
    let path = start(&omar, &[("action", "approve"), ("cluster", "")], &picks).await;
    assert_eq!(app.ops.bulk_run(job_of(&path)).await.unwrap(), "2 done, 0 refused");
    for pick in &picks {
        assert_eq!(status_of(&omar, pick).await, "approved");
        let page = omar.get(&format!("/requests/{}", pick.trim_end_matches(":2"))).await;
        assert!(page.body.contains("Asked for by rule R1, version 2."), "the timeline says by which rule");
    }
}

#[tokio::test]
async fn an_undone_action_changes_nothing_and_a_late_undo_says_so() {
    let app = TestApp::start().await;
    let picks = filed(&app, 1).await;
    let lena = app.signed_in("lena.park").await;
    let path = start(&lena, &[("action", "claim")], &picks).await;
    let priya = app.signed_in("priya.nair").await;
    assert_eq!(priya.post(&path, &[]).await.status, 403, "only who asked undoes");
    let undone = lena.post(&path, &[]).await;
    assert_eq!((undone.status, undone.location()), (303, path.as_str()));
    assert!(lena.get(&path).await.body.contains("Undone. Nothing was changed."));
    assert_eq!(lena.post(&path, &[]).await.status, 303, "twice is once");
    assert_eq!(status_of(&lena, &picks[0]).await, "new");
}

#[tokio::test]
async fn a_whole_view_is_taken_at_once_and_what_is_wrong_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let picks = filed(&app, 3).await;
    let lena = app.signed_in("lena.park").await;
    let whole = [("action", "claim"), ("all", "1"), ("view", "status=new&q=triage")];
    let path = start(&lena, &whole, &[]).await;
    let (_, view) = lena.call("bulk_view", &json!({"job": job_of(&path).0})).await;
    assert_eq!(view["items"].as_array().map(Vec::len), Some(3));

    let short = [("intent", "bulk"), ("action", "deny"), ("reason", "too bad"), ("pick", picks[0].as_str())];
    let page = lena.post("/queue", &short).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Write at least 10 characters.") && page.body.contains("value=\"too bad\""));
    assert_eq!(lena.post("/queue", &[("intent", "bulk"), ("action", "claim")]).await.status, 422);
    let maya = app.signed_in("maya.chen").await;
    let claim = [("intent", "bulk"), ("action", "claim"), ("pick", picks[0].as_str())];
    assert_eq!(maya.post("/queue", &claim).await.status, 403, "who does not review has no bulk actions");
    assert!(!maya.get("/queue").await.body.contains("name=\"pick\""), "and is offered none");
}

#[tokio::test]
async fn views_are_kept_read_and_deleted_by_whom_they_are_for() {
    let app = TestApp::start().await;
    let lena = app.signed_in("lena.park").await;
    let save = |name: &'static str, shared: &'static str| {
        [("intent", "save_view"), ("name", name), ("view", "status=new&sort=-size"), ("shared", shared)]
    };
    let saved = lena.post("/queue", &save("My big ones", "")).await;
    assert_eq!((saved.status, saved.location()), (303, "/queue?status=new&sort=-size"));
    lena.post("/queue", &save("Everybody's big ones", "on")).await.assert(StatusCode::SEE_OTHER);
    assert_eq!(lena.post("/queue", &save("", "")).await.status, 422);
    let maya = app.signed_in("maya.chen").await;
    let (_, desk) = maya.call("triage_desk", &json!({})).await;
    let names = |desk: &Value| -> Vec<String> {
        desk["views"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&desk), ["Everybody's big ones"]);
    let shared = desk["views"][0]["id"].to_string();
    let delete = |id: &str| [("intent", "delete_view".to_owned()), ("id", id.to_owned())];
    let post = async |browser: &Browser, id: &str| {
        let pairs = delete(id);
        browser.post("/queue", &pairs.each_ref().map(|(name, value)| (*name, value.as_str()))).await.status
    };
    assert_eq!(post(&maya, &shared).await, 403);
    let (_, own) = lena.call("triage_desk", &json!({})).await;
    let private =
        own["views"].as_array().unwrap().iter().find(|view| view["shared"] == false).unwrap()["id"].to_string();
    assert_eq!(post(&maya, &private).await, 404, "a private view of somebody else does not exist");
    let priya = app.signed_in("priya.nair").await;
    assert_eq!(post(&priya, &shared).await, 303, "an admin deletes shared ones");
    assert_eq!(post(&lena, &private).await, 303);
    let (_, desk) = lena.call("triage_desk", &json!({})).await;
    assert_eq!(names(&desk), [""; 0]);
}

#[tokio::test]
async fn an_export_has_every_row_of_the_view_and_no_formula() {
    let app = TestApp::start().await;
    let picks = filed(&app, 3).await;
    let lena = app.signed_in("lena.park").await;
    let csv = lena.get("/queue/export.csv?q=triage&sort=name").await;
    csv.assert(StatusCode::OK);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.body.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 1 + picks.len(), "{}", csv.body);
    assert!(lines[0].starts_with("request,dataset,status"));
    assert!(lines[1].contains("triage_0"));
    let file: Value = serde_json::from_str(&lena.get("/queue/export.json?q=triage").await.body).unwrap();
    assert_eq!((file["rows"].as_array().map(Vec::len), &file["cut"]), (Some(3), &json!(false)));
    let nothing: Value = serde_json::from_str(&lena.get("/queue/export.json?q=nothing").await.body).unwrap();
    assert_eq!(nothing, json!({"rows": [], "cut": false}));
    assert_eq!(app.visitor().get("/queue/export.csv").await.status, 401);
}

#[tokio::test]
async fn who_looks_at_a_request_is_told_to_the_others_for_a_while() {
    let app = TestApp::start().await;
    let id: i64 = filed(&app, 1).await[0].trim_start_matches("REQ-").trim_end_matches(":1").parse().unwrap();
    let (lena, priya) = (app.signed_in("lena.park").await, app.signed_in("priya.nair").await);
    let look = async |browser: &Browser| browser.call("request_look", &json!({"id": id})).await.1;
    assert_eq!(look(&lena).await, json!([]));
    assert_eq!(look(&priya).await[0]["name"], "Lena Park");
    assert_eq!(look(&lena).await[0]["name"], "Priya Nair");
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(look(&lena).await, json!([]), "who went away is forgotten");
}

#[tokio::test]
async fn what_is_late_is_found_counted_and_said() {
    let app = TestApp::start().await;
    let picks = filed(&app, 1).await;
    let lena = app.signed_in("lena.park").await;
    let (_, page) = lena.call("queue_page", &json!({"query": {"due": "overdue"}})).await;
    assert_eq!(page["rows"].as_array().map(Vec::len), Some(0));
    app.clock.advance(TimeDelta::days(7));
    let lena = app.signed_in("lena.park").await;
    let (_, page) = lena.call("queue_page", &json!({"query": {"due": "overdue"}})).await;
    assert_eq!(page["rows"].as_array().unwrap().len(), 1);
    assert!(lena.get("/queue?due=overdue").await.body.contains(" late"));
    let home = lena.call("home", &json!({})).await.1;
    assert_eq!(home["review"]["overdue"], 1);
    let id = picks[0].trim_end_matches(":1");
    assert!(lena.get(&format!("/requests/{id}")).await.body.contains(" late."));
    lena.get("/queue/analytics").await.assert(StatusCode::OK);
}

#[tokio::test]
async fn reviewers_counts_are_for_reviewers() {
    let app = TestApp::start().await;
    let picks = filed(&app, 6).await;
    let lena = app.signed_in("lena.park").await;
    let path = start(&lena, &[("action", "deny"), ("reason", REASON)], &picks).await;
    app.ops.bulk_run(job_of(&path)).await.unwrap();
    let (_, figures) = lena.call("queue_analytics", &json!({})).await;
    assert_eq!(figures["reviewers"][0]["denied"], 6, "{figures}");
    let maya = app.signed_in("maya.chen").await;
    let (_, figures) = maya.call("queue_analytics", &json!({})).await;
    assert_eq!(figures["reviewers"], Value::Null);
    assert!(!maya.get("/queue/analytics").await.body.contains("By reviewer"));
    let id = maya.file(&simple("told_to_the_requester")).await;
    let (_, view) = maya.call("request_view", &json!({"id": id})).await;
    assert_eq!(view["usual"]["decisions"], 6, "{view}");
}
