//! The table of `tests/lifecycle-table.txt` tried whole, then every guard by itself.

use chrono::{Duration, TimeZone, Utc};

use super::*;
use crate::{
    Timestamp,
    bounds::NOTE_MAX,
    cluster::{Fit, Partitions},
    error::Error,
    ids::DatasetId,
    rules::RuleRef,
};

const REQUESTER: UserId = UserId(1);
const MAYA: UserId = UserId(2);
const JONAS: UserId = UserId(3);
const PRIVACY: UserId = UserId(4);

fn monday() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn rule() -> RuleRef {
    RuleRef { id: "R1".into(), version: 1, says: "Small.".into() }
}

fn needs(reviews: u8, privacy: bool) -> Requirements {
    Requirements { auto_approve: None, reviews, privacy, because: Vec::new(), policy: None }
}

fn enough() -> Approvers {
    Approvers { reviewers: 5, privacy: 2, people: 6 }
}

fn on(cluster: &str) -> Placement {
    Placement { cluster: cluster.parse().unwrap(), partitions: Partitions::try_from(4).unwrap() }
}

fn approval() -> Action {
    Action::Approve { placement: on("alpha"), fit: Fit::Fits, override_reason: None }
}

fn misfit() -> Fit {
    Fit::DoesNot(vec!["It has 1 GB free; the dataset needs 2 GB.".into()])
}

/// An action that no guard refuses where the table allows it.
fn example(kind: ActionKind) -> Option<Action> {
    Some(match kind {
        ActionKind::Save => Action::Save,
        ActionKind::Submit => Action::Submit { requirements: needs(1, false), approvers: enough() },
        ActionKind::AutoApprove => Action::AutoApprove { placement: on("alpha") },
        ActionKind::Claim => Action::Claim,
        ActionKind::Assign => Action::Assign { reviewer: JONAS },
        ActionKind::Unclaim => Action::Unclaim,
        ActionKind::Edit => Action::Edit { requirements: needs(1, false), approvers: enough() },
        ActionKind::Amend => Action::Amend { placement: on("beta") },
        ActionKind::Ask => Action::Ask { question: "How large?".into(), fields: Vec::new() },
        ActionKind::Reply => Action::Reply { text: "Two GB.".into(), edit: None },
        ActionKind::Remind => Action::Remind,
        ActionKind::TimeOut => Action::TimeOut,
        ActionKind::Vote => Action::Vote { kind: VoteKind::Review, fit: Fit::Fits },
        ActionKind::Approve => approval(),
        ActionKind::Deny => Action::Deny { reason: "Use the shared one.".into() },
        ActionKind::Start => Action::Start,
        ActionKind::Finish => Action::Finish { dataset: DatasetId(1001) },
        ActionKind::Fail => Action::Fail { step: "create".into(), error: "no room".into() },
        ActionKind::Retry => Action::Retry,
        ActionKind::GiveUp => Action::GiveUp { reason: "No room anywhere.".into() },
        ActionKind::Withdraw => Action::Withdraw { reason: None },
        ActionKind::Reopen => Action::Reopen { requirements: needs(1, false), approvers: enough() },
        ActionKind::Clone | ActionKind::Comment | ActionKind::EditComment | ActionKind::WithdrawComment => return None,
    })
}

/// The request after `actions`, each by the one it names, all on Monday.
fn after(actions: Vec<(UserId, Action)>) -> Request {
    actions.into_iter().fold(Request::draft(RequestId(2001), REQUESTER, TeamId(1)), |request, (by, action)| {
        request.apply(action, Some(by), monday()).unwrap().request
    })
}

fn submitted(requirements: Requirements) -> Request {
    after(vec![(REQUESTER, Action::Submit { requirements, approvers: enough() })])
}

fn claimed(requirements: Requirements) -> Request {
    submitted(requirements).apply(Action::Claim, Some(MAYA), monday()).unwrap().request
}

