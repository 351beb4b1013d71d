//! `/requests/{id}`: the page and its actions, without JavaScript.

use domain::ids::RequestId;
use http::StatusCode;
use serde_json::json;

use crate::app::{Browser, Page, TestApp, sample, simple, unescape};

async fn act(browser: &Browser, id: RequestId, pairs: &[(&str, &str)]) -> Page {
    let path = format!("/requests/{id}");
    let revision = browser.get(&path).await.input("revision").unwrap_or_else(|| "1".to_owned());
    let mut all = vec![("revision", revision.as_str())];
    all.extend_from_slice(pairs);
    browser.post(&path, &all).await
}

async fn status(browser: &Browser, id: RequestId) -> String {
    let (_, view) = browser.call("request_view", &json!({"id": id})).await;
    view["status"].as_str().unwrap_or_else(|| panic!("{view}")).to_owned()
}

const PLACE: [(&str, &str); 3] = [("action", "approve"), ("cluster", "kv-staging"), ("partitions", "16")];

#[tokio::test]
async fn claimed_asked_answered_approved() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let id = maya.file(&simple("ranking_features")).await;
    let path = format!("/requests/{id}");

    let page = act(&lena, id, &[("action", "claim"), ("next", "/queue?scope=all")]).await;
    assert_eq!((page.status, page.location()), (303, "/queue?scope=all"));
    let page =
        act(&lena, id, &[("action", "ask"), ("question", "How many of the keys are **hot**?"), ("fields", "qps_get")])
            .await;
    assert_eq!((page.status, page.location()), (303, path.as_str()), "{:?}", page.errors());
    assert!(maya.get(&path).await.body.contains("<strong>hot</strong>"));
    assert_eq!(status(&maya, id).await, "needs_info");

    let page = act(&maya, id, &[("action", "reply"), ("reply", "About a tenth."), ("f_qps_get", "950")]).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    let page = act(&lena, id, &[("action", "comment"), ("comment", "Thanks!")]).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    let page = act(&lena, id, &PLACE).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    assert_eq!(status(&maya, id).await, "approved");
    let page = maya.get(&path).await;
    for text in ["About a tenth.", "Thanks!", "kv-staging"] {
        assert!(page.body.contains(text), "{text}");
    }
}

#[tokio::test]
async fn what_is_wrong_in_an_action_is_said_and_kept() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let id = maya.file(&simple("ranking_features")).await;
    act(&lena, id, &[("action", "claim")]).await.assert(StatusCode::SEE_OTHER);
    let long = "y".repeat(4_001);
    let cases: [&[(&str, &str)]; 10] = [
        &[("action", "deny"), ("reason", "too short")],
        &[("action", "deny"), ("reason", &long)],
        &[("action", "ask"), ("question", "   ")],
        &[("action", "comment"), ("comment", "")],
        &[("action", "approve"), ("cluster", ""), ("partitions", "16")],
        &[("action", "approve"), ("cluster", "kv-staging"), ("partitions", "0")],
        &[("action", "approve"), ("cluster", "kv-staging"), ("partitions", "4097")],
        &[("action", "approve"), ("cluster", "no-such-cluster"), ("partitions", "16")],
        &[("action", "assign"), ("reviewer", "maya.chen")],
        &[("action", "explode")],
    ];
    for pairs in cases {
        let page = act(&lena, id, pairs).await;
        assert_eq!(page.status, 422, "{:?}", &pairs[0]);
        assert!(page.body.contains("</html>"));
    }
    let page = act(&lena, id, &[("action", "deny"), ("reason", "<b>nope")]).await;
    assert!(unescape(&page.body).contains("<b>nope"), "what was typed is kept");
    assert!(!page.body.contains("<b>nope"), "and escaped");
    assert_eq!(status(&maya, id).await, "in_review");

    let page = act(&lena, id, &[("action", "deny"), ("reason", "The same data is in ranking_signals already.")]).await;
    page.assert(StatusCode::SEE_OTHER);
    let page = maya.get(&format!("/requests/{id}")).await;
    assert!(page.body.contains("The same data is in ranking_signals already."));
}

#[tokio::test]
async fn a_dataset_that_does_not_fit_needs_a_reason() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let id = maya.file(&simple("ranking_features")).await;
    act(&lena, id, &[("action", "claim")]).await.assert(StatusCode::SEE_OTHER);
    let elsewhere = [("action", "approve"), ("cluster", "kv-dev"), ("partitions", "16")];
    act(&lena, id, &elsewhere).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    let reasoned =
        [elsewhere[0], elsewhere[1], elsewhere[2], ("override_reason", "Staging is being rebuilt this week.")];
    let page = act(&lena, id, &reasoned).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
}

