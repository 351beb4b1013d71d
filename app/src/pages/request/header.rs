//! Who and what the request is about, and what it still needs.

use domain::{
    choices::Choice,
    format::span,
    lifecycle::{ActionKind, Status, VoteKind},
    view::{Person, RequestView, VoteView},
    working,
};
use leptos::prelude::*;

use super::acting::Acting;
use crate::components::{
    ClassBadge, Icon, IconName, PageHeader, PersonChip, PriorityBadge, RulesExplained, StatusBadge, TimeAgo,
};

/// The name, the badges, the people, and what leads elsewhere.
#[component]
pub fn Header(acting: Acting) -> impl IntoView {
    let title = acting.part(|view| view.full_name.clone());
    let id = acting.id;
    let actions = acting.part(|view| view.allowed_actions.clone());
    let dataset = acting.part(|view| view.dataset);
    let links = move || {
        let has = |action| actions.with(|actions| actions.contains(&action));
        let draft = has(ActionKind::Save) || has(ActionKind::Submit);
        view! {
            {draft
                .then(|| {
                    view! {
                        <a class="btn btn-primary btn-sm" href=format!("/requests/{id}/edit")>
                            <Icon name=IconName::Edit />
                            "Continue editing"
                        </a>
                    }
                })}
            {has(ActionKind::Edit)
                .then(|| {
                    view! {
                        <a class="btn btn-sm" href=format!("/requests/{id}/edit")>
                            <Icon name=IconName::Edit />
                            "Edit"
                        </a>
                    }
                })}
            {has(ActionKind::Clone)
                .then(|| {
                    view! {
                        <a class="btn btn-sm" href=format!("/requests/new?clone={id}")>
                            <Icon name=IconName::Copy />
                            "Clone"
                        </a>
                    }
                })}
            {dataset
                .get()
                .map(|dataset| {
                    view! {
                        <a class="btn btn-primary btn-sm" href=format!("/datasets/{dataset}")>
                            <Icon name=IconName::Database />
                            {format!("Open {dataset}")}
                        </a>
                    }
                })}
        }
    };
    let badges = move || {
        acting.view.with(|view| {
            view! {
                <span class="mono text-muted">{view.id.to_string()}</span>
                <StatusBadge status=view.status />
                <PriorityBadge priority=view.priority />
                <ClassBadge class=view.class />
                <span class="text-xs text-muted">{format!("revision {}", view.revision)}</span>
            }
        })
    };
    view! {
        {move || view! { <PageHeader title=title.get()>{links}</PageHeader> }}
        <div class="-mt-4 mb-4 flex flex-wrap items-center gap-x-3 gap-y-2">{badges}</div>
        <People acting />
    }
}

#[component]
fn People(acting: Acting) -> impl IntoView {
    let person = |label: &'static str, person: Option<&Person>| {
        let (handle, name) = person.map(|person| (person.handle.clone(), person.name.clone())).unwrap_or_default();
        view! {
            <div class="min-w-0">
                <dt class="text-xs text-muted">{label}</dt>
                <dd class="mt-1">
                    <PersonChip handle name />
                </dd>
            </div>
        }
    };
    let time = |label: &'static str, at: Option<domain::Timestamp>, now| {
        at.map(|at| {
            view! {
                <div>
                    <dt class="text-xs text-muted">{label}</dt>
                    <dd class="mt-1">
                        <TimeAgo at now />
                    </dd>
                </div>
            }
        })
    };
    move || {
        acting.view.with(|view| {
            let team = view.team.as_ref().map_or_else(|| "–".to_owned(), |team| team.name.clone());
            view! {
                <dl class="mb-6 flex flex-wrap gap-x-8 gap-y-3">
                    {person("Requester", Some(&view.requester))}
                    {person("Owner", view.owner.as_ref())}
                    <div>
                        <dt class="text-xs text-muted">"Team"</dt>
                        <dd class="mt-1">{team}</dd>
                    </div>
                    {person("Reviewer", view.reviewer.as_ref())}
                    {time("Submitted", view.submitted_at, view.now)}
                    {time("Updated", Some(view.updated_at), view.now)}
                </dl>
            }
        })
    }
}

