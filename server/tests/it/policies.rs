//! `/admin/policies`: versions of the review policy, their replay, and what they make of requests.

use domain::{
    form::{Field, RequestForm},
    ids::RequestId,
};
use http::StatusCode;

use crate::app::{Browser, Page, TestApp, simple, unescape};

const PATH: &str = "/admin/policies";

/// The first version, with an automatic rule that reaches everything small, in production too.
const LOOSENED: &str = r#"
[[rules]]
id = "R1"
says = "Up to 100 GB is approved at once."
effect = "auto_approve"
when = [{ fact = "size_gb", op = "at_most", value = 100 }]

[[rules]]
id = "R4"
says = "Personal data needs a privacy approval."
effect = "privacy"
when = [{ fact = "personal_data", op = "is", value = "yes" }]
"#;

async fn save(browser: &Browser, text: &str, newest: &str) -> Page {
    let pairs = [
        ("act", "save"),
        ("base", "1"),
        ("newest", newest),
        ("note", "Less waiting for small things."),
        ("text", text),
    ];
    browser.post(PATH, &pairs).await
}

/// Replays a version and gives the address of what was found, with the replay's number.
async fn replay(browser: &Browser, version: &str) -> (String, String) {
    let page = browser.post(PATH, &[("act", "replay"), ("version", version)]).await;
    page.assert(StatusCode::SEE_OTHER);
    let to = page.location().trim_end_matches("#replay").to_owned();
    let id = to.rsplit_once("replay=").unwrap().1.to_owned();
    (to, id)
}

async fn enable(browser: &Browser, version: &str, replay: &str) -> Page {
    browser.post(PATH, &[("act", "enable"), ("version", version), ("replay", replay)]).await
}

fn form(name: &str, environment: &str) -> RequestForm {
    let mut form = simple(name);
    form.set(Field::Environment, environment);
    form
}

/// The text of a page without its tags.
fn text(page: &Page) -> String {
    let html = page.body.split("<main").nth(1).unwrap();
    let bare: String = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    unescape(&bare)
}

async fn deny(app: &TestApp, id: RequestId) {
    let lena = app.signed_in("lena.park").await;
    let path = format!("/requests/{id}");
    for action in [vec![("action", "claim")], vec![("action", "deny"), ("reason", "Not in production like this.")]] {
        let revision = lena.get(&path).await.input("revision").unwrap();
        let pairs: Vec<_> = action.into_iter().chain([("revision", revision.as_str())]).collect();
        lena.post(&path, &pairs).await.assert(StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_replay_finds_what_a_person_denied_and_the_new_rules_would_approve() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let priya = app.signed_in("priya.nair").await;
    let denied = maya.file(&form("denied_in_prod", "prod")).await;
    deny(&app, denied).await;
    let staging = maya.file(&form("small_one", "staging")).await;
    let mut large = form("large_one", "staging");
    large.set(Field::DataSizeGb, "500");
    let large = maya.file(&large).await;

    save(&priya, LOOSENED, "1").await.assert(StatusCode::SEE_OTHER);
    let unseen = enable(&priya, "2", "").await;
    unseen.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unseen.body.contains("Replay version 2 first"), "{:?}", unseen.errors());

    let (found, id) = replay(&priya, "2").await;
    let said = text(&priya.get(&found).await);
    assert!(said.contains("One request that a person denied would now be approved automatically."), "{said}");
    assert!(said.contains("Denied by a person, now automatic"), "{said}");
    assert!(said.contains("3 requests were judged by both versions; 2 differently."), "{said}");
    let place = |id: RequestId| said.find(&id.to_string());
    assert!(place(denied) < place(staging) && place(denied).is_some(), "{said}");
    assert_eq!(place(large), None, "it is judged as before");

    // What was submitted long ago is left out, and a replay of long ago does not count. Sessions end meanwhile.
    app.clock.advance(chrono::TimeDelta::days(91));
    let priya = app.signed_in("priya.nair").await;
    let late = enable(&priya, "2", &id).await;
    late.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.body.contains("older than 24 hours"), "{:?}", late.errors());
    let (found, _) = replay(&priya, "2").await;
    let said = text(&priya.get(&found).await);
    assert!(said.contains("0 requests were judged by both versions; none differently."), "{said}");
}

#[tokio::test]
async fn a_version_in_force_judges_what_is_submitted_from_then_on() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let priya = app.signed_in("priya.nair").await;
    let before = maya.file(&form("filed_before", "staging")).await;
    save(&priya, LOOSENED, "1").await.assert(StatusCode::SEE_OTHER);
    let (_, id) = replay(&priya, "2").await;
    enable(&priya, "2", &id).await.assert(StatusCode::SEE_OTHER);

    let mut after = form("filed_after", "staging");
    after.set(Field::DataSizeGb, "500");
    let after = maya.file(&after).await;
    let automatic = maya.file(&form("filed_small", "staging")).await;
    let page = async |id: RequestId| text(&maya.get(&format!("/requests/{id}")).await);
    assert!(
        page(automatic)
            .await
            .contains("Rule R1, version 2: Up to 100 GB is approved at once. Here: size 40 GB is at most 100 GB.")
    );
    let said = page(after).await;
    assert!(
        said.contains("Each rule of version 2") && said.contains("R1 does not apply: size 500 GB is above 100 GB."),
        "{said}"
    );
    let said = page(before).await;
    assert!(said.contains("Each rule of version 1"), "an open request keeps what it was judged by: {said}");

    let again = enable(&priya, "2", &id).await;
    again.assert(StatusCode::PRECONDITION_FAILED);

    // An older version comes back in the same way.
    let (_, id) = replay(&priya, "1").await;
    enable(&priya, "1", &id).await.assert(StatusCode::SEE_OTHER);
    let back = maya.file(&form("filed_last", "staging")).await;
    assert!(page(back).await.contains("Each rule of version 1"));
    let audit = text(&priya.get("/admin/audit?act=policy_enabled").await);
    let rows: Vec<usize> = ["policy v2", "policy v1"].map(|subject| audit.matches(subject).count()).to_vec();
    assert!(rows.iter().all(|found| *found > 0) && audit.contains("Priya Nair"), "{audit}");
}

