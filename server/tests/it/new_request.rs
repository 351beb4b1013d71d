//! `/requests/new` and `/requests/{id}/edit`, as forms without JavaScript.

use domain::form::{Field, RequestForm};
use http::StatusCode;
use serde_json::json;

use crate::app::{Page, TestApp, pairs, sample, simple, unescape};

/// Every bound of the metadata table that one field can break, by a value that breaks it.
fn bad_values() -> Vec<(Field, String)> {
    let long = |n: usize| "x".repeat(n);
    let services: String = (0..51).map(|n| format!("service-{n}:read\n")).collect();
    let tags: Vec<String> = (0..21).map(|n| format!("tag{n}")).collect();
    let values = [
        (Field::Name, "ab".to_owned()),
        (Field::Name, "Upper_Case".into()),
        (Field::Name, "1starts_with_digit".into()),
        (Field::Name, long(64)),
        (Field::Name, "default".into()),
        (Field::Name, "x'; drop table requests; --".into()),
        (Field::Environment, "moon".into()),
        (Field::Description, "too short".into()),
        (Field::Description, long(4_001)),
        (Field::Team, "no-such-team".into()),
        (Field::Owner, "nobody.here".into()),
        (Field::BackupOwner, String::new()),
        (Field::Services, services),
        (Field::Services, "checkout-api:delete".into()),
        (Field::Criticality, "4".into()),
        (Field::StorageType, "MAGNETIC".into()),
        (Field::DataSizeGb, "0".into()),
        (Field::DataSizeGb, "100001".into()),
        (Field::DataSizeGb, "-1".into()),
        (Field::DataSizeGb, "many".into()),
        (Field::DataSizeGb, "NaN".into()),
        (Field::GrowthPercent, "1001".into()),
        (Field::ExpectedKeys, "0".into()),
        (Field::ExpectedKeys, "1000000000001".into()),
        (Field::KeyFormat, "latin1".into()),
        (Field::KeyBytesMean, "0".into()),
        (Field::KeyBytesMax, "1025".into()),
        (Field::ValueFormat, "xml".into()),
        (Field::ValueBytesMean, "99999999".into()),
        (Field::ValueBytesMax, "26214401".into()),
        (Field::JsonSchema, "{not json".into()),
        (Field::QpsGet, "10000001".into()),
        (Field::QpsSet, "-5".into()),
        (Field::QpsDelete, "1.5".into()),
        (Field::PeakFactor, "0.9".into()),
        (Field::PeakFactor, "20.1".into()),
        (Field::P99ReadMs, "0".into()),
        (Field::P99WriteMs, "60001".into()),
        (Field::Availability, "100".into()),
        (Field::Consistency, "maybe".into()),
        (Field::TtlSeconds, "0".into()),
        (Field::TtlSeconds, "315360001".into()),
        (Field::VersionsToKeep, "31".into()),
        (Field::UpdateSchedule, "every morning".into()),
        (Field::UpdateSchedule, "61 3 * * *".into()),
        (Field::DataClass, "secret".into()),
        (Field::BackupSchedule, "* * *".into()),
        (Field::BackupKeep, "366".into()),
        (Field::MigrationSystem, "abacus".into()),
        (Field::MigrationRows, "0".into()),
        (Field::Region, long(501)),
        (Field::NeededBy, "2020-01-01".into()),
        (Field::NeededBy, "soon".into()),
        (Field::Priority, "now".into()),
        (Field::Justification, long(2_001)),
        (Field::TicketLink, "javascript:alert(1)".into()),
        (Field::CostCentre, long(501)),
        (Field::Tags, tags.join(",")),
    ];
    values.into()
}

/// Whether the page shows an error at the field. Leptos writes `aria-invalid="true"` on the input.
fn marks(page: &Page, field: Field) -> bool {
    let name = format!("name=\"{}\"", field.name());
    page.body.split('<').any(|tag| tag.contains(&name) && tag.contains("aria-invalid=\"true\""))
}

