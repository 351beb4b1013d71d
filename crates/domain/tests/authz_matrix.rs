//! Who may do what, printed for people to review: `tests/output/authz-matrix.txt`.
//!
//! A change of the policy fails here until the file is made anew with `UPDATE=1 cargo test -p domain` and reviewed.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{fmt::Write, path::Path};

use domain::{
    Timestamp,
    authz::{RequestFacts, Viewer},
    choices::{DataClass, Role},
    cluster::{Fit, Partitions, Placement},
    ids::{DatasetId, RequestId, TeamId, UserId},
    lifecycle::{Action, ActionKind, Approvers, Request, Status},
    rules::Requirements,
    spec::Visibility,
};

const REQUESTER: UserId = UserId(1);
const OWNER: UserId = UserId(2);
const REVIEWER: UserId = UserId(5);
const TEAM: TeamId = TeamId(1);

/// Everybody who stands differently to a request, with a heading.
fn viewers() -> Vec<(&'static str, Viewer)> {
    let viewer = |id, role| Viewer { id, role, teams: vec![TeamId(7)], privacy_approver: false };
    vec![
        ("engineer", viewer(UserId(9), Role::Engineer)),
        ("requester", viewer(REQUESTER, Role::Engineer)),
        ("owner", viewer(OWNER, Role::Engineer)),
        ("team mate", Viewer { teams: vec![TEAM], ..viewer(UserId(3), Role::Engineer) }),
        ("privacy", Viewer { privacy_approver: true, ..viewer(UserId(4), Role::Engineer) }),
        ("reviewer", viewer(REVIEWER, Role::Reviewer)),
        ("reviewer, own", viewer(REQUESTER, Role::Reviewer)),
        ("admin", viewer(UserId(6), Role::Admin)),
        ("admin, own", viewer(REQUESTER, Role::Admin)),
        ("auditor", viewer(UserId(8), Role::Auditor)),
    ]
}

fn facts(status: Status, class: DataClass) -> RequestFacts {
    RequestFacts {
        requester: REQUESTER,
        owner: Some(OWNER),
        team: TEAM,
        status,
        submitted: status != Status::Draft,
        class,
        needs_privacy: class == DataClass::Restricted,
    }
}

fn situations() -> Vec<(&'static str, RequestFacts)> {
    vec![
        ("A draft", facts(Status::Draft, DataClass::Internal)),
        (
            "A draft that was withdrawn",
            RequestFacts { submitted: false, ..facts(Status::Cancelled, DataClass::Internal) },
        ),
        ("A submitted request, public or internal data", facts(Status::InReview, DataClass::Internal)),
        ("A submitted request, confidential data", facts(Status::InReview, DataClass::Confidential)),
        (
            "A submitted request, personal or restricted data (a privacy approval is needed)",
            facts(Status::InReview, DataClass::Restricted),
        ),
    ]
}

/// A request in each status, made by its own actions, that needs a review and a privacy approval.
fn in_status(status: Status) -> Request {
    use Action as A;
    let requirements = || Requirements { privacy: true, ..Requirements::one_review() };
    let placement = || Placement { cluster: "alpha".parse().unwrap(), partitions: Partitions::try_from(4).unwrap() };
    let submit =
        || A::Submit { requirements: requirements(), approvers: Approvers { reviewers: 3, privacy: 1, people: 4 } };
    let ask = || A::Ask { question: "How large?".into(), fields: Vec::new() };
    let approve = || A::Approve { placement: placement(), fit: Fit::Fits, override_reason: None };
    let privacy = || A::Vote { kind: domain::lifecycle::VoteKind::Privacy, fit: Fit::Fits };
    let approved = || vec![submit(), A::Claim, approve(), privacy()];
    let fail = || A::Fail { step: "create".into(), error: "no room".into() };
    let way = match status {
        Status::Draft => vec![],
        Status::New => vec![submit()],
        Status::InReview => vec![submit(), A::Claim],
        Status::NeedsInfo => vec![submit(), A::Claim, ask()],
        Status::Approved => approved(),
        Status::InProgress => [approved(), vec![A::Start]].concat(),
        Status::Completed => [approved(), vec![A::Start, A::Finish { dataset: DatasetId(1001) }]].concat(),
        Status::Failed => [approved(), vec![A::Start, fail()]].concat(),
        Status::Denied => vec![submit(), A::Deny { reason: "Use the shared one.".into() }],
        Status::Cancelled => vec![submit(), A::Withdraw { reason: None }],
        Status::Expired => vec![submit(), A::Claim, ask(), A::TimeOut],
    };
    let mut now = Timestamp::UNIX_EPOCH;
    way.into_iter().fold(Request::draft(RequestId(2001), REQUESTER, TEAM), |request, action| {
        now += chrono::Duration::days(20);
        let by = if matches!(action, A::Vote { .. }) { UserId(4) } else { REVIEWER };
        request.apply(action, Some(by), now).unwrap().request
    })
}

