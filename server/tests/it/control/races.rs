//! Two at once, many times, on both databases: one wins, and history says so.

use domain::{form::Field, ids::RequestId, lifecycle::ActionKind};
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, simple};

/// Rounds of each race; each takes a few milliseconds on SQLite.
const ROUNDS: usize = 12;

struct Table {
    app: TestApp,
    maya: Browser,
    lena: Browser,
    omar: Browser,
}

impl Table {
    async fn on(app: TestApp) -> Self {
        let (maya, lena) = (app.signed_in("maya.chen").await, app.signed_in("lena.park").await);
        let omar = app.signed_in("omar.haddad").await;
        Self { app, maya, lena, omar }
    }

    /// A claimed request and its tag.
    async fn claimed(&self, name: &str, tier: &str) -> (RequestId, String) {
        let mut form = simple(name);
        form.set(Field::Criticality, tier);
        if tier == "1" {
            for (field, value) in
                [(Field::BackupOwner, "jonas.weber"), (Field::BackupSchedule, "30 2 * * *"), (Field::BackupKeep, "7")]
            {
                form.set(field, value);
            }
        }
        let id = self.maya.file_v1(&form).await;
        let claimed = self.lena.act(id, "claim", Some("*"), &json!({})).await;
        claimed.assert(200);
        (id, claimed.etag())
    }

    /// The steps that the history has, and as many events.
    async fn steps(&self, id: RequestId) -> Vec<ActionKind> {
        let timeline = self.app.ops.db().timeline(id).await.unwrap();
        let events = self.app.ops.db().events_after(domain::ids::EventId(0), 10_000).await.unwrap();
        let ours = events.iter().filter(|event| event.subject == domain::event::Subject::Request(id)).count();
        assert_eq!(ours, timeline.len(), "an event for each step of {id}");
        timeline.iter().map(|step| step.action).collect()
    }
}

fn place() -> Value {
    json!({"cluster": "kv-staging", "partitions": 16})
}

async fn two_approvals(app: TestApp) {
    let field = Table::on(app).await;
    for round in 0..ROUNDS {
        let (id, tag) = field.claimed(&format!("approved_{round}"), "2").await;
        let place = place();
        let (one, other) = tokio::join!(
            field.lena.act(id, "approve", Some(&tag), &place),
            field.omar.act(id, "approve", Some(&tag), &place)
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.body, other.body);
        let approvals = field.steps(id).await.into_iter().filter(|step| *step == ActionKind::Approve).count();
        assert_eq!(approvals, 1);
        let row = field.app.ops.db().request_find(id).await.unwrap().unwrap();
        assert_eq!(row.request.votes.len(), 1);
        assert!(field.app.ops.db().dataset_of_request(id).await.unwrap().is_some());
    }
}

async fn edit_against_approve(app: TestApp) {
    let field = Table::on(app).await;
    for round in 0..ROUNDS {
        let (id, tag) = field.claimed(&format!("edited_{round}"), "2").await;
        let (place, path) = (place(), format!("/requests/{id}"));
        let change = json!({"metadata": {"qps_get": 901}});
        let (approved, edited) = tokio::join!(
            field.lena.act(id, "approve", Some(&tag), &place),
            field.maya.v1("PATCH", &path, Some(&tag), Some(&change))
        );
        let row = field.app.ops.db().request_find(id).await.unwrap().unwrap();
        let has_dataset = field.app.ops.db().dataset_of_request(id).await.unwrap().is_some();
        match (approved.status, edited.status) {
            // A decision that was made before: editing is not possible any more.
            (200, 409 | 412) => assert!(has_dataset && row.form.get(Field::QpsGet) == "900"),
            // Edited first: back to new, and the approval is stale or not possible.
            (409 | 412, 200) => assert!(!has_dataset && row.form.get(Field::QpsGet) == "901"),
            _ => panic!("{} {}", approved.body, edited.body),
        }
        let steps = field.steps(id).await;
        let decisive = |step: &&ActionKind| matches!(step, ActionKind::Approve | ActionKind::Edit);
        assert_eq!(steps.iter().filter(decisive).count(), 1, "{steps:?}");
    }
}

async fn vote_against_edit(app: TestApp) {
    let field = Table::on(app).await;
    for round in 0..ROUNDS {
        let (id, tag) = field.claimed(&format!("voted_{round}"), "1").await;
        let (place, path) = (place(), format!("/requests/{id}"));
        let change = json!({"metadata": {"qps_get": 901}});
        let (voted, edited) = tokio::join!(
            field.lena.act(id, "approve", Some(&tag), &place),
            field.maya.v1("PATCH", &path, Some(&tag), Some(&change))
        );
        let row = field.app.ops.db().request_find(id).await.unwrap().unwrap();
        assert!(
            row.request.votes.iter().all(|vote| vote.revision == row.request.revision),
            "no vote of another revision"
        );
        match (voted.status, edited.status) {
            (200, 412) => assert_eq!(row.request.votes.len(), 1),
            (409 | 412, 200) => assert_eq!(row.request.votes.len(), 0),
            _ => panic!("{} {}", voted.body, edited.body),
        }
        field.steps(id).await;
    }
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_two_approvals_one_wins() {
        two_approvals(TestApp::start().await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_an_edit_and_an_approval_one_wins() {
        edit_against_approve(TestApp::start().await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_vote_is_on_what_was_read() {
        vote_against_edit(TestApp::start().await).await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_two_approvals_one_wins() {
        if let Some(app) = TestApp::start_on_postgres().await {
            two_approvals(app).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_an_edit_and_an_approval_one_wins() {
        if let Some(app) = TestApp::start_on_postgres().await {
            edit_against_approve(app).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_vote_is_on_what_was_read() {
        if let Some(app) = TestApp::start_on_postgres().await {
            vote_against_edit(app).await;
        }
    }
}
