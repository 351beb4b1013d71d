//! `/v1/policies`: a version is saved, replayed and enabled by a program.

use domain::form::Field;
use serde_json::{Value, json};

use crate::app::{TestApp, simple};

const PATH: &str = "/policies";

fn rules() -> Value {
    json!({"note": "Less waiting for small things.", "rules": [{
        "id": "R1", "says": "Up to 100 GB is approved at once.", "effect": "auto_approve",
        "when": [{"fact": "size_gb", "op": "at_most", "value": "100"}],
    }]})
}

#[tokio::test]
async fn a_version_is_saved_replayed_and_put_into_force() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let priya = app.signed_in("priya.nair").await;
    let mut form = simple("ranking_features");
    form.set(Field::Environment, "staging");
    let before = maya.file_v1(&form).await;

    let all = priya.read(PATH).await;
    all.assert(200);
    assert_eq!((&all.body["in_force"], &all.body["policies"][0]["in_force"]), (&json!(1), &json!(true)));
    let first = priya.read("/policies/1").await;
    assert!(first.body["toml"].as_str().unwrap().starts_with("[[rules]]"), "{}", first.body);

    priya.v1("POST", PATH, None, Some(&rules())).await.assert(428);
    let saved = priya.v1("POST", PATH, Some(&all.etag()), Some(&rules())).await;
    saved.assert(201);
    assert_eq!((&saved.body["version"], &saved.body["in_force"]), (&json!(2), &json!(false)));
    assert_eq!(saved.headers["location"], "/v1/policies/2");
    let stale = priya.v1("POST", PATH, Some(&all.etag()), Some(&rules())).await;
    stale.assert(412);
    let text = json!({"note": "Back.", "based_on": 1, "toml": first.body["toml"]});
    let back = priya.v1("POST", PATH, Some(&saved.etag()), Some(&text)).await;
    back.assert(201);
    assert_eq!(back.body["rules"], first.body["rules"], "TOML and data are the same rules");

    priya.v1("POST", "/policies/2/enable", None, Some(&json!({}))).await.assert(422);
    let replay = priya.v1("POST", "/policies/2/replay", None, None).await;
    replay.assert(201);
    assert_eq!(replay.body["requests"][0]["id"], before.to_string(), "{}", replay.body);
    assert_eq!(replay.body["shifts"], json!({"becomes_automatic": 1}));
    let seen = json!({"replay": replay.body["replay"]});
    let enabled = priya.v1("POST", "/policies/2/enable", None, Some(&seen)).await;
    enabled.assert(200);
    assert_eq!(enabled.body["in_force"], true);
    priya.v1("POST", "/policies/2/enable", None, Some(&seen)).await.assert(412);

    form.set(Field::Name, "ranking_more");
    let after = maya.file_v1(&form).await;
    let automatic = maya.read(&format!("/requests/{after}")).await.body;
    assert_eq!((&automatic["status"], &automatic["requirements"]["policy"]), (&json!("approved"), &json!(2)));
    let said = json!([{"id": "R1", "version": 2, "says": "Up to 100 GB is approved at once.", "applies": true,
        "why": "R1 applies: size 40 GB is at most 100 GB."}]);
    assert_eq!(automatic["requirements"]["rules"], said);
    let steps = maya.read(&format!("/requests/{after}/timeline")).await.body;
    assert!(steps.to_string().contains("Rule R1, version 2: Up to 100 GB is approved at once."), "{steps}");
    assert_eq!(maya.read(&format!("/requests/{before}")).await.body["status"], "new", "it is not judged again");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_only_admins_write() {
    let app = TestApp::start().await;
    let priya = app.signed_in("priya.nair").await;
    let mut wrong = rules();
    wrong["rules"][0]["when"][0]["value"] = json!("big");
    let said = priya.v1("POST", PATH, Some("*"), Some(&wrong)).await;
    said.assert(422);
    assert!(said.body.to_string().contains("Rule 1 (R1), condition 1, value: Write a number of GB"), "{}", said.body);
    for body in [json!({"note": "x"}), json!({"toml": 3, "note": "x"}), json!({"toml": "", "rules": [], "note": "x"})] {
        priya.v1("POST", PATH, Some("*"), Some(&body)).await.assert(400);
    }
    let mut strange = rules();
    strange["colour"] = json!("red");
    priya.v1("POST", PATH, Some("*"), Some(&strange)).await.assert(400);
    priya.read("/policies/9").await.assert(404);
    priya.read("/policies/x").await.assert(404);

    for (handle, reads) in [("maya.chen", 403), ("lena.park", 200), ("sofia.rossi", 200)] {
        let browser = app.signed_in(handle).await;
        browser.read(PATH).await.assert(reads);
        browser.read("/policies/1").await.assert(reads);
        browser.v1("POST", PATH, Some("*"), Some(&rules())).await.assert(403);
        browser.v1("POST", "/policies/1/replay", None, None).await.assert(403);
        browser.v1("POST", "/policies/1/enable", None, Some(&json!({"replay": 1}))).await.assert(403);
    }
    app.visitor().read(PATH).await.assert(401);
}