/// A request in each status, reached by the actions themselves.
fn in_status(status: Status) -> Request {
    use ActionKind as A;
    let way: &[ActionKind] = match status {
        Status::Draft => &[],
        Status::New => &[A::Submit],
        Status::InReview => &[A::Submit, A::Claim],
        Status::NeedsInfo => &[A::Submit, A::Claim, A::Ask],
        Status::Approved => &[A::Submit, A::Claim, A::Approve],
        Status::InProgress => &[A::Submit, A::Claim, A::Approve, A::Start],
        Status::Completed => &[A::Submit, A::Claim, A::Approve, A::Start, A::Finish],
        Status::Failed => &[A::Submit, A::Claim, A::Approve, A::Start, A::Fail],
        Status::Denied => &[A::Submit, A::Deny],
        Status::Cancelled => &[A::Submit, A::Withdraw],
        Status::Expired => &[A::Submit, A::Claim, A::Ask, A::TimeOut],
    };
    let draft = Request::draft(RequestId(2001), REQUESTER, TeamId(1));
    let request = way.iter().fold(draft, |request, kind| {
        let by = if matches!(kind, A::Submit | A::Withdraw) { REQUESTER } else { MAYA };
        let at = if *kind == A::TimeOut { monday() + Duration::days(14) } else { monday() };
        request.apply(example(*kind).unwrap(), Some(by), at).unwrap().request
    });
    assert_eq!(request.status(), status);
    request
}

/// The rows of the table that is kept beside the tests.
fn table() -> Vec<(Status, ActionKind, Status)> {
    let rows = include_str!("../../tests/lifecycle-table.txt");
    rows.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [from, action, to] => (from.parse().unwrap(), action.parse().unwrap(), to.parse().unwrap()),
            _ => panic!("three words in a row: {line}"),
        })
        .collect()
}

#[test]
fn every_action_in_every_status_does_what_the_table_says() {
    let table = table();
    let mut seen = Vec::new();
    for from in Status::ALL.iter().copied() {
        for kind in ActionKind::ALL.iter().copied() {
            let Some(action) = example(kind) else { continue };
            let allowed: Vec<Status> =
                table.iter().filter(|(f, k, _)| (*f, *k) == (from, kind)).map(|(_, _, to)| *to).collect();
            // With one and with three approvals needed, so that votes are tried as the last one and as another.
            for reviews in [1, 3] {
                let mut request = in_status(from);
                request.requirements = Requirements { auto_approve: Some(rule()), ..needs(reviews, false) };
                request.placement = request.placement.or(Some(on("alpha")));
                let later = monday() + Duration::days(20);
                match request.apply(action.clone(), Some(JONAS), later) {
                    Ok(applied) => {
                        let to = applied.request.status();
                        assert!(allowed.contains(&to), "{from}: {kind} → {to} is not in the table");
                        seen.push((from, kind, to));
                    }
                    Err(Refusal::Illegal { action, status, allowed: instead }) => {
                        assert!(allowed.is_empty(), "{from}: {kind} is in the table and was refused");
                        assert_eq!((action, status), (kind, from));
                        assert_eq!(instead, from.possible());
                    }
                    Err(other) => panic!("{from}: {kind}: {other}"),
                }
            }
        }
    }
    for row in table {
        assert!(seen.contains(&row), "{row:?} was never seen");
    }
}

#[test]
fn what_is_offered_is_what_the_table_has_and_one_may_always_comment_and_clone() {
    for status in Status::ALL.iter().copied() {
        let mut rows: Vec<ActionKind> = table().into_iter().filter(|row| row.0 == status).map(|row| row.1).collect();
        rows.extend([ActionKind::Clone, ActionKind::Comment]);
        rows.sort_unstable();
        rows.dedup();
        let mut possible = status.possible().to_vec();
        possible.sort_unstable();
        assert_eq!(possible, rows, "{status}");
    }
}

#[test]
fn an_illegal_action_is_a_conflict_that_names_the_legal_ones() {
    let refusal = in_status(Status::Completed).apply(Action::Claim, Some(MAYA), monday()).unwrap_err();
    assert_eq!(refusal.to_string(), "“Claim” is not possible while the request is completed.");
    let error = Error::from(refusal);
    assert_eq!(error.status(), 409);
    assert!(
        matches!(error, Error::InvalidTransition { allowed, .. } if allowed == [ActionKind::Clone, ActionKind::Comment])
    );
}

