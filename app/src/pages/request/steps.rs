//! Where the request is on its way.

use domain::{
    Timestamp,
    lifecycle::Status,
    view::{Entry, RequestView},
};
use leptos::prelude::*;

use super::acting::Acting;
use crate::components::{Icon, TimeAgo, status_look};

/// How a step stands to where the request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Done,
    Current,
    Ahead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    status: Status,
    phase: Phase,
    /// When it came there last, where the viewer may know.
    at: Option<Timestamp>,
}

/// The way that a request takes when nothing comes between.
const WAY: [Status; 6] =
    [Status::Draft, Status::New, Status::InReview, Status::Approved, Status::InProgress, Status::Completed];

/// The steps that were taken, the present one, and those that lie ahead.
#[component]
pub fn Steps(acting: Acting) -> impl IntoView {
    let steps = acting.part(|view| (steps_of(view), view.now));
    let items = move || {
        let (steps, now) = steps.get();
        steps
            .into_iter()
            .map(|step| {
                let (icon, tone) = status_look(step.status);
                let (tone, said) = match step.phase {
                    Phase::Done => ("gray", "done: "),
                    Phase::Current => (tone, "now: "),
                    Phase::Ahead => ("gray", "ahead: "),
                };
                let look = match step.phase {
                    Phase::Current => "tone",
                    Phase::Done => "tone-bare text-base-content",
                    Phase::Ahead => "tone-bare font-normal",
                };
                view! {
                    <li
                        class="flex items-center gap-2 not-last:after:h-px not-last:after:w-6 not-last:after:bg-base-300 not-last:after:content-['']"
                        aria-current=(step.phase == Phase::Current).then_some("step")
                    >
                        <span class=look data-tone=tone>
                            <Icon name=icon class="size-3.5" />
                            <span class="sr-only">{said}</span>
                            {step.status.label()}
                        </span>
                        {step
                            .at
                            .filter(|_| step.phase != Phase::Ahead)
                            .map(|at| {
                                view! {
                                    <span class="text-xs text-muted">
                                        <TimeAgo at now />
                                    </span>
                                }
                            })}
                    </li>
                }
            })
            .collect_view()
    };
    view! { <ol class="flex flex-wrap items-center gap-x-2 gap-y-2" aria-label="Progress">{items}</ol> }
}

fn steps_of(view: &RequestView) -> Vec<Step> {
    steps(view.status, view.thread.as_deref())
}

/// The branch that a request took, from what happened to it. Without a thread, the usual way is assumed.
fn steps(current: Status, thread: Option<&[Entry]>) -> Vec<Step> {
    let at = |status: Status| {
        thread.and_then(|entries| entries.iter().filter(|entry| entry.status == status).map(|entry| entry.at).max())
    };
    let was_there = |status: Status| thread.is_none() || at(status).is_some();
    let step = |status: Status, phase: Phase| Step { status, phase, at: at(status) };

    if let Some(position) = WAY.iter().position(|status| *status == current) {
        let mut steps: Vec<Step> = WAY[..position]
            .iter()
            .filter(|status| **status == Status::Draft || was_there(**status))
            .map(|status| step(*status, Phase::Done))
            .collect();
        steps.push(step(current, Phase::Current));
        steps.extend(WAY[position + 1..].iter().map(|status| step(*status, Phase::Ahead)));
        return steps;
    }
    // Off the way: a question that leads back to it, or an end.
    let (reached, ahead): (&[Status], &[Status]) = match current {
        Status::NeedsInfo => (&WAY[..3], &WAY[3..]),
        Status::Failed => (&WAY[..5], &WAY[5..]),
        _ => (&WAY[..4], &[]),
    };
    let sure =
        |status: Status| status == Status::Draft || (thread.is_none() && status == Status::New) || at(status).is_some();
    let mut steps: Vec<Step> =
        reached.iter().filter(|status| sure(**status)).map(|status| step(*status, Phase::Done)).collect();
    steps.push(step(current, Phase::Current));
    steps.extend(ahead.iter().map(|status| step(*status, Phase::Ahead)));
    steps
}

#[cfg(test)]
mod tests {
    use domain::{form::sample_now, lifecycle::ActionKind};

    use super::*;

    fn thread(statuses: &[Status]) -> Vec<Entry> {
        let entry = |status: &Status| Entry {
            by: None,
            at: sample_now(),
            action: ActionKind::Save,
            comment: None,
            html: None,
            status: *status,
            versions: Vec::new(),
            withdrawn_at: None,
            source: None,
        };
        statuses.iter().map(entry).collect()
    }

    fn shown(current: Status, history: &[Status]) -> Vec<(Status, Phase)> {
        steps(current, Some(&thread(history))).into_iter().map(|step| (step.status, step.phase)).collect()
    }

    #[test]
    fn the_usual_way_shows_what_lies_ahead() {
        use Phase::{Ahead, Current, Done};
        assert_eq!(
            shown(Status::InReview, &[Status::Draft, Status::New, Status::InReview]),
            [
                (Status::Draft, Done),
                (Status::New, Done),
                (Status::InReview, Current),
                (Status::Approved, Ahead),
                (Status::InProgress, Ahead),
                (Status::Completed, Ahead),
            ]
        );
    }

    #[test]
    fn a_review_that_never_was_is_left_out() {
        let statuses: Vec<Status> =
            shown(Status::Approved, &[Status::New, Status::Approved]).into_iter().map(|(status, _)| status).collect();
        assert!(!statuses.contains(&Status::InReview));
    }

    #[test]
    fn an_end_has_nothing_ahead() {
        for end in [Status::Denied, Status::Cancelled, Status::Expired] {
            let steps = shown(end, &[Status::New, Status::InReview, end]);
            assert_eq!(steps.last(), Some(&(end, Phase::Current)));
            assert!(steps.iter().all(|(_, phase)| *phase != Phase::Ahead), "{end}");
        }
    }

    #[test]
    fn a_question_comes_between_review_and_approval() {
        let statuses: Vec<Status> = shown(Status::NeedsInfo, &[Status::New, Status::InReview, Status::NeedsInfo])
            .into_iter()
            .map(|(status, _)| status)
            .collect();
        assert_eq!(statuses[2..5], [Status::InReview, Status::NeedsInfo, Status::Approved]);
    }
}
