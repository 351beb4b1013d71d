//! `/settings`, `/set-password`, `/setup`, `/admin/people`, `/admin/teams`: accounts from the first admin to the last day.

mod guessing;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{choices::Role, ids::UserId};
use http::{StatusCode, header};
use ops::{By, NewPersonForm};

use crate::app::{Browser, Page, TestApp, simple};

const GOOD: &str = "a quiet river at noon";
const OTHER: &str = "two storks on a roof";

/// The secret that a page tells once.
fn told(page: &Page) -> String {
    page.assert(StatusCode::OK);
    page.input("secret").unwrap_or_else(|| panic!("nothing is told: {:?}", page.errors()))
}

/// The secret of a link that a page tells once.
fn link(page: &Page) -> String {
    told(page).split_once("token=").unwrap().1.to_owned()
}

async fn id_of(app: &TestApp, handle: &str) -> UserId {
    app.ops.account_by_handle(handle).await.unwrap().person.id
}

/// Lets a demo person sign in with [`GOOD`], by the link that an admin passes on.
async fn with_password(app: &TestApp, handle: &str) -> Browser {
    let secret = app.ops.password_reset(By::Operator, id_of(app, handle).await).await.unwrap();
    let browser = app.visitor();
    let page = browser.post("/set-password", &[("token", &secret), ("password", GOOD), ("again", GOOD)]).await;
    page.assert(StatusCode::SEE_OTHER);
    browser
}

async fn sign_in(app: &TestApp, login: &str, password: &str) -> (Browser, Page) {
    let browser = app.visitor();
    let page = browser.post("/sign-in", &[("login", login), ("password", password)]).await;
    (browser, page)
}

#[tokio::test]
async fn a_password_signs_in_and_nothing_tells_whether_an_account_exists() {
    let app = TestApp::start().await;
    with_password(&app, "maya.chen").await;
    let (browser, page) = sign_in(&app, " Maya.Chen ", GOOD).await;
    assert_eq!((page.status, page.location()), (303, "/"));
    browser.get("/settings").await.assert(StatusCode::OK);

    let mut answers = Vec::new();
    for (login, password) in [("maya.chen", OTHER), ("nobody.here", OTHER), ("lena.park", OTHER), ("maya.chen", "")] {
        let (_, page) = sign_in(&app, login, password).await;
        page.assert(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.header(header::SET_COOKIE).is_empty());
        assert!(!page.body.contains(OTHER), "a page holds no password");
        assert_eq!(page.input("login").as_deref(), Some(login), "what was typed is kept");
        answers.push(page.errors().first().map(|text| text.split("</p>").next().unwrap().to_owned()));
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
}

#[tokio::test]
async fn of_many_who_use_a_link_at_once_one_does() {
    let app = TestApp::start().await;
    let secret = app.ops.password_reset(By::Operator, id_of(&app, "maya.chen").await).await.unwrap();
    let uses = (0..6).map(|_| async {
        let set = [("token", secret.as_str()), ("password", GOOD), ("again", GOOD)];
        app.visitor().post("/set-password", &set).await.status
    });
    let mut statuses = futures::future::join_all(uses).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404, 404, 404, 404, 404]);
}

#[tokio::test]
async fn a_link_ends_the_session_that_the_browser_had() {
    let app = TestApp::start().await;
    let browser = app.signed_in("lena.park").await;
    let secret = app.ops.password_reset(By::Operator, id_of(&app, "maya.chen").await).await.unwrap();
    let open = async || {
        let id = id_of(&app, "lena.park").await;
        let sessions = app.ops.db().sessions_of(id).await.unwrap();
        sessions.len()
    };
    assert_eq!(open().await, 1);
    browser.post("/set-password", &[("token", &secret), ("password", GOOD), ("again", GOOD)]).await;
    assert_eq!(open().await, 0);
    assert!(browser.get("/settings").await.body.contains("maya.chen"));
}