#[test]
fn nobody_decides_on_their_own_request() {
    let request = claimed(needs(1, false));
    for action in [
        approval(),
        example(ActionKind::Vote).unwrap(),
        example(ActionKind::Deny).unwrap(),
        Action::Claim,
        Action::Assign { reviewer: REQUESTER },
    ] {
        let refusal = request.apply(action.clone(), Some(REQUESTER), monday()).unwrap_err();
        assert_eq!(refusal, Refusal::OwnRequest, "{action:?}");
        assert_eq!(Error::from(refusal).status(), 403);
    }
    for nobody in [approval(), example(ActionKind::Vote).unwrap(), example(ActionKind::Deny).unwrap(), Action::Claim] {
        assert_eq!(request.apply(nobody, None, monday()).unwrap_err(), Refusal::OwnRequest);
    }
}

#[test]
fn texts_keep_their_bounds() {
    let short = |input: &'static str, min: usize| Refusal::TextTooShort { input, min };
    let review = claimed(needs(1, false));
    let deny = |reason: &str| review.apply(Action::Deny { reason: reason.into() }, Some(MAYA), monday());
    assert_eq!(deny("too large").unwrap_err(), short("reason", 10));
    assert_eq!(deny("   too large   ").unwrap_err(), short("reason", 10));
    assert_eq!(deny("too  large").unwrap().note.as_deref(), Some("too  large"));
    assert_eq!(deny("größer als").unwrap().request.status(), Status::Denied);
    assert!(deny(&"x".repeat(NOTE_MAX)).is_ok());
    assert_eq!(deny(&"x".repeat(NOTE_MAX + 1)).unwrap_err(), Refusal::TextTooLong { input: "reason" });
    assert_eq!(deny("a\0 reason\r\nwith lines").unwrap().note.as_deref(), Some("a reason\nwith lines"));

    let ask =
        |question: &str| review.apply(Action::Ask { question: question.into(), fields: vec![] }, Some(MAYA), monday());
    assert_eq!(ask(" \n ").unwrap_err(), short("question", 1));
    let asked = ask("Why?").unwrap().request;
    let reply = |text: &str| asked.apply(Action::Reply { text: text.into(), edit: None }, Some(REQUESTER), monday());
    assert_eq!(reply("").unwrap_err(), short("reply", 1));
    assert!(reply("Because.").is_ok());
    let withdraw = |reason: String| review.apply(Action::Withdraw { reason: Some(reason) }, Some(REQUESTER), monday());
    assert_eq!(withdraw("  ".into()).unwrap().note, None);
    assert_eq!(withdraw("x".repeat(NOTE_MAX + 1)).unwrap_err(), Refusal::TextTooLong { input: "reason" });
    let give_up = Action::GiveUp { reason: " ".into() };
    let refusal = in_status(Status::Failed).apply(give_up, Some(MAYA), monday()).unwrap_err();
    assert_eq!(refusal, short("reason", 1));
    assert_eq!(Error::from(refusal).status(), 422);
}

#[test]
fn a_question_expires_after_14_days_and_reminds_after_3_and_7() {
    let asked = in_status(Status::NeedsInfo);
    let day = |days: i64| monday() + Duration::days(days);
    let moment = Duration::microseconds(1);
    assert_eq!(asked.apply(Action::TimeOut, None, day(14) - moment).unwrap_err(), Refusal::NotExpiredYet);
    assert_eq!(asked.apply(Action::TimeOut, None, day(14)).unwrap().request.state, State::Expired { at: day(14) });

    let remind = |request: &Request, at| request.apply(Action::Remind, None, at).map(|applied| applied.request);
    assert_eq!(remind(&asked, day(3) - moment).unwrap_err(), Refusal::NoReminderDue);
    let once = remind(&asked, day(3)).unwrap();
    assert_eq!(remind(&once, day(7) - moment).unwrap_err(), Refusal::NoReminderDue);
    let twice = remind(&once, day(7)).unwrap();
    assert_eq!(remind(&twice, day(13)).unwrap_err(), Refusal::NoReminderDue);
    assert!(matches!(twice.state, State::NeedsInfo { reminders: 2, asked_at, .. } if asked_at == monday()));
}

#[test]
fn an_expired_request_can_be_reopened_for_90_days_and_a_denied_one_always() {
    let reopen = |status, at| {
        in_status(status)
            .apply(example(ActionKind::Reopen).unwrap(), Some(REQUESTER), at)
            .map(|applied| applied.request)
    };
    let expired_at = monday() + Duration::days(14);
    let last = expired_at + Duration::days(90);
    assert_eq!(reopen(Status::Expired, last).unwrap().status(), Status::New);
    assert_eq!(reopen(Status::Expired, last + Duration::microseconds(1)).unwrap_err(), Refusal::TooLateToReopen);
    for status in [Status::Denied, Status::Cancelled] {
        assert_eq!(reopen(status, monday() + Duration::days(2_000)).unwrap().status(), Status::New, "{status}");
    }
}