#[tokio::test]
async fn of_two_who_enable_the_second_is_refused() {
    let app = TestApp::start().await;
    let priya = app.signed_in("priya.nair").await;
    save(&priya, LOOSENED, "1").await.assert(StatusCode::SEE_OTHER);
    save(&priya, &LOOSENED.replace("100", "50"), "2").await.assert(StatusCode::SEE_OTHER);
    let ((_, second), (_, third)) = (replay(&priya, "2").await, replay(&priya, "3").await);
    let foreign = enable(&priya, "2", &third).await;
    foreign.assert(StatusCode::UNPROCESSABLE_ENTITY);
    let (one, other) = tokio::join!(enable(&priya, "2", &second), enable(&priya, "3", &third));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 412]);
    let winner = if one.status == 303 { "2" } else { "3" };
    assert!(priya.get(PATH).await.body.contains(&format!("New requests are judged by version {winner}.")));
}

#[tokio::test]
async fn what_is_wrong_or_stale_is_refused_with_everything_typed() {
    let app = TestApp::start().await;
    let priya = app.signed_in("priya.nair").await;
    let wrong = save(&priya, &LOOSENED.replace("value = 100", "value = \"<b>big\""), "1").await;
    wrong.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unescape(&wrong.body).contains("Line 6, rule 1 (R1), condition 1, value: Write a number of GB"),
        "{:?}",
        wrong.errors()
    );
    assert!(!wrong.body.contains("<b>big") && wrong.body.contains("&lt;b&gt;big"), "it is kept, and escaped");

    save(&priya, LOOSENED, "1").await.assert(StatusCode::SEE_OTHER);
    let stale = save(&priya, &LOOSENED.replace("at once", "right away"), "1").await;
    stale.assert(StatusCode::PRECONDITION_FAILED);
    assert!(
        stale.body.contains("priya.nair changed this since you opened it: version 2 was saved."),
        "{:?}",
        stale.errors()
    );
    assert!(stale.body.contains("right away"), "what was typed is kept");
    assert_eq!(stale.input("newest").as_deref(), Some("2"), "saving again is deliberate");
    assert_eq!(priya.get(&format!("{PATH}?version=3")).await.status, 404);
}

#[tokio::test]
async fn the_form_edits_step_by_step_without_scripts() {
    let app = TestApp::start().await;
    let priya = app.signed_in("priya.nair").await;
    let page = priya.get(PATH).await;
    page.assert(StatusCode::OK);
    assert_eq!(
        page.input("rule.0.says").unwrap(),
        "Development, at most 1 GB, at most 100 QPS at peak, no personal data: approved at once."
    );
    let step = [
        ("base", "1"),
        ("newest", "1"),
        ("note", "One more."),
        ("rule.0.id", "R1"),
        ("rule.0.says", "It."),
        ("step", "add"),
    ];
    let page = priya.post(PATH, &step).await;
    page.assert(StatusCode::OK);
    assert_eq!((page.input("rule.0.says").as_deref(), page.input("rule.1.id").as_deref()), (Some("It."), Some("R2")));
    assert_eq!(page.input("note").as_deref(), Some("One more."));

    let whole = |value: &'static str| {
        [
            ("act", "save"),
            ("base", "1"),
            ("newest", "1"),
            ("note", "Only one."),
            ("rule.0.id", "R8"),
            ("rule.0.says", "Tier 0 needs three."),
            ("rule.0.effect", "reviews"),
            ("rule.0.reviews", "3"),
            ("rule.0.when.0.fact", "tier"),
            ("rule.0.when.0.op", "is"),
            ("rule.0.when.0.value", value),
        ]
    };
    let wrong = priya.post(PATH, &whole("nine")).await;
    wrong.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.input("rule.0.when.0.value").as_deref(), Some("nine"));
    assert!(wrong.body.contains("id=\"rule.0.when.0.value-error\""), "the message stands at its input");
    let right = priya.post(PATH, &whole("0")).await;
    right.assert(StatusCode::SEE_OTHER);
    assert_eq!(right.location(), "/admin/policies?version=2#changes");
    let said = text(&priya.get(right.location()).await);
    assert!(said.contains("ask for 3 different approvers when tier is 0. “Tier 0 needs three.”"), "{said}");
}

#[tokio::test]
async fn reviewers_and_auditors_read_and_only_admins_change() {
    let app = TestApp::start().await;
    for (handle, status) in [("maya.chen", 403), ("lena.park", 200), ("sofia.rossi", 200), ("priya.nair", 200)] {
        let browser = app.signed_in(handle).await;
        let page = browser.get(PATH).await;
        assert_eq!(page.status, status, "{handle}");
        let is_admin = handle == "priya.nair";
        assert_eq!(page.body.contains("Write a new version"), is_admin, "{handle}");
        if is_admin {
            continue;
        }
        assert_eq!(save(&browser, LOOSENED, "1").await.status, 403, "{handle}");
        for act in ["replay", "enable"] {
            let page = browser.post(PATH, &[("act", act), ("version", "1"), ("replay", "1")]).await;
            assert_eq!(page.status, 403, "{handle} {act}");
        }
    }
    let nobody = app.visitor().get(PATH).await;
    assert!(nobody.status == 303 && nobody.location().starts_with("/sign-in"), "{}", nobody.status);
}
