//! Time passes through the front door, and jobs are seen, cancelled and tried again there.

use std::time::Duration;

use domain::{
    ids::{JobId, RequestId},
    job::{JobEnd, JobKind, JobState, NewJob},
};
use http::StatusCode;
use serde_json::json;
use tokio::sync::watch;

use crate::app::{Browser, TestApp, simple};

/// A worker of the app, until the sender is dropped.
fn work(app: &TestApp) -> watch::Sender<bool> {
    let (stop, stopping) = watch::channel(false);
    let config = jobs::Config { poll: Duration::from_millis(20), ..jobs::Config::default() };
    tokio::spawn(jobs::Runner::new(app.ops.clone(), config).run(stopping));
    stop
}

async fn act(browser: &Browser, id: RequestId, pairs: &[(&str, &str)]) {
    let path = format!("/requests/{id}");
    let revision = browser.get(&path).await.input("revision").unwrap_or_else(|| "1".to_owned());
    let mut all = vec![("revision", revision.as_str())];
    all.extend_from_slice(pairs);
    browser.post(&path, &all).await.assert(StatusCode::SEE_OTHER);
}

/// Waits until the page of a request says something so many times.
async fn until(browser: &Browser, id: RequestId, says: &str, times: usize) {
    for _ in 0..200 {
        let page = browser.get(&format!("/requests/{id}")).await;
        if page.body.matches(says).count() >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} never said “{says}” {times} times");
}

/// How many audit rows of an action a request has.
async fn count(app: &TestApp, id: RequestId, action: domain::lifecycle::ActionKind) -> usize {
    app.ops.db().timeline(id).await.unwrap().iter().filter(|row| row.action == action).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unanswered_question_is_reminded_of_twice_and_expires_while_nobody_is_signed_out() {
    use domain::lifecycle::ActionKind::{Remind, TimeOut};
    let app = TestApp::start().await;
    let (maya, lena, priya) =
        (app.signed_in("maya.chen").await, app.signed_in("lena.park").await, app.signed_in("priya.nair").await);
    let id = maya.file(&simple("ranking_features")).await;
    act(&lena, id, &[("action", "claim")]).await;
    act(&lena, id, &[("action", "ask"), ("question", "How many keys are hot?"), ("fields", "qps_get")]).await;
    let _worker = work(&app);

    let advance = async |by: &str| priya.post("/demo/clock", &[("advance", by)]).await;
    advance("3d").await.assert(StatusCode::SEE_OTHER);
    until(&maya, id, "sent a reminder", 1).await;
    advance("4d").await.assert(StatusCode::SEE_OTHER);
    until(&maya, id, "sent a reminder", 2).await;
    advance("6d").await.assert(StatusCode::SEE_OTHER);
    advance("1d").await.assert(StatusCode::SEE_OTHER);
    until(&maya, id, "let it expire", 1).await;
    advance("30d").await.assert(StatusCode::SEE_OTHER);
    assert_eq!((count(&app, id, Remind).await, count(&app, id, TimeOut).await), (2, 1));
    assert_eq!(maya.get("/").await.status, 200, "sessions go by the machine's clock");

    let (status, _) = maya.call("jobs_page", &json!({"state": null, "before": null})).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn only_an_admin_of_a_demo_moves_the_clock_and_only_forward() {
    let app = TestApp::start().await;
    let priya = app.signed_in("priya.nair").await;
    let before = app.ops.now();
    for bad in ["", "-3d", "3", "0d", "4000d", "367d"] {
        priya.post("/demo/clock", &[("advance", bad)]).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    }
    for handle in ["maya.chen", "lena.park", "sofia.rossi"] {
        let page = app.signed_in(handle).await.post("/demo/clock", &[("advance", "3d")]).await;
        assert_eq!(page.status, 403, "{handle}");
    }
    assert!(app.ops.now() - before < chrono::TimeDelta::hours(1));
    priya.post("/demo/clock", &[("advance", "3d")]).await.assert(StatusCode::SEE_OTHER);
    assert!(app.ops.now() - before > chrono::TimeDelta::days(2));
    let page = priya.get("/admin/audit?act=clock_advanced").await;
    assert!(page.assert(StatusCode::OK).body.contains("Advanced the clock"));
    assert!(page.body.contains("127.0.0.1"), "and from where");
}

/// Puts a dead letter about a request into the tables.
async fn plant_dead_letter(app: &TestApp, request: RequestId) -> JobId {
    let now = app.ops.now();
    let mut tx = app.ops.db().begin().await.unwrap();
    let id = tx.job_enqueue(&NewJob::new(JobKind::Provision, &(), now).about(request), now).await.unwrap();
    let claim = db::Claim {
        kinds: &[JobKind::Provision],
        worker: "planted",
        now,
        machine_now: now,
        lease: chrono::Duration::seconds(9),
    };
    let claimed = tx.job_claim(&claim).await.unwrap().unwrap();
    let end = JobEnd::Failed { error: "The sink <is> away".to_owned() };
    assert!(tx.job_finish(&claimed.lease, &end, now).await.unwrap());
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_dead_letter_is_seen_by_whom_it_concerns_and_tried_again_and_cancelled_by_reviewers() {
    let app = TestApp::start().await;
    let (maya, lena, sofia) =
        (app.signed_in("maya.chen").await, app.signed_in("lena.park").await, app.signed_in("sofia.rossi").await);
    let request = maya.file(&simple("ranking_features")).await;
    let id = plant_dead_letter(&app, request).await;
    let path = format!("/jobs/{id}");
    for browser in [&maya, &lena, &sofia] {
        let list = browser.get("/jobs?state=failed").await;
        assert!(list.assert(StatusCode::OK).body.contains(&path), "{}", list.body);
        let page = browser.get(&path).await;
        assert!(page.assert(StatusCode::OK).body.contains("The sink &lt;is&gt; away"), "{}", page.body);
    }
    assert!(!lena.get("/jobs?state=done").await.body.contains(&path));
    let outsider = app.signed_in(&app.outsider("search").await.handle).await;
    assert!(!outsider.get("/jobs").await.body.contains(&path));
    for browser in [&maya, &sofia] {
        assert!(!browser.get(&path).await.body.contains("Try again"));
        browser.post(&path, &[("action", "retry")]).await.assert(StatusCode::FORBIDDEN);
    }
    for missing in ["/jobs/J-999", "/jobs/nothing"] {
        lena.get(missing).await.assert(StatusCode::NOT_FOUND);
        lena.post(missing, &[("action", "retry")]).await.assert(StatusCode::NOT_FOUND);
    }
    lena.post(&path, &[("action", "explode")]).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    lena.post(&path, &[("action", "cancel")]).await.assert(StatusCode::CONFLICT);

    let page = lena.post(&path, &[("action", "retry")]).await;
    assert_eq!((page.status, page.location()), (303, path.as_str()));
    lena.post(&path, &[("action", "retry")]).await.assert(StatusCode::CONFLICT);
    lena.post(&path, &[("action", "cancel")]).await.assert(StatusCode::SEE_OTHER);
    assert_eq!(app.ops.db().job_find(id).await.unwrap().unwrap().state, JobState::Cancelled);
    let trail = app.signed_in("priya.nair").await.get(&format!("/admin/audit?subject={id}")).await;
    for act in ["Retried a job", "Cancelled a job", "lena.park"] {
        assert!(trail.body.contains(act), "{act}");
    }
}
