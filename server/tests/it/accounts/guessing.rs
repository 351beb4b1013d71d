//! What stops guessing: waits of accounts and of addresses.

use chrono::TimeDelta;
use http::{StatusCode, header};

use super::{GOOD, OTHER, sign_in, with_password};
use crate::app::TestApp;

#[tokio::test]
async fn guessing_is_slowed_down_and_a_wait_is_said() {
    let app = TestApp::start().await;
    with_password(&app, "maya.chen").await;
    for login in ["maya.chen", "nobody.here"] {
        for _ in 0..5 {
            sign_in(&app, login, OTHER).await.1.assert(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let (_, page) = sign_in(&app, login, GOOD).await;
        page.assert(StatusCode::TOO_MANY_REQUESTS);
        let wait: i64 = page.header(header::RETRY_AFTER).parse().unwrap();
        assert!((1..=31).contains(&wait), "{login}: {wait}");
    }
    app.clock.advance(TimeDelta::seconds(32));
    sign_in(&app, "maya.chen", GOOD).await.1.assert(StatusCode::SEE_OTHER);
    // The right password takes the count back.
    sign_in(&app, "maya.chen", OTHER).await.1.assert(StatusCode::UNPROCESSABLE_ENTITY);
    sign_in(&app, "maya.chen", GOOD).await.1.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_lock_tells_nothing_of_other_names_and_many_at_once_get_no_more_tries() {
    let app = TestApp::start().await;
    let maya = with_password(&app, "maya.chen").await;
    let profile = [("do", "profile"), ("name", "Maya Chen"), ("email", "maya@example.com")];
    maya.post("/settings", &profile).await.assert(StatusCode::SEE_OTHER);
    let tries = futures::future::join_all((0..12).map(|_| sign_in(&app, "maya.chen", OTHER))).await;
    let statuses: Vec<u16> = tries.iter().map(|(_, page)| page.status).collect();
    // On a busy machine one may be told to come again, which judges nothing.
    let judged = statuses.iter().filter(|status| **status == 422).count();
    let refused = statuses.iter().filter(|status| [429, 503].contains(*status)).count();
    assert!(judged <= 5 && judged + refused == 12, "{statuses:?}");
    sign_in(&app, "maya@example.com", OTHER).await.1.assert(StatusCode::UNPROCESSABLE_ENTITY);
    sign_in(&app, "maya@example.com", GOOD).await.1.assert(StatusCode::SEE_OTHER);
    sign_in(&app, "maya.chen", GOOD).await.1.assert(StatusCode::TOO_MANY_REQUESTS);
    // A new password opens the account to its owner at once.
    with_password(&app, "maya.chen").await;
    sign_in(&app, "maya.chen", GOOD).await.1.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_address_that_guesses_many_names_waits() {
    let app = TestApp::start().await;
    with_password(&app, "maya.chen").await;
    for number in 0..30 {
        sign_in(&app, &format!("nobody.{number}"), OTHER).await.1.assert(StatusCode::UNPROCESSABLE_ENTITY);
    }
    for login in ["maya.chen", "nobody.at.all"] {
        sign_in(&app, login, GOOD).await.1.assert(StatusCode::TOO_MANY_REQUESTS);
    }
    app.clock.advance(TimeDelta::seconds(32));
    sign_in(&app, "maya.chen", GOOD).await.1.assert(StatusCode::SEE_OTHER);
}