#[tokio::test]
async fn of_two_reviewers_the_second_is_told_what_the_first_did() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let omar = app.signed_in("omar.haddad").await;
    let id = maya.file(&simple("ranking_features")).await;
    act(&lena, id, &[("action", "claim")]).await.assert(StatusCode::SEE_OTHER);
    let path = format!("/requests/{id}");
    let revision = lena.get(&path).await.input("revision").unwrap();
    let approve = [PLACE[0], PLACE[1], PLACE[2], ("revision", &revision)];
    let deny = [("action", "deny"), ("reason", "There is no room for it this quarter."), ("revision", &revision)];
    let (first, second) = tokio::join!(lena.post(&path, &approve), omar.post(&path, &deny));
    let (winner, loser) = if first.status == 303 { ("Lena Park", &second) } else { ("Omar Haddad", &first) };
    assert_eq!([first.status, second.status].iter().filter(|status| **status == 303).count(), 1);
    loser.assert(StatusCode::CONFLICT);
    assert!(loser.body.contains(winner), "{:?}", loser.errors());
}

#[tokio::test]
async fn who_may_see_but_not_do_is_forbidden() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let id = maya.file(&simple("ranking_features")).await;
    let outsider = app.outsider("search").await;
    let outsider = app.signed_in(&outsider.handle).await;
    let sofia = app.signed_in("sofia.rossi").await;
    for (name, browser) in [("requester", &maya), ("outsider", &outsider), ("auditor", &sofia)] {
        for action in ["claim", "deny", "unclaim", "ask"] {
            let page =
                act(browser, id, &[("action", action), ("reason", "Because I say so."), ("question", "Why?")]).await;
            assert_eq!(page.status, 403, "{name} {action}");
        }
        let page = act(browser, id, &PLACE).await;
        assert_eq!(page.status, 403, "{name} approve");
    }
    for browser in [&outsider, &sofia] {
        act(browser, id, &[("action", "withdraw")]).await.assert(StatusCode::FORBIDDEN);
    }
    act(&sofia, id, &[("action", "comment"), ("comment", "I was here.")]).await.assert(StatusCode::FORBIDDEN);
    assert_eq!(status(&maya, id).await, "new");
}

#[tokio::test]
async fn a_reviewer_does_not_decide_on_their_own_request() {
    let app = TestApp::start().await;
    let lena = app.signed_in("lena.park").await;
    let mut form = simple("reviewers_own");
    form.set(domain::form::Field::Owner, "lena.park");
    let id = lena.file(&form).await;
    for pairs in [vec![("action", "claim")], PLACE.to_vec(), vec![("action", "deny"), ("reason", "I changed my mind.")]]
    {
        let page = act(&lena, id, &pairs).await;
        assert_eq!(page.status, 403, "{:?}", pairs[0]);
    }
}

#[tokio::test]
async fn two_approvals_are_two_people() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let omar = app.signed_in("omar.haddad").await;
    let id = maya.file(&sample("tier_one_profiles")).await;
    let place = [("action", "approve"), ("cluster", "kv-mutable-alpha"), ("partitions", "300")];
    act(&lena, id, &[("action", "claim")]).await.assert(StatusCode::SEE_OTHER);
    let page = act(&lena, id, &place).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    assert_eq!(status(&maya, id).await, "in_review");
    let again = act(&lena, id, &place).await;
    assert!(again.status == 409 || again.status == 422 || again.status == 403, "{}", again.status);
    assert_eq!(status(&maya, id).await, "in_review");
    let page = act(&omar, id, &place).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    assert_eq!(status(&maya, id).await, "approved");
}

#[tokio::test]
async fn markdown_of_others_does_not_script() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let attacks = [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "[data](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
        "<svg onload=alert(1)>",
        "<style>*{display:none}</style>",
        "</textarea><script>alert(2)</script>",
    ];
    let mut form = simple("hostile_text");
    form.set(domain::form::Field::Description, attacks.join("\n\n"));
    let id = maya.file(&form).await;
    for attack in attacks {
        act(&maya, id, &[("action", "comment"), ("comment", attack)]).await.assert(StatusCode::SEE_OTHER);
    }
    for path in [format!("/requests/{id}"), format!("/requests/{id}/edit"), "/queue?scope=all".to_owned()] {
        let page = maya.get(&path).await;
        page.assert(StatusCode::OK);
        let own = page
            .header("content-security-policy")
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned();
        let lower = page.body.to_lowercase();
        for script in lower.split("<script").skip(1) {
            assert!(
                script.split('>').next().unwrap().contains(&own.to_lowercase()),
                "{path}: {}",
                &script[..script.len().min(80)]
            );
        }
        for active in ["<img src=x", "<svg onload", "<style>*"] {
            assert!(!lower.contains(active), "{path}: {active}");
        }
        // An address does something inside a tag alone; what was typed as a tag stands there as text, with `<` escaped.
        for tag in lower.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            for active in ["href=\"javascript:", "href=\"data:", "href=\"jav"] {
                assert!(!tag.contains(active), "{path}: {tag}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_withdrawn_can_be_reopened() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let id = maya.file(&simple("second_thoughts")).await;
    act(&maya, id, &[("action", "withdraw"), ("reason", "Not needed after all.")]).await.assert(StatusCode::SEE_OTHER);
    assert_eq!(status(&maya, id).await, "cancelled");
    act(&maya, id, &[("action", "reopen")]).await.assert(StatusCode::SEE_OTHER);
    assert_eq!(status(&maya, id).await, "new");
}
