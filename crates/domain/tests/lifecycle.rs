//! Random lives of requests: whatever people do in whatever order, the table and the promises of a vote hold.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::collections::BTreeSet;

use chrono::{Duration, TimeZone, Utc};
use domain::{
    Timestamp,
    cluster::{Fit, Partitions, Placement},
    ids::{DatasetId, RequestId, TeamId, UserId},
    lifecycle::{Action, ActionKind, Approvers, DecidedBy, Request, State, Status, VoteKind},
    rules::{Requirements, RuleRef},
};
use proptest::{prelude::*, sample::select};

const REQUESTER: UserId = UserId(1);

/// The rows of the table: status, action, status after it.
fn table() -> BTreeSet<(String, String, String)> {
    include_str!("lifecycle-table.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [from, action, to] => (from.to_owned(), action.to_owned(), to.to_owned()),
            _ => panic!("three words in a row: {line}"),
        })
        .collect()
}

fn requirements() -> impl Strategy<Value = Requirements> {
    let rule = RuleRef { id: "R1".into(), version: 1, says: "Small.".into() };
    (prop::option::weighted(0.2, Just(rule)), 1..=3u8, any::<bool>()).prop_map(|(auto_approve, reviews, privacy)| {
        Requirements { auto_approve, reviews, privacy, because: Vec::new(), policy: None }
    })
}

fn approvers() -> impl Strategy<Value = Approvers> {
    (0..5usize, 0..3usize).prop_flat_map(|(reviewers, privacy)| {
        (reviewers.max(privacy)..=reviewers + privacy).prop_map(move |people| Approvers { reviewers, privacy, people })
    })
}

fn placement() -> impl Strategy<Value = Placement> {
    (select(vec!["alpha", "beta"]), 1..=2u16).prop_map(|(cluster, partitions)| Placement {
        cluster: cluster.parse().unwrap(),
        partitions: Partitions::try_from(partitions).unwrap(),
    })
}

fn fit() -> impl Strategy<Value = Fit> {
    prop_oneof![3 => Just(Fit::Fits), 1 => Just(Fit::DoesNot(vec!["It is full.".into()]))]
}

fn text() -> impl Strategy<Value = String> {
    select(vec!["", "short", "a reason that is long enough", " \0\r\n "]).prop_map(ToOwned::to_owned)
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        1 => Just(Action::Save),
        4 => (requirements(), approvers())
            .prop_map(|(requirements, approvers)| Action::Submit { requirements, approvers }),
        1 => placement().prop_map(|placement| Action::AutoApprove { placement }),
        4 => Just(Action::Claim),
        1 => (1..6i64).prop_map(|person| Action::Assign { reviewer: UserId(person) }),
        1 => Just(Action::Unclaim),
        1 => (requirements(), approvers()).prop_map(|(requirements, approvers)| Action::Edit { requirements, approvers }),
        1 => placement().prop_map(|placement| Action::Amend { placement }),
        1 => text().prop_map(|question| Action::Ask { question, fields: Vec::new() }),
        2 => (text(), prop::option::of((requirements(), approvers())))
            .prop_map(|(text, edit)| Action::Reply { text, edit }),
        1 => Just(Action::Remind),
        1 => Just(Action::TimeOut),
        2 => (select(vec![VoteKind::Review, VoteKind::Privacy]), fit())
            .prop_map(|(kind, fit)| Action::Vote { kind, fit }),
        4 => (placement(), fit(), prop::option::of(text()))
            .prop_map(|(placement, fit, override_reason)| Action::Approve { placement, fit, override_reason }),
        1 => text().prop_map(|reason| Action::Deny { reason }),
        2 => Just(Action::Start),
        1 => Just(Action::Finish { dataset: DatasetId(1001) }),
        1 => Just(Action::Fail { step: "create".into(), error: "no room".into() }),
        1 => Just(Action::Retry),
        1 => text().prop_map(|reason| Action::GiveUp { reason }),
        1 => prop::option::of(text()).prop_map(|reason| Action::Withdraw { reason }),
        1 => (requirements(), approvers()).prop_map(|(requirements, approvers)| Action::Reopen { requirements, approvers }),
    ]
}