#[tokio::test]
async fn a_session_of_before_is_worth_nothing_after_signing_in_again() {
    let app = TestApp::start().await;
    with_password(&app, "maya.chen").await;
    let browser = app.visitor();
    let planted = browser.form("/sign-in", &[("login", "maya.chen"), ("password", GOOD)]);
    let planted = planted.header(header::COOKIE, "kvs_session=planted").header("sec-fetch-site", "same-origin");
    let page = browser.send(planted).await;
    page.assert(StatusCode::SEE_OTHER);
    assert!(!page.header(header::SET_COOKIE).contains("planted"), "a session is never one that was brought");

    let foreign = browser.form("/sign-in", &[("login", "maya.chen"), ("password", GOOD)]);
    let page = browser.send(foreign.header("sec-fetch-site", "cross-site")).await;
    page.assert(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn changing_the_password_ends_every_other_session() {
    let app = TestApp::start().await;
    let first = with_password(&app, "maya.chen").await;
    let (second, _) = sign_in(&app, "maya.chen", GOOD).await;
    let change = [("do", "password"), ("present", GOOD), ("password", OTHER), ("again", OTHER)];
    let mut wrong = change;
    wrong[1].1 = "not the present one";
    second.post("/settings", &wrong).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    for (password, again) in [("short", "short"), (OTHER, GOOD), ("password1234", "password1234")] {
        let page = second
            .post("/settings", &[("do", "password"), ("present", GOOD), ("password", password), ("again", again)])
            .await;
        page.assert(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let page = second.post("/settings", &change).await;
    assert_eq!((page.status, page.location()), (303, "/settings"));
    second.get("/settings").await.assert(StatusCode::OK);
    first.get("/settings").await.assert(StatusCode::SEE_OTHER);
    sign_in(&app, "maya.chen", GOOD).await.1.assert(StatusCode::UNPROCESSABLE_ENTITY);
    sign_in(&app, "maya.chen", OTHER).await.1.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_own_person() {
    let app = TestApp::start().await;
    let one = app.signed_in("maya.chen").await;
    let two = app.signed_in("maya.chen").await;
    let stranger = app.signed_in("lena.park").await;
    let page = one.get("/settings").await;
    assert!(page.body.contains("This browser") && page.body.contains("s browser"), "{}", page.body);
    let button =
        page.body.split('<').find(|tag| tag.starts_with("button") && tag.contains("name=\"session\"")).unwrap();
    let session = button.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let end = [("do", "revoke-session"), ("session", session.as_str())];
    stranger.post("/settings", &end).await.assert(StatusCode::NOT_FOUND);
    one.post("/settings", &end).await.assert(StatusCode::SEE_OTHER);
    two.get("/").await.assert(StatusCode::SEE_OTHER);
    one.get("/").await.assert(StatusCode::OK);
    let three = app.signed_in("maya.chen").await;
    one.post("/settings", &[("do", "revoke-sessions")]).await.assert(StatusCode::SEE_OTHER);
    three.get("/").await.assert(StatusCode::SEE_OTHER);
    one.get("/").await.assert(StatusCode::OK);
}

/// The status of reading the first key of `default` with a token.
async fn reads(app: &TestApp, token: &str) -> u16 {
    let visitor = app.visitor();
    let get = visitor.client.get(visitor.url("/v1/keys?limit=1")).bearer_auth(token);
    get.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_personal_token_never_exceeds_its_owner() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let make = |scopes: &'static str, expires: &'static str| {
        let maya = maya.clone();
        async move {
            let form = [("do", "token"), ("token_name", "a script"), ("scopes", scopes), ("expires", expires)];
            maya.post("/settings", &form).await
        }
    };
    for (scopes, expires) in [("", "30"), ("users:own", "30"), ("default:read", "0"), ("default:read", "soon")] {
        make(scopes, expires).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let token = told(&make("*:admin", "30").await);
    assert_eq!(reads(&app, &token).await, 200);
    let page = maya.get("/settings").await;
    assert!(!page.body.contains(&token) && page.body.contains(&token[token.len() - 4..]), "only its end is shown");
    // `*:admin` is what the scope says; an engineer may write `default` and no more.
    let visitor = app.visitor();
    let put = visitor.client.put(visitor.url("/v1/keys/k")).bearer_auth(&token).body("v");
    assert_eq!(put.send().await.unwrap().status(), 201);

    let short = told(&make("default:read", "1").await);
    app.clock.advance(TimeDelta::hours(25));
    assert_eq!(reads(&app, &short).await, 401, "expired");
    assert_eq!(reads(&app, &token).await, 200);

    let id = id_of(&app, "maya.chen").await;
    let admin = app.signed_in("priya.nair").await;
    let rights = [("do", "rights"), ("role", "auditor")];
    admin.post(&format!("/admin/people/{id}"), &rights).await.assert(StatusCode::OK);
    let put = visitor.client.put(visitor.url("/v1/keys/k")).bearer_auth(&token).body("v");
    assert_eq!(put.send().await.unwrap().status(), 403, "an auditor only reads");
    admin.post(&format!("/admin/people/{id}"), &[("do", "deactivate")]).await.assert(StatusCode::OK);
    assert_eq!(reads(&app, &token).await, 401, "dead at once");
}

#[tokio::test]
async fn tokens_are_revoked_by_their_owner_and_made_for_nobody_else() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let form = [("do", "token"), ("token_name", "a script"), ("scopes", "default:read"), ("expires", "never")];
    let token = told(&maya.post("/settings", &form).await);
    let page = maya.get("/settings").await;
    let button = page.body.split('<').find(|tag| tag.starts_with("button") && tag.contains("name=\"token\"")).unwrap();
    let number = button.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let revoke = [("do", "revoke-token"), ("token", number.as_str())];
    app.signed_in("lena.park").await.post("/settings", &revoke).await.assert(StatusCode::NOT_FOUND);
    assert_eq!(reads(&app, &token).await, 200);
    let admin = app.signed_in("priya.nair").await;
    let of_maya = format!("/admin/people/{}", id_of(&app, "maya.chen").await);
    admin.post(&of_maya, &form).await.assert(StatusCode::FORBIDDEN);
    maya.post("/settings", &revoke).await.assert(StatusCode::SEE_OTHER);
    assert_eq!(reads(&app, &token).await, 401);

    admin
        .post(
            "/admin/people",
            &[("kind", "service"), ("handle", "nightly"), ("name", "Nightly job"), ("role", "engineer")],
        )
        .await
        .assert(StatusCode::OK);
    let of_service = format!("/admin/people/{}", id_of(&app, "nightly").await);
    let token = told(&admin.post(&of_service, &form).await);
    assert_eq!(reads(&app, &token).await, 200);
    assert!(!maya.get("/sign-in").await.body.contains("nightly"), "a program signs in nowhere");
    admin.post(&of_service, &[("do", "deactivate")]).await.assert(StatusCode::OK);
    assert_eq!(reads(&app, &token).await, 401);
}

#[tokio::test]
async fn an_invitation_works_once_and_for_seven_days() {
    let app = TestApp::start().await;
    let admin = app.signed_in("priya.nair").await;
    let invite = async |handle: &str| {
        let form = [("kind", "person"), ("handle", handle), ("name", "Noor Aziz"), ("email", ""), ("role", "reviewer")];
        admin.post("/admin/people", &form).await
    };
    let secret = link(&invite("noor.aziz").await);
    invite("noor.aziz").await.assert(StatusCode::UNPROCESSABLE_ENTITY);

    let visitor = app.visitor();
    let page = visitor.get(&format!("/set-password?token={secret}")).await;
    page.assert(StatusCode::OK);
    assert!(page.body.contains("Noor Aziz"));
    let weak = [("token", secret.as_str()), ("password", "noor.aziz"), ("again", "noor.aziz")];
    visitor.post("/set-password", &weak).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    let set = [("token", secret.as_str()), ("password", GOOD), ("again", GOOD)];
    visitor.post("/set-password", &set).await.assert(StatusCode::SEE_OTHER);
    assert!(visitor.get("/").await.body.contains("Noor Aziz"), "and is signed in");
    app.visitor().post("/set-password", &set).await.assert(StatusCode::NOT_FOUND);
    sign_in(&app, "noor.aziz", GOOD).await.1.assert(StatusCode::SEE_OTHER);

    let late = link(&invite("too.late").await);
    app.clock.advance(TimeDelta::days(8));
    let page = app.visitor().get(&format!("/set-password?token={late}")).await;
    page.assert(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_admins_keep_people_and_teams() {
    let app = TestApp::start().await;
    let id = id_of(&app, "maya.chen").await;
    for handle in ["maya.chen", "lena.park", "sofia.rossi"] {
        let browser = app.signed_in(handle).await;
        let reading = if handle == "sofia.rossi" { StatusCode::OK } else { StatusCode::FORBIDDEN };
        for path in ["/admin/people".to_owned(), format!("/admin/people/{id}"), "/admin/teams".to_owned()] {
            let page = browser.get(&path).await;
            page.assert(reading);
            let offers = page.body.matches("method=\"post\"").count();
            let menu = browser.get("/catalogue").await.body.matches("method=\"post\"").count();
            assert_eq!(offers, menu, "{path} offers an auditor nothing to change");
        }
        for (path, form) in [
            ("/admin/people".to_owned(), vec![("kind", "person"), ("handle", "x"), ("name", "X"), ("role", "admin")]),
            (format!("/admin/people/{id}"), vec![("do", "rights"), ("role", "admin")]),
            (format!("/admin/people/{id}"), vec![("do", "deactivate")]),
            (format!("/admin/people/{id}"), vec![("do", "reset")]),
            (format!("/admin/people/{id}"), vec![("do", "hand-over"), ("to", "lena.park")]),
            ("/admin/teams".to_owned(), vec![("do", "create"), ("slug", "x"), ("name", "X")]),
        ] {
            browser.post(&path, &form).await.assert(StatusCode::FORBIDDEN);
        }
    }
    for path in ["/settings".to_owned(), "/admin/people".to_owned(), "/admin/teams".to_owned()] {
        app.visitor().get(&path).await.assert(StatusCode::SEE_OTHER);
        app.visitor().post(&path, &[("do", "create")]).await.assert(StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn the_last_admin_stays_and_a_change_of_role_counts_at_once() {
    let app = TestApp::start().await;
    let admin = app.signed_in("priya.nair").await;
    let own = format!("/admin/people/{}", id_of(&app, "priya.nair").await);
    for form in [vec![("do", "rights"), ("role", "engineer")], vec![("do", "deactivate")]] {
        let page = admin.post(&own, &form).await;
        page.assert(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains("last active admin"), "{:?}", page.errors());
    }
    let omar = app.signed_in("omar.haddad").await;
    omar.get("/admin/people").await.assert(StatusCode::FORBIDDEN);
    let of_omar = format!("/admin/people/{}", id_of(&app, "omar.haddad").await);
    admin.post(&of_omar, &[("do", "rights"), ("role", "admin")]).await.assert(StatusCode::OK);
    omar.get("/admin/people").await.assert(StatusCode::OK);
    omar.post(&own, &[("do", "rights"), ("role", "engineer")]).await.assert(StatusCode::OK);
    admin.get("/admin/people").await.assert(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_a_leaver_leaves_is_handed_over_whole() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let filed = maya.file(&simple("left_behind")).await;
    let id = id_of(&app, "maya.chen").await;
    let admin = app.signed_in("priya.nair").await;
    let page = admin.get(&format!("/admin/people/{id}")).await;
    assert!(page.body.contains("0 drafts, 1 open request and 0 datasets"), "{}", page.body);
    let hand = async |to: &str| admin.post(&format!("/admin/people/{id}"), &[("do", "hand-over"), ("to", to)]).await;
    for to in ["maya.chen", "nobody.here", ""] {
        hand(to).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let page = hand("jonas.weber").await;
    page.assert(StatusCode::OK);
    assert!(page.body.contains("Handed over: 0 drafts, 1 open request and 0 datasets."), "{}", page.body);
    let row = app.ops.db().request_find(filed).await.unwrap().unwrap();
    let heir = id_of(&app, "jonas.weber").await;
    assert_eq!((row.request.requester, row.owner), (heir, Some(heir)));
    assert_eq!(row.spec.unwrap().owner.as_str(), "jonas.weber");
    let page = app.signed_in("jonas.weber").await.get(&format!("/requests/{filed}")).await;
    assert!(page.body.contains("Withdraw"), "it is theirs to withdraw");
}

#[tokio::test]
async fn teams_are_made_renamed_and_filled() {
    let app = TestApp::start().await;
    let admin = app.signed_in("priya.nair").await;
    let make = [("do", "create"), ("slug", "maps"), ("name", "Maps")];
    admin.post("/admin/teams", &make).await.assert(StatusCode::SEE_OTHER);
    admin.post("/admin/teams", &make).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    let team = app.ops.db().team_by_slug("maps").await.unwrap().unwrap();
    let (number, maya) = (team.id.0.to_string(), id_of(&app, "maya.chen").await.to_string());
    let change = [("do", "change"), ("team", number.as_str()), ("name", "Maps & Places"), ("member", maya.as_str())];
    admin.post("/admin/teams", &change).await.assert(StatusCode::SEE_OTHER);
    let row = app.ops.db().person_by_handle("maya.chen").await.unwrap().unwrap();
    assert!(row.teams.iter().any(|(_, slug)| slug == "maps") && row.teams.iter().any(|(_, slug)| slug == "search"));
    assert!(admin.get("/admin/teams").await.body.contains("Maps &amp; Places"));
}

#[tokio::test]
async fn the_first_admin_is_made_by_a_link_that_dies() {
    let app = TestApp::start_empty().await;
    let secret = app.ops.setup_link().await.unwrap().unwrap();
    let newer = app.ops.setup_link().await.unwrap().unwrap();
    let visitor = app.visitor();
    visitor.get(&format!("/setup?token={secret}")).await.assert(StatusCode::NOT_FOUND);
    visitor.get(&format!("/setup?token={newer}")).await.assert(StatusCode::OK);
    let form = |token: &str| {
        [("token", token), ("handle", "ada"), ("name", "Ada"), ("email", ""), ("password", GOOD), ("again", GOOD)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |token: &str| {
        let form = form(token);
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        visitor.post("/setup", &pairs).await
    };
    post(&secret).await.assert(StatusCode::NOT_FOUND);
    post(&newer).await.assert(StatusCode::SEE_OTHER);
    visitor.get("/admin/people").await.assert(StatusCode::OK);
    assert_eq!(app.ops.account_by_handle("ada").await.unwrap().person.role, Role::Admin);
    post(&newer).await.assert(StatusCode::NOT_FOUND);
    assert_eq!(app.ops.setup_link().await.unwrap(), None, "there is somebody now");
}

#[tokio::test]
async fn the_operator_makes_accounts_too() {
    let app = TestApp::start().await;
    let form = NewPersonForm {
        handle: "robot".into(),
        name: "Robot".into(),
        email: String::new(),
        kind: domain::account::AccountKind::Service,
        role: Role::Engineer,
        privacy_approver: true,
        teams: Vec::new(),
    };
    let (id, link) = app.ops.account_create(By::Operator, &form).await.unwrap();
    assert_eq!(link, None, "a program has no password");
    assert!(app.ops.password_reset(By::Operator, id).await.is_err());
    assert!(!app.ops.account_by_handle("robot").await.unwrap().person.privacy_approver);
}

#[tokio::test]
async fn every_act_of_an_account_stands_in_the_audit_trail() {
    let app = TestApp::start().await;
    let admin = app.signed_in("priya.nair").await;
    let maya = with_password(&app, "maya.chen").await;
    let (second, _) = sign_in(&app, "maya.chen", GOOD).await;
    for _ in 0..6 {
        sign_in(&app, "maya.chen", OTHER).await;
    }
    maya.post("/settings", &[("do", "profile"), ("name", "Maya C."), ("email", "")]).await;
    maya.post("/settings", &[("do", "revoke-sessions")]).await;
    second.get("/settings").await.assert(StatusCode::SEE_OTHER);
    let token = [("do", "token"), ("token_name", "a script"), ("scopes", "default:read"), ("expires", "1")];
    told(&maya.post("/settings", &token).await);
    let row = app.ops.tokens().await.unwrap()[0].id.0.to_string();
    maya.post("/settings", &[("do", "revoke-token"), ("token", row.as_str())]).await.assert(StatusCode::SEE_OTHER);
    let of_maya = format!("/admin/people/{}", id_of(&app, "maya.chen").await);
    for form in [
        vec![("do", "rights"), ("role", "reviewer")],
        vec![("do", "reset")],
        vec![("do", "hand-over"), ("to", "jonas.weber")],
        vec![("do", "deactivate")],
        vec![("do", "reactivate")],
    ] {
        admin.post(&of_maya, &form).await.assert(StatusCode::OK);
    }
    for kind in ["person", "service"] {
        let form = [("kind", kind), ("handle", kind), ("name", "N"), ("email", ""), ("role", "engineer")];
        admin.post("/admin/people", &form).await.assert(StatusCode::OK);
    }
    admin.post("/admin/teams", &[("do", "create"), ("slug", "maps"), ("name", "Maps")]).await;
    admin.post("/sign-out", &[]).await;

    let page = app.signed_in("sofia.rossi").await.get("/admin/audit.ndjson").await;
    let rows: Vec<serde_json::Value> = page.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let acts: BTreeSet<&str> = rows.iter().map(|row| row["act"].as_str().unwrap()).collect();
    for act in [
        "sign_in",
        "sign_in_failed",
        "sign_out",
        "session_revoked",
        "password_set",
        "password_reset",
        "invited",
        "service_account_created",
        "person_changed",
        "person_deactivated",
        "handed_over",
        "team_changed",
        "token_created",
        "token_revoked",
    ] {
        assert!(acts.contains(act), "{act} is not among {acts:?}");
    }
    let signed_in = rows.iter().find(|row| row["act"] == "sign_in").unwrap();
    assert_eq!(signed_in["origin"], "127.0.0.1", "{signed_in}");
    assert!(!page.body.contains(GOOD) && !page.body.contains(OTHER), "no password stands in it");
}
