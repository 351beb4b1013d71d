use super::*;
use crate::{
    Timestamp,
    ids::RequestId,
    lifecycle::{Action, Approvers, Vote, VoteKind},
    rules::Requirements,
};

const REQUESTER: UserId = UserId(1);
const OWNER: UserId = UserId(2);
const STRANGER: UserId = UserId(9);
const TEAM: TeamId = TeamId(1);

fn viewer(id: UserId, role: Role) -> Viewer {
    Viewer { id, role, teams: vec![TeamId(7)], privacy_approver: false }
}

fn team_mate() -> Viewer {
    Viewer { teams: vec![TeamId(7), TEAM], ..viewer(UserId(3), Role::Engineer) }
}

fn privacy_approver() -> Viewer {
    Viewer { privacy_approver: true, ..viewer(UserId(4), Role::Engineer) }
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

/// A request in review by `reviewer`.
fn in_review(requirements: Requirements, reviewer: UserId) -> Request {
    let approvers = Approvers { reviewers: 3, privacy: 1, people: 4 };
    let draft = Request::draft(RequestId(2001), REQUESTER, TEAM);
    let step = |request: Request, action, by| request.apply(action, Some(by), Timestamp::UNIX_EPOCH).unwrap().request;
    let new = step(draft, Action::Submit { requirements, approvers }, REQUESTER);
    step(new, Action::Claim, reviewer)
}

#[test]
fn drafts_do_not_exist_for_other_teams() {
    let draft = facts(Status::Draft, DataClass::Public);
    for outsider in [viewer(STRANGER, Role::Engineer), privacy_approver()] {
        assert_eq!(outsider.sees(&draft), None);
        for action in ActionKind::ALL {
            assert!(!outsider.may_act(*action, &draft), "{action}");
            assert!(
                matches!(outsider.authorize(*action, &draft, &"REQ-2001"), Err(Error::NotFound { .. })),
                "{action}"
            );
        }
    }
    let insiders = [viewer(REQUESTER, Role::Engineer), viewer(OWNER, Role::Engineer), team_mate()];
    for insider in
        insiders.into_iter().chain([Role::Reviewer, Role::Admin, Role::Auditor].map(|role| viewer(STRANGER, role)))
    {
        assert_eq!(insider.sees(&draft), Some(Visibility::Full), "{insider:?}");
    }
}

#[test]
fn what_was_withdrawn_before_it_was_submitted_stays_private() {
    let withdrawn = RequestFacts { submitted: false, ..facts(Status::Cancelled, DataClass::Internal) };
    assert_eq!(viewer(STRANGER, Role::Engineer).sees(&withdrawn), None);
    assert_eq!(team_mate().sees(&withdrawn), Some(Visibility::Full));
}

#[test]
fn other_teams_get_a_summary_of_what_is_guarded() {
    let stranger = viewer(STRANGER, Role::Engineer);
    for (class, sees) in [
        (DataClass::Public, Visibility::Full),
        (DataClass::Internal, Visibility::Full),
        (DataClass::Confidential, Visibility::Summary),
        (DataClass::Restricted, Visibility::Summary),
    ] {
        let facts = facts(Status::New, class);
        assert_eq!(stranger.sees(&facts), Some(sees), "{class}");
        for action in [ActionKind::Comment, ActionKind::Clone] {
            assert_eq!(stranger.may_act(action, &facts), sees == Visibility::Full, "{action} {class}");
        }
        for insider in [
            team_mate(),
            viewer(OWNER, Role::Engineer),
            viewer(STRANGER, Role::Reviewer),
            viewer(STRANGER, Role::Auditor),
        ] {
            assert_eq!(insider.sees(&facts), Some(Visibility::Full), "{class}");
        }
    }
}

#[test]
fn a_privacy_approver_reads_what_there_is_to_decide_and_nothing_else() {
    assert_eq!(privacy_approver().sees(&facts(Status::New, DataClass::Restricted)), Some(Visibility::Full));
    assert_eq!(privacy_approver().sees(&facts(Status::New, DataClass::Confidential)), Some(Visibility::Summary));
    assert!(privacy_approver().may_act(ActionKind::Vote, &facts(Status::InReview, DataClass::Restricted)));
    assert!(!privacy_approver().may_act(ActionKind::Vote, &facts(Status::InReview, DataClass::Internal)));
    assert_eq!(privacy_approver().sees(&facts(Status::Draft, DataClass::Restricted)), None);
    assert!(!privacy_approver().may_act(ActionKind::Approve, &facts(Status::InReview, DataClass::Restricted)));
}

#[test]
fn auditors_read_all_and_change_nothing() {
    let auditor = Viewer { teams: vec![TEAM], ..viewer(OWNER, Role::Auditor) };
    assert!(!auditor.may_file());
    for status in Status::ALL.iter().copied() {
        let facts = facts(status, DataClass::Restricted);
        assert_eq!(auditor.sees(&facts), Some(Visibility::Full));
        for action in ActionKind::ALL {
            let refusal = auditor.authorize(*action, &facts, &"REQ-2001").unwrap_err();
            assert_eq!(refusal, Error::forbidden("Auditors read everything and change nothing."), "{action}");
        }
    }
    assert_eq!(
        auditor
            .allowed_actions(&facts(Status::New, DataClass::Public), &in_review(Requirements::one_review(), STRANGER)),
        []
    );
}

#[test]
fn nobody_reviews_their_own_request_whatever_their_role() {
    let facts = facts(Status::InReview, DataClass::Restricted);
    for role in [Role::Reviewer, Role::Admin] {
        let own = Viewer { privacy_approver: true, ..viewer(REQUESTER, role) };
        for action in [
            ActionKind::Claim,
            ActionKind::Unclaim,
            ActionKind::Assign,
            ActionKind::Amend,
            ActionKind::Ask,
            ActionKind::Vote,
            ActionKind::Approve,
            ActionKind::Deny,
        ] {
            let refusal = own.authorize(action, &facts, &"REQ-2001").unwrap_err();
            assert_eq!(refusal.status(), 403);
            assert!(refusal.to_string().contains("your own request"), "{action}: {refusal}");
        }
        assert!(own.may_act(ActionKind::Edit, &facts) && own.may_act(ActionKind::Withdraw, &facts));
    }
}

#[test]
fn engineers_work_on_their_own_and_their_teams_requests() {
    let facts = facts(Status::New, DataClass::Internal);
    let stranger = viewer(STRANGER, Role::Engineer);
    for action in [ActionKind::Edit, ActionKind::Reply, ActionKind::Withdraw, ActionKind::Deny, ActionKind::Claim] {
        let refusal = stranger.authorize(action, &facts, &"REQ-2001").unwrap_err();
        assert!(matches!(refusal, Error::Forbidden { .. }), "{action} is seen and refused");
    }
    let draft = self::facts(Status::Draft, DataClass::Internal);
    for action in [ActionKind::Save, ActionKind::Submit] {
        assert!(viewer(REQUESTER, Role::Engineer).may_act(action, &draft));
        for other in [team_mate(), viewer(OWNER, Role::Engineer), viewer(STRANGER, Role::Reviewer)] {
            assert!(!other.may_act(action, &draft), "a draft is its requester's: {action}");
        }
    }
    assert!(team_mate().may_act(ActionKind::Edit, &facts) && team_mate().may_act(ActionKind::Reply, &facts));
    assert!(!team_mate().may_act(ActionKind::Withdraw, &facts));
    assert!(viewer(OWNER, Role::Engineer).may_act(ActionKind::Withdraw, &facts));
}

#[test]
fn no_person_does_what_the_system_does() {
    let admin = viewer(STRANGER, Role::Admin);
    for action in [
        ActionKind::AutoApprove,
        ActionKind::Remind,
        ActionKind::TimeOut,
        ActionKind::Start,
        ActionKind::Finish,
        ActionKind::Fail,
    ] {
        assert!(
            Status::ALL.iter().all(|status| !admin.may_act(action, &facts(*status, DataClass::Public))),
            "{action}"
        );
    }
}

#[test]
fn nothing_without_effect_is_offered() {
    let reviewer = viewer(UserId(5), Role::Reviewer);
    let facts = facts(Status::InReview, DataClass::Restricted);
    let needs = Requirements { privacy: true, reviews: 2, ..Requirements::one_review() };
    let mut request = in_review(needs, reviewer.id);
    let offered = reviewer.allowed_actions(&facts, &request);
    assert!(offered.contains(&ActionKind::Approve) && offered.contains(&ActionKind::Unclaim));
    assert!(!offered.contains(&ActionKind::Claim), "it is theirs already");
    assert!(!offered.contains(&ActionKind::Vote), "reviewers approve");
    assert!(privacy_approver().allowed_actions(&facts, &request).contains(&ActionKind::Vote));

    let vote = |by, kind| Vote { by, kind, revision: request.revision, at: Timestamp::UNIX_EPOCH };
    request.votes = vec![vote(reviewer.id, VoteKind::Review), vote(privacy_approver().id, VoteKind::Privacy)];
    assert!(!reviewer.allowed_actions(&facts, &request).contains(&ActionKind::Approve), "one person has one vote");
    assert!(!privacy_approver().allowed_actions(&facts, &request).contains(&ActionKind::Vote));
}
