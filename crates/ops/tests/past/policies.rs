//! The review policy: saved, replayed, put into force, and judging from then on.

use domain::{
    audit::AuditQuery,
    command::ActionForm,
    error::Error,
    form::{Field, RequestForm},
    ids::{RequestId, Revision},
    lifecycle::Status,
    policy::{Judged, Policy, from_toml},
    view::FormPost,
};
use ops::{Ctx, Ops, Wording};

use crate::place::sqlite;

/// An automatic rule that reaches everything up to 100 GB, and nothing else.
const LOOSENED: &str = r#"
[[rules]]
id = "R1"
says = "Up to 100 GB is approved at once."
effect = "auto_approve"
when = [{ fact = "size_gb", op = "at_most", value = 100 }]
"#;

async fn as_person(ops: &Ops, handle: &str) -> Ctx {
    let signed = ops.sign_in_demo(handle, "a test").await.unwrap();
    ops.session_ctx(&signed.token, "", "a test").await.unwrap().unwrap()
}

async fn file(ops: &Ops, ctx: &Ctx, name: &str, environment: &str, size_gb: &str) -> RequestId {
    let mut form = RequestForm::new();
    for (field, value) in [
        (Field::Name, name),
        (Field::Environment, environment),
        (Field::Description, "Features of candidates, read while ranking the results of a search."),
        (Field::Team, "search"),
        (Field::Owner, "maya.chen"),
        (Field::DataSizeGb, size_gb),
        (Field::ExpectedKeys, "5000000"),
        (Field::QpsGet, "900"),
        (Field::QpsSet, "40"),
        (Field::QpsDelete, "2"),
    ] {
        form.set(field, value);
    }
    let post = FormPost { token: name.to_owned(), form, ..FormPost::default() };
    ops.request_submit(ctx, &post).await.unwrap().id
}

async fn deny(ops: &Ops, id: RequestId) {
    let lena = as_person(ops, "lena.park").await;
    for (action, reason) in [("claim", ""), ("deny", "Not in production like this.")] {
        let revision = ops.request_view(&lena, id).await.unwrap().revision.to_string();
        let form =
            ActionForm { action: action.to_owned(), reason: reason.to_owned(), revision, ..ActionForm::default() };
        ops.request_act(&lena, id, &form).await.unwrap();
    }
}

fn toml(text: &str) -> Wording {
    Wording::Toml(text.to_owned())
}