#[tokio::test]
async fn a_whole_form_is_filed_and_shown() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let page = maya.get("/requests/new").await;
    page.assert(StatusCode::OK);
    let token = page.input("token").expect("the form carries a token");
    let form = sample("user_profiles");
    let page = maya.post("/requests/new", &pairs(&form, &[("token", &token), ("intent", "submit")])).await;
    page.assert(StatusCode::SEE_OTHER);
    let path = page.location().to_owned();
    assert!(path.starts_with("/requests/REQ-"), "{path}");
    let page = maya.get(&path).await;
    page.assert(StatusCode::OK);
    for text in ["user_profiles", "profile-writer", "<strong>every</strong>"] {
        assert!(page.body.contains(text), "{text}");
    }
}

#[tokio::test]
async fn every_bound_is_refused_at_its_field_and_nothing_typed_is_lost() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    for (field, bad) in bad_values() {
        let mut form = sample("bounds_of_all_fields");
        form.set(field, bad.as_str());
        let token = format!("bad-{field}");
        let page = maya.post("/requests/new", &pairs(&form, &[("token", &token)])).await;
        assert_eq!(page.status, 422, "{field}: {}", &bad[..bad.len().min(60)]);
        assert!(marks(&page, field), "{field} is not marked for {}", &bad[..bad.len().min(60)]);
        let plain = unescape(&page.body);
        for kept in Field::ALL.iter().filter(|kept| !matches!(kept.control(), domain::form::Control::Select(_))) {
            let value = form.get(*kept);
            assert!(plain.contains(value), "{kept} is lost after {field}: {}", &value[..value.len().min(60)]);
        }
    }
    let (_, queue) = maya.call("queue_page", &json!({"query": {"scope": "all"}})).await;
    assert_eq!(queue["rows"].as_array().map(Vec::len), Some(0), "nothing was filed: {queue}");
}

#[tokio::test]
async fn several_errors_are_shown_at_once() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let page = maya.post("/requests/new", &[("token", "empty")]).await;
    page.assert(StatusCode::UNPROCESSABLE_ENTITY);
    for field in [Field::Name, Field::Description, Field::Team, Field::Owner, Field::DataSizeGb, Field::ExpectedKeys] {
        assert!(marks(&page, field), "{field}");
    }
}

#[tokio::test]
async fn a_double_click_files_once() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let form = simple("clicked_twice");
    let pairs = pairs(&form, &[("token", "one-form"), ("intent", "submit")]);
    let (first, second, third) = tokio::join!(
        maya.post("/requests/new", &pairs),
        maya.post("/requests/new", &pairs),
        maya.post("/requests/new", &pairs)
    );
    for page in [&first, &second, &third] {
        page.assert(StatusCode::SEE_OTHER);
        assert_eq!(page.location(), first.location());
    }
    let (_, queue) = maya.call("queue_page", &json!({"query": {"scope": "all"}})).await;
    assert_eq!(queue["rows"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_name_that_is_taken_is_an_error_at_the_name() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let jonas = app.signed_in("jonas.weber").await;
    let id = maya.file(&simple("taken_name")).await;
    let page = jonas.post("/requests/new", &pairs(&simple("taken_name"), &[("token", "later")])).await;
    page.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(marks(&page, Field::Name));
    assert!(page.body.contains(&id.to_string()), "it says who has it");

    // At the same moment: one of them gets it.
    let (form, other) = (simple("raced_name"), simple("raced_name"));
    let (ours, theirs) = (pairs(&form, &[("token", "race-1")]), pairs(&other, &[("token", "race-2")]));
    let (first, second) = tokio::join!(maya.post("/requests/new", &ours), jonas.post("/requests/new", &theirs));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
}

#[tokio::test]
async fn a_draft_keeps_what_was_typed_and_is_submitted_later() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let half = [("token", "draft-1"), ("intent", "save"), ("name", "Not yet right"), ("data_size_gb", "lots")];
    let page = maya.post("/requests/new", &half).await;
    page.assert(StatusCode::SEE_OTHER);
    let path = page.location().split(['?', '#']).next().unwrap().trim_end_matches("/edit").to_owned();
    let edit = format!("{path}/edit");
    let page = maya.get(&edit).await;
    page.assert(StatusCode::OK);
    assert_eq!(page.input("name").as_deref(), Some("Not yet right"));
    assert_eq!(page.input("data_size_gb").as_deref(), Some("lots"));
    let revision = page.input("revision").expect("the form carries its revision");
    let token = page.input("token").expect("the form carries its token");

    let half = [("token", token.as_str()), ("revision", &revision), ("intent", "submit"), ("name", "Not yet right")];
    maya.post(&edit, &half).await.assert(StatusCode::UNPROCESSABLE_ENTITY);
    let form = simple("right_by_now");
    let whole = pairs(&form, &[("token", &token), ("revision", &revision), ("intent", "submit")]);
    let page = maya.post(&edit, &whole).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    let (_, view) = maya
        .call("request_view", &json!({"id": path.trim_start_matches("/requests/REQ-").parse::<i64>().unwrap()}))
        .await;
    assert_eq!(view["full_name"], "right_by_now_staging");
    assert_eq!(view["status"], "new");
}