fn row(text: &mut String, first: &str, cells: impl Iterator<Item = String>) {
    let mut line = format!("{first:<14}");
    for cell in cells {
        write!(line, " {cell:<13}").unwrap();
    }
    writeln!(text, "{}", line.trim_end()).unwrap();
}

fn matrix() -> String {
    let viewers = viewers();
    let mut text = String::from(
        "Who may see and do what to a request. Made by the tests from the policy (crates/domain/src/authz.rs);\n\
         make it anew with `UPDATE=1 cargo test -p domain --test authz_matrix` and review the difference.\n\n\
         sees    all; summary = all but use case, justification, thread, source and locator; - = it does not exist\n\
         yes     may do it, where the status of the request allows it\n\
         403     sees that it exists, may not do it\n\
         404     is told that it does not exist\n\n\
         owner = named as owner, in another team; team mate = of the team that owns it; privacy = an engineer who may\n\
         give privacy approvals; own = filed it. What only the system does (auto_approve, remind, time_out, start,\n\
         finish, fail) stands here too: nobody may.\n",
    );
    for (title, facts) in situations() {
        write!(text, "\n{title}\n{}\n", "-".repeat(title.len())).unwrap();
        row(&mut text, "", viewers.iter().map(|(name, _)| (*name).to_owned()));
        let sees = |viewer: &Viewer| match viewer.sees(&facts) {
            Some(Visibility::Full) => "all",
            Some(Visibility::Summary) => "summary",
            None => "-",
        };
        row(&mut text, "sees", viewers.iter().map(|(_, viewer)| sees(viewer).to_owned()));
        for action in ActionKind::ALL.iter().copied() {
            let may = |viewer: &Viewer| match viewer.authorize(action, &facts, &"REQ-2001") {
                Ok(()) => "yes".to_owned(),
                Err(refusal) => refusal.status().to_string(),
            };
            row(&mut text, action.word(), viewers.iter().map(|(_, viewer)| may(viewer)));
        }
    }
    let title = "What a page offers, by status (restricted data, one review and a privacy approval needed)";
    write!(text, "\n{title}\n{}\n", "-".repeat(title.len())).unwrap();
    for status in Status::ALL.iter().copied() {
        let request = in_status(status);
        assert_eq!(request.status(), status);
        writeln!(text, "{status}").unwrap();
        for (name, viewer) in &viewers {
            let offered = viewer.allowed_actions(&facts(status, DataClass::Restricted), &request);
            let words: Vec<&str> = offered.iter().map(|action| action.word()).collect();
            let words = if words.is_empty() { "-".to_owned() } else { words.join(", ") };
            writeln!(text, "  {name:<14} {words}").unwrap();
        }
    }
    text
}

#[test]
fn the_reviewed_matrix_is_the_policy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output/authz-matrix.txt");
    let matrix = matrix();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &matrix).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (now, then)) in matrix.lines().zip(reviewed.lines()).enumerate() {
        assert_eq!(now, then, "line {} differs from what was reviewed; UPDATE=1 writes it anew", number + 1);
    }
    assert_eq!(matrix.lines().count(), reviewed.lines().count(), "UPDATE=1 writes the matrix anew");
}

/// What is offered is never refused: the pages and the server ask the same function.
#[test]
fn what_is_offered_may_be_done() {
    for status in Status::ALL.iter().copied() {
        let request = in_status(status);
        for (name, viewer) in viewers() {
            let facts = facts(status, DataClass::Restricted);
            for action in viewer.allowed_actions(&facts, &request) {
                assert!(viewer.authorize(action, &facts, &"REQ-2001").is_ok(), "{name}: {action} while {status}");
                assert!(status.possible().contains(&action), "{name}: {action} while {status}");
            }
        }
    }
}