#[test]
fn reopening_starts_a_new_revision_without_decision_and_keeps_what_was_filed_first() {
    let denied = in_status(Status::Denied);
    let again = denied.apply(example(ActionKind::Reopen).unwrap(), Some(REQUESTER), monday()).unwrap().request;
    assert_eq!((again.revision, again.filed), (denied.revision.next(), denied.filed));
    assert_eq!((again.decided, again.placement, again.votes.len()), (None, None, 0));
}

#[test]
fn two_approvals_take_two_people() {
    let first = claimed(needs(2, false)).apply(approval(), Some(MAYA), monday()).unwrap();
    assert_eq!((first.kind, first.request.status()), (ActionKind::Vote, Status::InReview));
    assert_eq!(first.note.as_deref(), Some("Still missing: one approval."));
    let again = first.request.apply(approval(), Some(MAYA), monday()).unwrap_err();
    assert_eq!(again, Refusal::VotedAlready { missing: "one approval".into() });
    let second = first.request.apply(approval(), Some(JONAS), monday()).unwrap();
    assert_eq!((second.kind, second.request.status()), (ActionKind::Approve, Status::Approved));
    let decision = second.request.state.decision().unwrap();
    assert_eq!(decision.by, DecidedBy::People(vec![MAYA, JONAS]));
    assert_eq!((decision.revision, second.request.decided), (second.request.revision, Some(second.request.revision)));
}

#[test]
fn a_privacy_vote_counts_as_privacy_alone() {
    let privacy = || Action::Vote { kind: VoteKind::Privacy, fit: Fit::Fits };
    let reviewed = claimed(needs(1, true)).apply(approval(), Some(MAYA), monday()).unwrap().request;
    assert_eq!(reviewed.missing_votes().unwrap(), "a privacy approval");
    let more = reviewed.apply(example(ActionKind::Vote).unwrap(), Some(JONAS), monday()).unwrap().request;
    assert_eq!(more.status(), Status::InReview, "a second review is no privacy vote");
    assert_eq!(
        reviewed.apply(privacy(), Some(MAYA), monday()).unwrap_err().to_string(),
        "You have approved this revision already; a privacy approval is still missing."
    );
    let done = reviewed.apply(privacy(), Some(PRIVACY), monday()).unwrap();
    assert_eq!((done.kind, done.request.status()), (ActionKind::Approve, Status::Approved));

    let both = claimed(needs(1, true)).missing_votes().unwrap();
    assert_eq!(both, "one approval and a privacy approval");
    let early = claimed(needs(1, true)).apply(privacy(), Some(PRIVACY), monday()).unwrap().request;
    assert_eq!(early.missing_votes().unwrap(), "one approval");
}

#[test]
fn votes_hold_for_their_revision_only() {
    let voted = claimed(needs(2, false)).apply(approval(), Some(MAYA), monday()).unwrap().request;
    let edit = Action::Edit { requirements: needs(2, false), approvers: enough() };
    let edited = voted.apply(edit, Some(REQUESTER), monday()).unwrap().request;
    assert_eq!((edited.votes.len(), edited.revision), (0, voted.revision.next()));

    let amend = |by| voted.apply(Action::Amend { placement: on("beta") }, Some(by), monday()).unwrap();
    assert_eq!(amend(JONAS).request.votes, []);
    assert_eq!(amend(JONAS).note.as_deref(), Some("beta, 4 partitions. One earlier vote is void."));
    assert_eq!(amend(MAYA).note.as_deref(), Some("beta, 4 partitions"));
    let own = amend(MAYA).request;
    assert_eq!(own.votes.iter().map(|vote| (vote.by, vote.revision)).collect::<Vec<_>>(), [(MAYA, own.revision)]);

    let elsewhere = Action::Approve { placement: on("beta"), fit: Fit::Fits, override_reason: None };
    let moved = voted.apply(elsewhere, Some(JONAS), monday()).unwrap();
    assert_eq!(moved.note.as_deref(), Some("Still missing: one approval. One earlier vote is void."));
    let moved = moved.request;
    assert_eq!(moved.status(), Status::InReview, "another placement is another revision: the first vote is void");
    assert_eq!(moved.votes.iter().map(|vote| vote.by).collect::<Vec<_>>(), [JONAS]);

    let asked = voted.apply(example(ActionKind::Ask).unwrap(), Some(JONAS), monday()).unwrap().request;
    let reply =
        |edit| asked.apply(Action::Reply { text: "So.".into(), edit }, Some(REQUESTER), monday()).unwrap().request;
    assert_eq!(reply(None).votes, voted.votes);
    let changed = reply(Some((needs(2, false), enough())));
    assert_eq!((changed.votes.len(), changed.revision), (0, voted.revision.next()));
    assert_eq!(changed.reviewer(), Some(MAYA), "the same reviewer has it again");
}