/// Who does what, and how many hours after the last.
fn steps() -> impl Strategy<Value = Vec<(Option<UserId>, Action, i64)>> {
    let person = prop::option::weighted(0.9, (1..6i64).prop_map(UserId));
    prop::collection::vec((person, action(), select(vec![0, 1, 30, 200, 3_000])), 1..60)
}

fn start() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

/// What holds for a request at every moment.
fn check(request: &Request, now: Timestamp) {
    let mut voters = BTreeSet::new();
    for vote in &request.votes {
        assert_ne!(vote.by, REQUESTER, "the requester voted");
        assert_eq!(vote.revision, request.revision, "a vote outlived its revision");
        assert!(voters.insert(vote.by), "{} voted twice", vote.by);
    }
    if let Some(decision) = request.state.decision() {
        assert_eq!((Some(decision.revision), Some(&decision.placement)), (request.decided, request.placement.as_ref()));
        match &decision.by {
            DecidedBy::People(people) => {
                let different: BTreeSet<UserId> = people.iter().copied().collect();
                let needed = usize::from(request.requirements.reviews) + usize::from(request.requirements.privacy);
                assert!(!different.contains(&REQUESTER), "the requester decided");
                assert!(different.len() == people.len() && people.len() >= needed, "{people:?} are too few");
                assert!(request.is_carried());
            }
            DecidedBy::Rule(rule) => assert_eq!(Some(rule), request.requirements.auto_approve.as_ref()),
        }
    }
    if let State::Denied { by, .. } = request.state {
        assert_ne!(by, REQUESTER, "the requester denied");
    }
    if let State::InReview { reviewer } | State::NeedsInfo { reviewer, .. } = request.state {
        assert_ne!(reviewer, REQUESTER, "the requester reviews");
    }
    let waits = matches!(request.status(), Status::New | Status::InReview);
    assert_eq!(request.age.running_since.is_some(), waits, "the clock runs in {}", request.status());
    assert!(request.age.waited_us(now) >= 0);
    let json = serde_json::to_string(request).unwrap();
    assert_eq!(&serde_json::from_str::<Request>(&json).unwrap(), request);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_actions_leaves_the_table(steps in steps()) {
        let table = table();
        let mut request = Request::draft(RequestId(2001), REQUESTER, TeamId(1));
        let mut now = start();
        for (actor, action, hours) in steps {
            now += Duration::hours(hours);
            let kind = action.kind();
            let Ok(applied) = request.apply(action, actor, now) else { continue };
            let next = applied.request;
            let row = (request.status().to_string(), kind.to_string(), next.status().to_string());
            prop_assert!(table.contains(&row), "{row:?} is not in the table");
            prop_assert!(next.revision >= request.revision, "the revision went back");
            prop_assert!(next.age.waited_us(now) >= request.age.waited_us(now), "waiting was taken back");
            prop_assert_eq!(next.requester, request.requester);
            // The first placement, set by an approval, is no change of what was voted on.
            let is_first_placement = kind == ActionKind::Approve && request.placement.is_none();
            if next.revision > request.revision && !is_first_placement {
                let others = next.votes.iter().filter(|vote| Some(vote.by) != actor).count();
                prop_assert_eq!(others, 0, "votes of others outlived a revision");
            }
            check(&next, now);
            request = next;
        }
    }
}

/// The random lives are worth something only if they get everywhere.
#[test]
fn random_lives_reach_every_status() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..2_000 {
        let mut request = Request::draft(RequestId(2001), REQUESTER, TeamId(1));
        let mut now = start();
        for (actor, action, hours) in steps().new_tree(&mut runner).unwrap().current() {
            now += Duration::hours(hours);
            if let Ok(applied) = request.apply(action, actor, now) {
                request = applied.request;
                reached.insert(request.status());
            }
        }
    }
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), Status::ALL);
}