/// What is asked of reviewers, what was given, and how long it has waited.
#[component]
pub fn Needs(acting: Acting) -> impl IntoView {
    let body = move || {
        acting.view.with(|view| {
            let votes: Vec<_> = view.votes.iter().map(|vote| vote_line(vote, view.now)).collect();
            let because: Vec<_> = rules_of(view).into_iter().map(|says| view! { <li>{says}</li> }).collect();
            view! {
                <p>{summary(view)}</p>
                {(!because.is_empty()).then(|| view! { <ul class="list-disc ps-5 text-xs text-muted">{because}</ul> })}
                {view.explanation.clone().map(|explanation| view! { <RulesExplained explanation /> })}
                {(!votes.is_empty()).then(|| view! { <ul class="flex flex-col gap-1.5">{votes}</ul> })}
                {view
                    .placement
                    .as_ref()
                    .map(|placement| {
                        view! {
                            <p>
                                "Placement: "
                                <span class="mono font-medium">{placement.cluster.to_string()}</span>
                                {format!(", {} partitions", placement.partitions)}
                            </p>
                        }
                    })}
                {view
                    .override_reason
                    .clone()
                    .map(|reason| view! { <p class="text-muted">{format!("Placed although it does not fit: {reason}")}</p> })}
                {waiting(view).map(|(text, late)| {
                    view! {
                        <p class="flex items-start gap-2 text-xs" class:text-muted=!late class:text-error=late>
                            <Icon name=IconName::Clock class="mt-px size-3.5" />
                            {text}
                        </p>
                    }
                })}
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="needs-title">
            <div class="panel-head">
                <h2 id="needs-title" class="panel-title">
                    "Decision"
                </h2>
            </div>
            <div class="flex flex-col gap-3 p-4">{body}</div>
        </section>
    }
}

fn vote_line(vote: &VoteView, now: domain::Timestamp) -> impl IntoView + use<> {
    let kind = match vote.kind {
        VoteKind::Review => "approved",
        VoteKind::Privacy => "gave the privacy approval",
    };
    view! {
        <li class="flex flex-wrap items-center gap-x-2 gap-y-0.5">
            <Icon name=IconName::Check class="size-3.5" />
            <PersonChip handle=vote.by.handle.clone() name=vote.by.name.clone() />
            <span>{kind}</span>
            <span class="text-xs text-muted">
                {format!("on revision {}, ", vote.revision)}
                <TimeAgo at=vote.at now />
            </span>
        </li>
    }
}

/// Which rules of which version it follows from, with the facts that made them apply.
fn rules_of(view: &RequestView) -> Vec<String> {
    let rules = view.requirements.auto_approve.iter().chain(&view.requirements.because);
    let because = |id: &str| {
        let judged = view.explanation.as_ref()?.rules.iter().find(|judged| judged.rule.id == id)?;
        let facts: Vec<&str> =
            judged.checks.iter().filter(|check| check.holds).map(|check| check.says.as_str()).collect();
        (!facts.is_empty()).then(|| format!(" Here: {}.", facts.join(", ")))
    };
    rules
        .map(|rule| {
            let facts = because(&rule.id).unwrap_or_default();
            format!("Rule {}, version {}: {}{facts}", rule.id, rule.version, rule.says)
        })
        .collect()
}

/// What happens next, or what was decided.
fn summary(view: &RequestView) -> String {
    let reason = |lead: &str| match &view.reason {
        Some(reason) => format!("{lead}: {reason}"),
        None => format!("{lead}."),
    };
    match view.status {
        Status::Draft => "A draft: nobody decides on it before it is submitted.".to_owned(),
        Status::New | Status::InReview => match (&view.missing_votes, view.votes.is_empty()) {
            (Some(missing), false) => format!("{} Still missing: {missing}.", view.requirements.sentence()),
            _ => view.requirements.sentence(),
        },
        Status::NeedsInfo => {
            "Waits for an answer of the requester; the clock of the platform team is stopped.".to_owned()
        }
        Status::Approved => match &view.requirements.auto_approve {
            Some(rule) => format!("Approved automatically under {}.", rule.named()),
            None => "Approved. Provisioning comes next.".to_owned(),
        },
        Status::InProgress => "Approved. The dataset is being provisioned.".to_owned(),
        Status::Completed => "Approved and provisioned. The dataset works.".to_owned(),
        Status::Failed => reason("Provisioning failed"),
        Status::Denied => reason("Denied"),
        Status::Cancelled => reason("Withdrawn"),
        Status::Expired => match view.reopen_until {
            Some(until) if until >= view.now => format!(
                "Expired: nobody answered the question in time. It can be reopened until {}.",
                domain::format::minute(until)
            ),
            _ => {
                "Expired: nobody answered the question in time, too long ago to reopen it. Clone it instead.".to_owned()
            }
        },
    }
}

/// How long it has waited for the platform team, how long that usually takes, and whether it is longer than promised.
fn waiting(view: &RequestView) -> Option<(String, bool)> {
    let open = matches!(view.status, Status::New | Status::InReview | Status::NeedsInfo);
    let waited = u64::try_from(view.waited_seconds).ok().filter(|_| open)?;
    let promise = format!("{} requests are decided within {} working hours", view.priority.label(), view.sla_hours);
    let usually = view.usual.map(|usual| format!(", and usually within {}", usual.hours)).unwrap_or_default();
    let minutes = waited / 60 * 60;
    let text = if minutes == 0 { "Has just arrived".to_owned() } else { format!("Has waited {}", span(minutes)) };
    let late = view.due_at.is_some_and(|due| due < view.now);
    let due = match view.due_at {
        Some(due) if late => format!(" It is {} late.", working::text(working::between_us(due, view.now))),
        Some(due) => format!(" {} are left.", working::text(working::between_us(view.now, due))),
        None => String::new(),
    };
    Some((format!("{text}; {promise}{usually}.{due}"), late))
}