#[test]
fn the_first_placement_of_an_approval_voids_no_vote() {
    let review = claimed(needs(1, true));
    let privacy = Action::Vote { kind: VoteKind::Privacy, fit: Fit::Fits };
    let voted = review.apply(privacy, Some(PRIVACY), monday()).unwrap().request;
    let done = voted.apply(approval(), Some(MAYA), monday()).unwrap();
    assert_eq!((done.kind, done.request.status()), (ActionKind::Approve, Status::Approved));
    assert_eq!(done.request.state.decision().unwrap().by, DecidedBy::People(vec![PRIVACY, MAYA]));

    let amended = voted.apply(Action::Amend { placement: on("beta") }, Some(JONAS), monday()).unwrap().request;
    assert_eq!(amended.votes, [], "an amendment voids the votes of others, also the first one");
}

#[test]
fn what_does_not_fit_needs_a_reason_that_holds_until_the_decision() {
    let approve = |reason: Option<&str>| Action::Approve {
        placement: on("alpha"),
        fit: misfit(),
        override_reason: reason.map(ToOwned::to_owned),
    };
    let review = claimed(needs(1, true));
    for none in [None, Some("  ")] {
        let refusal = review.apply(approve(none), Some(MAYA), monday()).unwrap_err();
        assert!(matches!(&refusal, Refusal::DoesNotFit { reasons } if reasons.len() == 1));
        assert!(matches!(Error::from(refusal), Error::Placement { fields } if fields.override_reason.is_some()));
    }
    let voted = review.apply(approve(Some(" It grows on Monday. ")), Some(MAYA), monday()).unwrap().request;
    let last = Action::Vote { kind: VoteKind::Privacy, fit: misfit() };
    let done = voted.apply(last.clone(), Some(PRIVACY), monday()).unwrap().request;
    assert_eq!(done.state.decision().unwrap().override_reason.as_deref(), Some("It grows on Monday."));

    let two = claimed(needs(2, false)).apply(approve(Some("It grows.")), Some(MAYA), monday()).unwrap().request;
    let carried = two.apply(approve(None), Some(JONAS), monday()).unwrap().request;
    assert_eq!(carried.state.decision().unwrap().override_reason.as_deref(), Some("It grows."));

    let amended = voted.apply(Action::Amend { placement: on("beta") }, Some(MAYA), monday()).unwrap().request;
    let refusal = amended.apply(last, Some(PRIVACY), monday()).unwrap_err();
    assert!(matches!(refusal, Refusal::DoesNotFit { .. }), "the reason was for another placement");
}

#[test]
fn the_last_vote_needs_a_placement() {
    let vote = example(ActionKind::Vote).unwrap();
    let refusal = claimed(needs(1, false)).apply(vote.clone(), Some(MAYA), monday()).unwrap_err();
    assert_eq!(refusal, Refusal::NoPlacement);
    let placed =
        claimed(needs(1, false)).apply(Action::Amend { placement: on("beta") }, Some(JONAS), monday()).unwrap();
    let done = placed.request.apply(vote, Some(MAYA), monday()).unwrap().request;
    assert_eq!(done.state.decision().unwrap().placement, on("beta"));
}