#[tokio::test]
async fn an_edit_of_an_older_revision_is_told_who_changed_what() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let jonas = app.signed_in("jonas.weber").await;
    let id = maya.file(&simple("edited_by_two")).await;
    let edit = format!("/requests/{id}/edit");
    let page = maya.get(&edit).await;
    let (revision, token) = (page.input("revision").unwrap(), page.input("token").unwrap());

    let mut theirs = simple("edited_by_two");
    theirs.set(Field::QpsGet, "901");
    let page = jonas.post(&edit, &pairs(&theirs, &[("token", &token), ("revision", &revision)])).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());

    let mut ours = simple("edited_by_two");
    ours.set(Field::Description, "Features of candidates: the text that must not be lost.");
    let page = maya.post(&edit, &pairs(&ours, &[("token", &token), ("revision", &revision)])).await;
    page.assert(StatusCode::PRECONDITION_FAILED);
    assert!(page.body.contains("jonas.weber") || page.body.contains("Jonas Weber"), "{:?}", page.errors());
    assert!(page.body.contains("the text that must not be lost"));

    for revision in ["", "x", "99999999999999999999"] {
        let page = maya.post(&edit, &pairs(&ours, &[("token", &token), ("revision", revision)])).await;
        page.assert(StatusCode::PRECONDITION_REQUIRED);
    }
}

#[tokio::test]
async fn the_quick_dev_dataset_needs_three_answers_and_no_reviewer() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    maya.get("/requests/new?quick=1").await.assert(StatusCode::OK);
    let answers = [
        ("quick", "1"),
        ("intent", "submit"),
        ("token", "quick-1"),
        ("name", "scratch_space"),
        ("description", "To try the new ranking features on my own machine."),
        ("team", "search"),
    ];
    let page = maya.post("/requests/new?quick=1", &answers).await;
    assert_eq!(page.status, 303, "{:?}", page.errors());
    let number: i64 = page.location().trim_start_matches("/requests/REQ-").parse().unwrap();
    let (_, view) = maya.call("request_view", &json!({"id": number})).await;
    assert_eq!(view["full_name"], "scratch_space_dev");
    assert_eq!(view["status"], "approved", "{view}");

    let page = maya.post("/requests/new?quick=1", &[("quick", "1"), ("token", "quick-2"), ("name", "x")]).await;
    page.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(marks(&page, Field::Name) && marks(&page, Field::Description));
}

#[tokio::test]
async fn an_auditor_files_nothing() {
    let app = TestApp::start().await;
    let sofia = app.signed_in("sofia.rossi").await;
    let page = sofia.post("/requests/new", &pairs(&simple("audited"), &[("token", "a")])).await;
    page.assert(StatusCode::FORBIDDEN);
    let page = sofia.post("/requests/new", &pairs(&RequestForm::new(), &[("token", "b"), ("intent", "save")])).await;
    page.assert(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_engineer_files_for_a_team_of_their_own() {
    let app = TestApp::start().await;
    let outsider = app.outsider("search").await;
    let browser = app.signed_in(&outsider.handle).await;
    let page = browser.post("/requests/new", &pairs(&simple("not_my_team"), &[("token", "t")])).await;
    page.assert(StatusCode::UNPROCESSABLE_ENTITY);
    assert!(marks(&page, Field::Team));
}
