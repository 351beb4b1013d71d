//! Every action in every state by everybody, compared with the domain's own table and policy.

use std::collections::BTreeMap;

use domain::{
    authz::{RequestFacts, Viewer},
    form::Field,
    ids::RequestId,
    lifecycle::{Action, ActionKind, Request, Status},
    spec::Visibility,
};
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, simple};

/// Everybody of another standing towards maya's request.
const PEOPLE: [&str; 6] = ["maya.chen", "jonas.weber", "amara.okafor", "lena.park", "priya.nair", "sofia.rossi"];

const STATUSES: [Status; 11] = [
    Status::Draft,
    Status::New,
    Status::InReview,
    Status::NeedsInfo,
    Status::Approved,
    Status::InProgress,
    Status::Completed,
    Status::Failed,
    Status::Denied,
    Status::Cancelled,
    Status::Expired,
];

struct World {
    app: TestApp,
    browsers: BTreeMap<&'static str, Browser>,
    made: usize,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let mut browsers = BTreeMap::new();
        for handle in PEOPLE.into_iter().chain(["omar.haddad"]) {
            browsers.insert(handle, app.signed_in(handle).await);
        }
        Self { app, browsers, made: 0 }
    }

    /// A request of maya's in this status. What the system does by itself is done by tables.
    async fn request_in(&mut self, status: Status) -> RequestId {
        self.made += 1;
        let form = simple(&format!("features_{}", self.made));
        let (maya, omar) = (&self.browsers["maya.chen"], &self.browsers["omar.haddad"]);
        if status == Status::Draft {
            let body = json!({"draft": true, "metadata": super::metadata(&form)});
            let said = maya.v1("POST", "/requests", None, Some(&body)).await;
            return said.assert(201).body["id"].as_str().unwrap().parse().unwrap();
        }
        let id = maya.file_v1(&form).await;
        let reason = json!({"reason": "The same data is there already."});
        let act = async |by: &Browser, action: &str, body: &Value| {
            by.act(id, action, Some("*"), body).await.assert(200);
        };
        if !matches!(status, Status::New | Status::Cancelled | Status::Denied) {
            act(omar, "claim", &json!({})).await;
        }
        match status {
            Status::NeedsInfo | Status::Expired => act(omar, "ask", &json!({"question": "How many are hot?"})).await,
            Status::Denied => act(omar, "deny", &reason).await,
            Status::Cancelled => act(maya, "withdraw", &json!({})).await,
            Status::Approved | Status::InProgress | Status::Completed | Status::Failed => {
                act(omar, "approve", &json!({"cluster": "kv-staging", "partitions": 16})).await;
            }
            _ => {}
        }
        if matches!(status, Status::InProgress | Status::Completed | Status::Failed) {
            self.write_by_tables(id, Action::Start).await;
        }
        match status {
            Status::Completed => {
                let dataset = self.app.ops.db().dataset_of_request(id).await.unwrap().unwrap();
                self.write_by_tables(id, Action::Finish { dataset }).await;
            }
            Status::Failed => {
                self.write_by_tables(id, Action::Fail { step: "space".into(), error: "full".into() }).await;
            }
            Status::Expired => {
                self.write_by_tables(id, Action::TimeOut).await;
            }
            _ => {}
        }
        assert_eq!(self.row(id).await.request.status(), status);
        id
    }

    async fn write_by_tables(&self, id: RequestId, action: Action) {
        // Late enough for a question to expire; the clock of the sessions stays as it is.
        let now = self.app.ops.now() + chrono::TimeDelta::days(15);
        let mut tx = self.app.ops.db().begin().await.unwrap();
        let mut row = tx.request_lock(id).await.unwrap().unwrap();
        let before = row.request.revision;
        row.request = row.request.apply(action, None, now).unwrap().request;
        assert!(tx.request_update(&row, before, now).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn row(&self, id: RequestId) -> db::RequestRow {
        self.app.ops.db().request_find(id).await.unwrap().unwrap()
    }

    async fn viewer(&self, handle: &str) -> Viewer {
        let person = self.app.ops.db().person_by_handle(handle).await.unwrap().unwrap();
        Viewer {
            id: person.id,
            role: person.role,
            teams: person.teams.iter().map(|(team, _)| *team).collect(),
            privacy_approver: person.privacy_approver,
        }
    }
}

fn facts(row: &db::RequestRow) -> RequestFacts {
    let class =
        row.spec.as_ref().map_or_else(|| row.form.get(Field::DataClass).parse().unwrap(), |spec| spec.data_class);
    let Request { requester, team, filed, requirements, .. } = &row.request;
    RequestFacts {
        requester: *requester,
        owner: row.owner,
        team: *team,
        status: row.request.status(),
        submitted: filed.is_some(),
        class,
        needs_privacy: requirements.privacy,
    }
}

/// What an action needs, filled well.
fn body(kind: ActionKind) -> Value {
    match kind {
        ActionKind::Assign => json!({"reviewer": "omar.haddad"}),
        ActionKind::Amend | ActionKind::Approve => json!({"cluster": "kv-staging", "partitions": 8}),
        ActionKind::Ask => json!({"question": "How many are hot?"}),
        ActionKind::Reply => json!({"reply": "About a tenth."}),
        ActionKind::Deny | ActionKind::GiveUp => json!({"reason": "The same data is there already."}),
        ActionKind::Comment => json!({"comment": "Noted."}),
        _ => json!({}),
    }
}

/// What the table says that becomes of it.
fn after(kind: ActionKind, before: Status) -> Status {
    match kind {
        ActionKind::Submit | ActionKind::Reopen | ActionKind::Unclaim => Status::New,
        ActionKind::Claim | ActionKind::Assign | ActionKind::Amend | ActionKind::Reply => Status::InReview,
        ActionKind::Ask => Status::NeedsInfo,
        ActionKind::Approve => Status::Approved,
        ActionKind::Deny => Status::Denied,
        ActionKind::Retry => Status::InProgress,
        ActionKind::GiveUp | ActionKind::Withdraw => Status::Cancelled,
        _ => before,
    }
}

/// The answer that policy and table ask for.
fn expected(kind: ActionKind, viewer: &Viewer, row: &db::RequestRow) -> u16 {
    let facts = facts(row);
    match viewer.sees(&facts) {
        None => return 404,
        Some(Visibility::Full | Visibility::Summary) => {}
    }
    if !viewer.may_act(kind, &facts) {
        return 403;
    }
    match kind {
        ActionKind::Clone => 201,
        // No comment is named.
        ActionKind::EditComment | ActionKind::WithdrawComment => 422,
        _ if row.request.status().permit(kind).is_err() => 409,
        // The content is changed by PUT and PATCH.
        ActionKind::Save | ActionKind::Edit => 422,
        // A vote would be the last one needed, and nobody has said where the dataset goes.
        ActionKind::Vote => 422,
        _ => 200,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_in_every_state_by_everybody() {
    let mut world = World::new().await;
    let mut done = 0;
    for status in STATUSES {
        let mut id = world.request_in(status).await;
        for handle in PEOPLE {
            let viewer = world.viewer(handle).await;
            let is_requester = viewer.id == world.row(id).await.request.requester;
            assert_eq!(is_requester, handle == "maya.chen");
            for kind in ActionKind::ALL.iter().copied() {
                let row = world.row(id).await;
                let wanted = expected(kind, &viewer, &row);
                let offered = viewer.allowed_actions(&facts(&row), &row.request);
                if !matches!(wanted, 200 | 201 | 422) {
                    assert!(!offered.contains(&kind), "{handle} is offered {kind} in {status}");
                }
                let said = world.browsers[handle].act(id, kind.word(), Some("*"), &body(kind)).await;
                assert_eq!(said.status, wanted, "{handle} does {kind} in {status}: {}", said.body);
                done += 1;
                if said.status == 200 {
                    assert_eq!(said.body["status"], after(kind, status).word(), "{handle} does {kind} in {status}");
                    if !matches!(kind, ActionKind::Comment) {
                        id = world.request_in(status).await;
                    }
                } else {
                    let now = world.row(id).await.request;
                    assert_eq!((now.status(), now.revision), (status, row.request.revision), "{handle} {kind}");
                }
            }
        }
    }
    assert_eq!(done, STATUSES.len() * PEOPLE.len() * ActionKind::ALL.len());
}

/// Votes are bound to a revision, the requester has none, and a privacy approval is one person's own.
#[tokio::test]
async fn two_reviews_and_a_privacy_approval() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let (lena, omar) = (app.signed_in("lena.park").await, app.signed_in("omar.haddad").await);
    let (priya, ines) = (app.signed_in("priya.nair").await, app.signed_in("ines.moreau").await);
    let mut form = simple("home_addresses");
    for (field, value) in [
        (Field::PersonalData, "on"),
        (Field::PersonalDataKinds, "address"),
        (Field::RetentionDays, "30"),
        (Field::Criticality, "1"),
        (Field::BackupOwner, "jonas.weber"),
        (Field::BackupSchedule, "30 2 * * *"),
        (Field::BackupKeep, "7"),
    ] {
        form.set(field, value);
    }
    let id = maya.file_v1(&form).await;
    let place = json!({"cluster": "kv-staging", "partitions": 16});
    omar.act(id, "claim", Some("*"), &json!({})).await.assert(200);
    let said = omar.act(id, "approve", Some("*"), &place).await;
    assert_eq!(
        (&said.assert(200).body["status"], said.body["votes"].as_array().unwrap().len()),
        (&"in_review".into(), 1)
    );
    assert_eq!(said.body["votes"][0]["revision"], said.body["revision"]);
    omar.act(id, "approve", Some("*"), &place).await.assert(409);
    let privacy = ines.act(id, "vote", Some("*"), &json!({})).await;
    assert_eq!(privacy.assert(200).body["votes"][1]["kind"], "privacy");

    // An edit voids all of them.
    let edited =
        maya.v1("PATCH", &format!("/requests/{id}"), Some("*"), Some(&json!({"metadata": {"qps_get": 901}}))).await;
    assert_eq!(edited.assert(200).body["votes"], json!([]));
    omar.act(id, "claim", Some("*"), &json!({})).await.assert(200);
    for (by, action) in [(&omar, "approve"), (&ines, "vote"), (&priya, "approve")] {
        by.act(id, action, Some("*"), &place_for(action, &place)).await.assert(200);
    }
    let record = lena.read(&format!("/requests/{id}")).await;
    assert_eq!(record.body["status"], "approved", "{}", record.body);
}

fn place_for(action: &str, place: &Value) -> Value {
    if action == "approve" { place.clone() } else { json!({}) }
}