#[test]
fn a_request_that_nobody_could_approve_is_not_taken() {
    let take = |requirements: Requirements, reviewers, privacy, people| {
        let approvers = Approvers { reviewers, privacy, people };
        let draft = Request::draft(RequestId(2001), REQUESTER, TeamId(1));
        draft
            .apply(Action::Submit { requirements, approvers }, Some(REQUESTER), monday())
            .map(|applied| applied.request)
    };
    for (reviews, privacy, approvers, taken) in [
        (1, false, (1, 0, 1), true),
        (1, false, (0, 3, 3), false),
        (2, false, (1, 1, 2), false),
        (2, false, (2, 0, 2), true),
        (1, true, (1, 0, 1), false),
        (1, true, (2, 0, 2), false),
        // One person in both groups has one vote; with anybody else in either group there are two.
        (1, true, (1, 1, 1), false),
        (1, true, (1, 1, 2), true),
        (1, true, (2, 1, 2), true),
        (2, true, (2, 2, 2), false),
        (2, true, (2, 1, 3), true),
        (2, true, (3, 1, 3), true),
    ] {
        let (reviewers, privacy_approvers, people) = approvers;
        let result = take(needs(reviews, privacy), reviewers, privacy_approvers, people);
        assert_eq!(result.is_ok(), taken, "{reviews} reviews, privacy {privacy}, {approvers:?}");
    }
    let refusal = take(needs(2, true), 2, 0, 2).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "Nobody could approve this: it needs 2 different approvals and a privacy approval. Ask an admin to name more approvers."
    );
    let automatic = Requirements { auto_approve: Some(rule()), ..needs(1, false) };
    assert!(take(automatic, 0, 0, 0).is_ok());

    let few = Approvers { reviewers: 1, privacy: 0, people: 1 };
    let edit = Action::Edit { requirements: needs(2, false), approvers: few };
    let refusal = claimed(needs(1, false)).apply(edit, Some(REQUESTER), monday()).unwrap_err();
    assert!(matches!(refusal, Refusal::NobodyCouldApprove { .. }), "an edit asks anew: {refusal}");
    let asked = in_status(Status::NeedsInfo);
    let reply = Action::Reply { text: "So.".into(), edit: Some((needs(1, true), few)) };
    let refusal = asked.apply(reply, Some(REQUESTER), monday()).unwrap_err();
    assert!(matches!(refusal, Refusal::NobodyCouldApprove { .. }), "so does an answer that changes fields: {refusal}");
}

#[test]
fn an_automatic_approval_needs_a_rule_and_records_it() {
    let refusal = submitted(needs(1, false)).apply(example(ActionKind::AutoApprove).unwrap(), None, monday());
    assert_eq!(refusal.unwrap_err(), Refusal::NoAutomaticRule);
    let ruled = submitted(Requirements { auto_approve: Some(rule()), ..needs(1, false) });
    let done = ruled.apply(example(ActionKind::AutoApprove).unwrap(), None, monday()).unwrap().request;
    assert_eq!(done.state.decision().unwrap().by, DecidedBy::Rule(rule()));
    assert_eq!((done.reviewer(), done.placement), (None, Some(on("alpha"))));
}

#[test]
fn the_age_clock_pauses_while_the_requester_is_asked() {
    let hour = |hours: i64| monday() + Duration::hours(hours);
    let hours = |request: &Request, at| request.age.waited_us(at) / 3_600_000_000;
    let draft = Request::draft(RequestId(2001), REQUESTER, TeamId(1));
    assert_eq!(hours(&draft, hour(500)), 0, "a draft waits for nobody");
    let step = |request: Request, kind: ActionKind, by, at| {
        request.apply(example(kind).unwrap(), Some(by), at).unwrap().request
    };
    let request = step(draft, ActionKind::Submit, REQUESTER, hour(0));
    let request = step(request, ActionKind::Claim, MAYA, hour(2));
    let request = step(request, ActionKind::Ask, MAYA, hour(5));
    assert_eq!(hours(&request, hour(50)), 5);
    let request = step(request, ActionKind::Reply, REQUESTER, hour(50));
    assert_eq!(hours(&request, hour(53)), 8);
    let request = step(request, ActionKind::Deny, MAYA, hour(54));
    assert_eq!(hours(&request, hour(9_999)), 9);
    let request = step(request, ActionKind::Reopen, REQUESTER, hour(100));
    assert_eq!(hours(&request, hour(101)), 10);
}

#[test]
fn a_retry_counts_and_keeps_the_decision() {
    let failed = in_status(Status::Failed);
    let again = failed.apply(Action::Retry, Some(MAYA), monday()).unwrap().request;
    assert!(matches!(again.state, State::InProgress { attempt: 2, .. }));
    assert_eq!(again.state.decision(), failed.state.decision());
}