#[tokio::test]
async fn a_loosened_rule_is_seen_before_it_judges() {
    let place = sqlite().await;
    let ops = &place.ops;
    let (maya, priya) = (as_person(ops, "maya.chen").await, as_person(ops, "priya.nair").await);
    let denied = file(ops, &maya, "denied_in_prod", "prod", "40").await;
    deny(ops, denied).await;
    let staging = file(ops, &maya, "small_one", "staging", "40").await;
    file(ops, &maya, "large_one", "staging", "500").await;

    let saved = ops.policy_save(&priya, &toml(LOOSENED), "Less waiting.", 1, 1).await.unwrap();
    assert_eq!(
        (saved.version, ops.policy().await.unwrap().version),
        (2, 1),
        "a version that is saved judges nothing yet"
    );
    let unseen = ops.policy_enable(&priya, 2, None).await.unwrap_err();
    assert!(matches!(&unseen, Error::Input { input, .. } if input == "replay"), "{unseen}");

    let replay = ops.policy_replay(&priya, 2).await.unwrap();
    assert_eq!((replay.report.judged, replay.report.changed, replay.report.alarming), (3, 2, 1));
    let listed: Vec<_> = replay.report.listed.iter().map(|changed| (changed.id, changed.alarming)).collect();
    assert_eq!(listed, [(denied, true), (staging, false)], "what a person denied comes first");

    ops.policy_enable(&priya, 2, Some(replay.id)).await.unwrap();
    let again = ops.policy_enable(&priya, 2, Some(replay.id)).await.unwrap_err();
    assert!(matches!(again, Error::Stale { current: Revision(2), .. }), "{again}");

    let automatic = file(ops, &maya, "small_afterwards", "staging", "40").await;
    let view = ops.request_view(&maya, automatic).await.unwrap();
    let rule = view.requirements.auto_approve.unwrap();
    assert_eq!((view.status, rule.id.as_str(), rule.version), (Status::Approved, "R1", 2));
    let large = file(ops, &maya, "large_afterwards", "staging", "500").await;
    let explanation = ops.request_view(&maya, large).await.unwrap().explanation.unwrap();
    let said: Vec<String> = explanation.rules.iter().map(Judged::sentence).collect();
    assert_eq!((explanation.version, said), (2, vec!["R1 does not apply: size 500 GB is above 100 GB.".to_owned()]));
    let before = ops.request_view(&maya, staging).await.unwrap();
    assert_eq!((before.status, before.requirements.policy), (Status::New, Some(1)), "it keeps what it was judged by");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_enable_or_save_the_second_is_told() {
    let place = sqlite().await;
    let ops = &place.ops;
    let priya = as_person(ops, "priya.nair").await;
    ops.policy_save(&priya, &toml(LOOSENED), "One.", 1, 1).await.unwrap();
    let stale = ops.policy_save(&priya, &toml(LOOSENED), "The other.", 1, 1).await.unwrap_err();
    assert!(
        stale.to_string().starts_with("priya.nair changed this since you opened it: version 2 was saved."),
        "{stale}"
    );
    ops.policy_save(&priya, &toml(&LOOSENED.replace("100", "50")), "Another.", 2, 2).await.unwrap();

    let second = ops.policy_replay(&priya, 2).await.unwrap().id;
    let third = ops.policy_replay(&priya, 3).await.unwrap().id;
    let foreign = ops.policy_enable(&priya, 2, Some(third)).await.unwrap_err();
    assert!(matches!(foreign, Error::Input { .. }), "a replay of another version does not count: {foreign}");
    let (one, other) =
        tokio::join!(ops.policy_enable(&priya, 2, Some(second)), ops.policy_enable(&priya, 3, Some(third)));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert!(matches!(one.and(other), Err(Error::Stale { .. })));
}

#[tokio::test]
async fn only_admins_change_it_and_engineers_do_not_read_it() {
    let place = sqlite().await;
    let ops = &place.ops;
    for (handle, reads) in [("maya.chen", false), ("lena.park", true), ("sofia.rossi", true)] {
        let ctx = as_person(ops, handle).await;
        let view = ops.policies_view(&ctx, None, None).await;
        assert_eq!(view.as_ref().is_ok_and(|view| !view.may_edit && view.shown == Policy::first()), reads, "{handle}");
        let refused = [
            ops.policy_save(&ctx, &toml(LOOSENED), "Mine.", 1, 1).await.err(),
            ops.policy_replay(&ctx, 1).await.err(),
            ops.policy_enable(&ctx, 1, Some(1)).await.err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(Error::Forbidden { .. })), "{handle}: {error:?}");
        }
    }
    let mut priya = as_person(ops, "priya.nair").await;
    assert!(ops.policies_view(&priya, None, None).await.unwrap().may_edit);
    priya.reach = ops::Reach::Write;
    let narrow = ops.policy_save(&priya, &toml(LOOSENED), "Mine.", 1, 1).await.unwrap_err();
    assert!(matches!(narrow, Error::Forbidden { .. }), "a token for requests does not reach administration: {narrow}");
}

#[tokio::test]
async fn a_command_tries_and_installs_rules() {
    let place = sqlite().await;
    let rules = from_toml(LOOSENED).unwrap().parse().unwrap();
    let tried = place.ops.policy_try(rules).await.unwrap();
    assert_eq!((tried.judged, place.ops.policy().await.unwrap().version), (0, 1));
    let rules = from_toml(LOOSENED).unwrap().parse().unwrap();
    assert_eq!(place.ops.policy_install(rules, "By hand.").await.unwrap().version, 2);
    assert_eq!(place.ops.policy().await.unwrap().version, 2);
}

#[tokio::test]
async fn every_server_judges_by_what_one_enabled_and_an_older_version_comes_back() {
    let place = sqlite().await;
    let (here, there) = (&place.ops, place.second_server());
    let (priya, maya) = (as_person(here, "priya.nair").await, as_person(&there, "maya.chen").await);
    assert_eq!(there.policy().await.unwrap().version, 1);
    here.policy_save(&priya, &toml(LOOSENED), "Less waiting.", 1, 1).await.unwrap();
    let enable = async |version| {
        let replay = here.policy_replay(&priya, version).await.unwrap().id;
        here.policy_enable(&priya, version, Some(replay)).await.unwrap();
    };
    enable(2).await;
    let automatic = file(&there, &maya, "by_the_second", "staging", "40").await;
    assert_eq!(there.request_view(&maya, automatic).await.unwrap().status, Status::Approved);
    enable(1).await;
    let reviewed = file(&there, &maya, "by_the_first", "staging", "40").await;
    let view = there.request_view(&maya, reviewed).await.unwrap();
    assert_eq!((view.status, view.requirements.policy), (Status::New, Some(1)));
    let query = AuditQuery { act: "policy_enabled".to_owned(), ..AuditQuery::default() };
    let trail = there.audit_page(&priya, &query).await.unwrap().rows;
    let said: Vec<(&str, Option<&str>, Option<&str>)> =
        trail.iter().map(|row| (row.subject.as_str(), row.person.as_deref(), row.before.as_deref())).collect();
    assert_eq!(
        said,
        [
            ("policy v1", Some("priya.nair"), Some(r#"{"in_force":2}"#)),
            ("policy v2", Some("priya.nair"), Some(r#"{"in_force":1}"#)),
        ]
    );
}
