//! Requests about a dataset that exists: each kind, one at a time, by the API and by plain forms.

use serde_json::{Value, json};

use crate::app::{Browser, TestApp, simple};

/// A dataset of maya's team, and its number.
async fn dataset(app: &TestApp, maya: &Browser) -> String {
    let lena = app.signed_in("lena.park").await;
    let id = maya.file_v1(&simple("ranking_features")).await;
    lena.act(id, "claim", Some("*"), &json!({})).await.assert(200);
    let approved = lena.act(id, "approve", Some("*"), &json!({"cluster": "kv-staging", "partitions": 16})).await;
    approved.assert(200).body["dataset"].as_str().unwrap().to_owned()
}

fn body(kind: &str, dataset: &str, metadata: &Value) -> Value {
    json!({"kind": kind, "dataset": dataset, "metadata": metadata})
}

const REASON: &str = "Twice the catalogue since last week.";

#[tokio::test]
async fn each_kind_is_filed_decided_and_waits() {
    let app = TestApp::start().await;
    let (maya, lena) = (app.signed_in("maya.chen").await, app.signed_in("lena.park").await);
    let dataset = dataset(&app, &maya).await;
    for (kind, more) in [
        ("change", json!({"data_size_gb": 80})),
        ("migrate", json!({"region": "eu-central-1"})),
        ("restore", json!({})),
        ("transfer", json!({"owner": "jonas.weber"})),
        ("deprecate", json!({})),
        ("delete", json!({})),
    ] {
        let mut metadata = more;
        metadata["justification"] = REASON.into();
        let filed = maya.v1("POST", "/requests", None, Some(&body(kind, &dataset, &metadata))).await;
        filed.assert(201);
        assert_eq!((&filed.body["kind"], &filed.body["dataset"]), (&kind.into(), &dataset.as_str().into()));
        assert_eq!(filed.body["status"], "new", "no rule decides over data that exists");
        assert_eq!(filed.body["placement"], json!({"cluster": "kv-staging", "partitions": 16}));
        let id: domain::ids::RequestId = filed.body["id"].as_str().unwrap().parse().unwrap();

        // One open about a dataset, and the second is told which.
        let second = maya.v1("POST", "/requests", None, Some(&body("delete", &dataset, &metadata))).await;
        second.assert(422);
        assert!(second.body["errors"]["dataset"].as_str().unwrap().contains(&id.to_string()), "{}", second.body);
        let page = maya.get(&format!("/datasets/{dataset}")).await;
        assert!(page.body.contains(&format!("/requests/{id}")));

        lena.act(id, "claim", Some("*"), &json!({})).await.assert(200);
        let place = json!({"cluster": "kv-staging", "partitions": 16, "override_reason": "The wish cannot be had."});
        let approved = lena.act(id, "approve", Some("*"), &place).await;
        assert_eq!(approved.assert(200).body["status"], "approved");
        assert_eq!(app.ops.db().dataset_of_request(id).await.unwrap(), None, "no second dataset");
        maya.act(id, "withdraw", Some("*"), &json!({})).await.assert(200);
    }
    let still = maya.read(&format!("/datasets/{dataset}/metadata")).await;
    assert_eq!(still.assert(200).body["metadata"]["data_size_gb"], 40, "withdrawn requests change nothing");
}

#[tokio::test]
async fn only_what_belongs_to_the_kind_is_taken_and_only_from_its_people() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let dataset = dataset(&app, &maya).await;
    let file = async |by: &Browser, kind: &str, metadata: Value| {
        by.v1("POST", "/requests", None, Some(&body(kind, &dataset, &metadata))).await
    };
    let said = file(&maya, "change", json!({"data_size_gb": 80})).await;
    assert!(said.assert(422).body["errors"]["justification"].is_string(), "{}", said.body);
    let said = file(&maya, "change", json!({"justification": REASON})).await;
    assert!(said.assert(422).body["errors"]["data_size_gb"].is_string(), "nothing would change");
    file(&maya, "change", json!({"data_size_gb": -1, "justification": REASON})).await.assert(422);
    file(&maya, "explode", json!({})).await.assert(400);
    let other = app.signed_in(&app.outsider("search").await.handle).await;
    file(&other, "delete", json!({"justification": REASON})).await.assert(403);
    app.signed_in("sofia.rossi").await.get(&format!("/datasets/{dataset}/requests/delete")).await;
    maya.v1("POST", "/requests", None, Some(&body("delete", "DS-9999", &json!({})))).await.assert(404);

    let metadata = json!({"data_size_gb": 80, "consistency": "eventual", "justification": REASON});
    let filed = file(&maya, "change", metadata).await;
    assert_eq!(filed.assert(201).body["metadata"]["data_size_gb"], 80);
    assert_eq!(filed.body["metadata"]["consistency"], "strong");

    // An edit keeps to the same fields.
    let path = format!("/requests/{}", filed.body["id"].as_str().unwrap());
    let edit = json!({"metadata": {"data_size_gb": 90, "consistency": "eventual"}});
    let edited = maya.v1("PATCH", &path, Some(&filed.etag()), Some(&edit)).await;
    assert_eq!(edited.assert(200).body["metadata"]["data_size_gb"], 90);
    assert_eq!(edited.body["metadata"]["consistency"], "strong");
}

#[tokio::test]
async fn a_plain_form_asks_for_a_change_and_shows_before_and_after() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let dataset = dataset(&app, &maya).await;
    let address = format!("/datasets/{dataset}/requests/change");
    let form = maya.get(&address).await;
    assert_eq!(form.status, 200);
    assert_eq!(form.input("data_size_gb").as_deref(), Some("40"), "filled with what the dataset has");
    assert!(form.input("name").is_none(), "only the fields of the kind");
    let token = form.input("token").unwrap();
    let typed = |size: &'static str, reason: &'static str| {
        let mut pairs = vec![("token", token.clone()), ("data_size_gb", size.into()), ("justification", reason.into())];
        for name in
            ["growth_percent", "expected_keys", "peak_factor", "qps_get", "qps_set", "qps_delete", "criticality"]
        {
            pairs.push((name, simple("x").get(name.parse().unwrap()).to_owned()));
        }
        pairs.push(("priority", "normal".to_owned()));
        pairs
    };
    let post = async |pairs: Vec<(&str, String)>| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        maya.post(&address, &pairs).await
    };
    let refused = post(typed("85", "no")).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.input("data_size_gb").as_deref(), Some("85"), "what was typed is kept");
    let filed = post(typed("85", REASON)).await;
    assert_eq!(filed.status, 303, "{:?}", filed.errors());
    let again = post(typed("85", REASON)).await;
    assert_eq!(again.location(), filed.location(), "the same form files once");
    let page = maya.get(filed.location()).await;
    assert!(page.body.contains("What would change") && page.body.contains("40") && page.body.contains("85"));
    assert_eq!(maya.get(&format!("{}/edit", filed.location())).await.status, 200);

    let promoted = maya.get(&format!("/requests/new?promote={dataset}")).await;
    assert_eq!(promoted.input("name").as_deref(), Some("ranking_features"));
}
