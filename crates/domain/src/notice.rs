//! Whom an event of a request concerns, what they are told, and how.
//!
//! [`concerns`] is the whole table: for an action, the parts that people play in it, the most direct first. A person is
//! told once for one event, as the first part that they play. Whether they may be told at all is judged by
//! [`may_be_told`]; that nobody is told of what they did themselves, where the table is used.

use crate::{
    authz::{RequestFacts, Viewer},
    lifecycle::{ActionKind, Status},
    spec::Visibility,
};

words! {
    /// What somebody is told of: what preferences and webhooks choose from.
    NoticeKind {
        Filed = "filed", "New requests to review";
        Assigned = "assigned", "Requests that I am to review";
        Asked = "asked", "Questions about my requests";
        Replied = "replied", "Answers and edits of what I review";
        Decided = "decided", "Decisions";
        Progress = "progress", "Provisioning";
        Mentioned = "mentioned", "Mentions of me";
        Commented = "commented", "Comments on what I watch";
        Reminded = "reminded", "Reminders and expiry";
    }
}

words! {
    /// How somebody is told.
    Channel {
        InApp = "in_app", "In the app";
        Mail = "mail", "By e-mail";
    }
}

/// What somebody is to a request when something happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everybody who reviews.
    Reviewers,
    /// The reviewer who has it.
    Reviewer,
    Requester,
    Owner,
    /// Named in the text of the event.
    Mentioned,
    /// See [`crate::view::RequestView::watchers`].
    Watchers,
}

words! {
    /// Whether somebody hears of what is said.
    Watching {
        Yes = "yes", "Watch";
        No = "no", "Stop watching";
    }
}

/// Whom an action concerns that left the request in `after`, the most direct part first.
#[must_use]
pub fn concerns(action: ActionKind, after: Status) -> &'static [(Part, NoticeKind)] {
    use NoticeKind as N;
    use Part::{Mentioned, Owner, Requester, Reviewer, Reviewers, Watchers};
    match action {
        ActionKind::Submit | ActionKind::Reopen => &[(Reviewers, N::Filed)],
        ActionKind::Claim | ActionKind::Assign => &[(Reviewer, N::Assigned)],
        ActionKind::Ask => &[(Requester, N::Asked), (Owner, N::Asked), (Mentioned, N::Mentioned)],
        ActionKind::Reply | ActionKind::Edit => &[(Reviewer, N::Replied), (Mentioned, N::Mentioned)],
        ActionKind::Approve | ActionKind::Vote if after != Status::Approved => &[],
        ActionKind::AutoApprove
        | ActionKind::Approve
        | ActionKind::Vote
        | ActionKind::Deny
        | ActionKind::Withdraw
        | ActionKind::GiveUp => {
            &[(Requester, N::Decided), (Owner, N::Decided), (Mentioned, N::Mentioned), (Watchers, N::Decided)]
        }
        ActionKind::Finish => &[(Requester, N::Progress), (Owner, N::Progress)],
        ActionKind::Fail => &[(Reviewer, N::Progress), (Requester, N::Progress), (Owner, N::Progress)],
        ActionKind::Remind => &[(Requester, N::Reminded), (Owner, N::Reminded)],
        ActionKind::TimeOut => &[(Requester, N::Reminded), (Owner, N::Reminded), (Watchers, N::Reminded)],
        ActionKind::Comment => &[(Mentioned, N::Mentioned), (Watchers, N::Commented)],
        ActionKind::EditComment => &[(Mentioned, N::Mentioned)],
        ActionKind::Save
        | ActionKind::Unclaim
        | ActionKind::Amend
        | ActionKind::Start
        | ActionKind::Retry
        | ActionKind::Clone
        | ActionKind::WithdrawComment => &[],
    }
}

impl NoticeKind {
    /// Whether it is about words of the thread, which not everybody may read who knows of the request.
    #[must_use]
    pub fn is_about_words(self) -> bool {
        matches!(self, Self::Asked | Self::Replied | Self::Mentioned | Self::Commented)
    }

    /// What holds for a person who chose nothing.
    #[must_use]
    pub fn is_on(self, channel: Channel) -> bool {
        match channel {
            Channel::InApp => true,
            // What everybody gets many of does not fill mail boxes unasked.
            Channel::Mail => !matches!(self, Self::Filed | Self::Progress | Self::Commented),
        }
    }
}

/// Whether this viewer may be told of such a thing now: asked when a notice is written, sent and shown.
#[must_use]
pub fn may_be_told(viewer: &Viewer, facts: &RequestFacts, kind: NoticeKind) -> bool {
    match viewer.sees(facts) {
        None => false,
        Some(Visibility::Summary) => !kind.is_about_words(),
        Some(Visibility::Full) => true,
    }
}

/// The handles that a text mentions as `@handle`, each once, in the order of the text; whether there are such people is
/// not known here. What stands in code is no mention, and neither is a mail address.
#[must_use]
pub fn mentions(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut in_fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        if in_fence {
            continue;
        }
        // Every second part between backticks is code.
        for part in line.split('`').step_by(2) {
            for (handle, _) in mentioned_at(part) {
                if !found.iter().any(|known| known == handle) {
                    found.push(handle.to_owned());
                }
            }
        }
    }
    found
}

/// Where a text without code mentions somebody: the handle without `@`, and the byte where the `@` stands.
pub fn mentioned_at(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.match_indices('@').filter_map(|(at, _)| {
        let is_free = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric() && before != '.');
        let rest = &text[at + 1..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))).unwrap_or(rest.len());
        let handle = rest[..end].trim_end_matches(['.', '-', '_']);
        (is_free && !handle.is_empty()).then_some((handle, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_words_of_their_own_outside_of_code() {
        for (text, handles) in [
            ("@maya.chen please look", &["maya.chen"][..]),
            ("ask (@li.wei), @li.wei. And @ana-b!", &["li.wei", "ana-b"]),
            ("mail maya@example.com or x.@y", &[]),
            ("`@maya.chen` is code, @jo is not", &["jo"]),
            ("```\n@maya.chen\n```\n@jo", &["jo"]),
            ("@ @. @-", &[]),
            ("größer @jö", &["j"]),
        ] {
            assert_eq!(mentions(text), handles, "{text}");
        }
    }

    #[test]
    fn a_vote_that_does_not_carry_tells_nobody() {
        assert!(concerns(ActionKind::Approve, Status::InReview).is_empty());
        assert!(!concerns(ActionKind::Approve, Status::Approved).is_empty());
    }
}
