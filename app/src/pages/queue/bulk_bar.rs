//! What is done to the selected requests. A plain form without JavaScript; with it the bar comes with a selection.

use domain::{
    bounds,
    bulk::{BulkAction, BulkState, REQUESTS_MAX, UNDO_SECONDS},
    format,
    query::QueueQuery,
    triage::Desk,
};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast};

use super::{
    keys,
    state::QueueState,
    triage::{FORM_ID, Started, bulk_href, headline, parameters, result},
};
use crate::{
    components::{Alert, Icon, IconName, form::value_of_id},
    posted::Posted,
};

/// The inputs that the keyboard goes to.
pub const REASON_ID: &str = "bulk-reason";
pub const CLUSTER_ID: &str = "bulk-cluster";
const REVIEWER_ID: &str = "bulk-reviewer";

/// The form, for reviewers; and what became of the last bulk actions of this page.
#[component]
pub fn BulkBar(state: QueueState, query: Memo<QueueQuery>, desk: Desk, posted: Option<Posted>) -> impl IntoView {
    let triage = state.triage;
    let typed = move |name: &str| posted.as_ref().and_then(|posted| posted.value(name)).unwrap_or_default().to_owned();
    let (reviewer, cluster, reason) = (typed("reviewer"), typed("cluster"), typed("reason"));
    let count = Memo::new(move |_| triage.picked.with(std::collections::BTreeMap::len));
    let idle = move || (count.get() == 0 && !triage.whole.get()).to_string();
    let start = move |action: BulkAction| {
        let mut form = triage.form(state, action, None);
        form.reviewer = value_of_id(REVIEWER_ID).unwrap_or_default();
        form.cluster = value_of_id(CLUSTER_ID).unwrap_or_default();
        form.reason = value_of_id(REASON_ID).unwrap_or_default();
        triage.start(form);
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let pressed = event.submitter().and_then(|button| button.get_attribute("value"));
        let action = BulkAction::ALL.iter().find(|action| pressed.as_deref() == Some(action.word()));
        if let Some(action) = action {
            start(*action);
        }
    };
    // Enter in the reason denies; without scripts it does nothing, because the first button cannot be pressed.
    let on_enter = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            start(BulkAction::Deny);
            keys::back_to_rows(state);
        }
    };
    let chosen = move || match (triage.whole.get(), count.get()) {
        (true, _) => "All requests of this view".to_owned(),
        (false, 1) => "1 request selected".to_owned(),
        (false, count) => format!("{count} requests selected"),
    };
    let button = |action: BulkAction, class: &'static str| {
        view! { <button type="submit" name="action" value=action.word() class=class>{action.label()}</button> }
    };
    view! {
        <form
            id=FORM_ID
            method="post"
            action=move || query.with(super::steps::href)
            class="queue-bulk panel"
            aria-label="Selected requests"
            data-idle=idle
            on:submit=on_submit
        >
            <button type="submit" disabled=true hidden=true tabindex="-1"></button>
            <input type="hidden" name="intent" value="bulk" />
            <input type="hidden" name="view" value=move || query.with(parameters) />
            <p class="queue-bulk-count">{chosen}</p>
            <label class="inline-flex min-h-6 items-center gap-2 text-xs">
                <input
                    type="checkbox"
                    class="checkbox checkbox-xs"
                    name="all"
                    value="1"
                    prop:checked=move || triage.whole.get()
                    on:change=move |event| triage.whole.set(event_target_checked(&event))
                />
                {format!("All that match this view, up to {}", format::count(REQUESTS_MAX as u64))}
            </label>
            {button(BulkAction::Claim, "btn btn-sm")}
            <span class="join">
                <label class="sr-only" for=REVIEWER_ID>"Reviewer to assign"</label>
                <select id=REVIEWER_ID name="reviewer" class="select select-sm join-item w-36">
                    {desk
                        .reviewers
                        .into_iter()
                        .map(|person| {
                            let selected = person.handle == reviewer;
                            view! { <option value=person.handle selected=selected>{person.name}</option> }
                        })
                        .collect_view()}
                </select>
                {button(BulkAction::Assign, "btn btn-sm join-item")}
            </span>
            <span class="join">
                <label class="sr-only" for=CLUSTER_ID>"Cluster to approve for"</label>
                <select id=CLUSTER_ID name="cluster" class="select select-sm join-item w-44">
                    <option value="">"Least filled that fits"</option>
                    {desk
                        .clusters
                        .into_iter()
                        .map(|name| {
                            let selected = name == cluster;
                            view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
                        })
                        .collect_view()}
                </select>
                {button(BulkAction::Approve, "btn btn-primary btn-sm join-item")}
            </span>
            <span class="join grow">
                <label class="sr-only" for=REASON_ID>"Reason for a denial"</label>
                <input
                    id=REASON_ID
                    type="text"
                    name="reason"
                    class="input input-sm join-item min-w-40 grow"
                    placeholder=format!("Reason to deny, {} characters or more", bounds::DENY_REASON_MIN)
                    autocomplete="off"
                    maxlength=bounds::NOTE_MAX.to_string()
                    value=reason
                    on:keydown=on_enter
                />
                {button(BulkAction::Deny, "btn btn-error btn-sm join-item")}
            </span>
            <p class="text-xs text-muted">{format!("Nothing is changed for {UNDO_SECONDS} seconds, in which you can undo it.")}</p>
            {move || triage.refusal.get().map(|error| view! { <Alert kind="error" text=error.to_string() /> })}
        </form>
    }
}

/// The bulk actions that were asked for on this page, the newest first, each with its undo and then its result.
#[component]
pub fn Progress(state: QueueState) -> impl IntoView {
    let triage = state.triage;
    let shown =
        move || triage.started.with(|started| started.iter().rev().take(3).map(|one| one.bulk.job).collect::<Vec<_>>());
    view! {
        <p class="sr-only" role="status">{move || triage.said.get()}</p>
        <ul class="queue-toasts" aria-label="Actions under way">
            <For
                each=shown
                key=|job| *job
                children=move |job| {
                    let one = Memo::new(move |_| {
                        triage.started.with(|started| started.iter().find(|one| one.bulk.job == job).cloned())
                    });
                    view! { <li class="queue-toast">{move || one.get().map(|one| toast(state, one))}</li> }
                }
            />
        </ul>
    }
}

fn toast(state: QueueState, one: Started) -> impl IntoView {
    let triage = state.triage;
    let Started { bulk, left } = one;
    let job = bulk.job;
    let says = match bulk.state {
        BulkState::Waiting if left > 0 => String::new(),
        BulkState::Waiting | BulkState::Running => "under way".to_owned(),
        BulkState::Undone => "undone; nothing was changed".to_owned(),
        BulkState::Done | BulkState::Failed => result(&bulk),
    };
    let waits = bulk.state == BulkState::Waiting && left > 0;
    view! {
        <span class="min-w-0 grow">
            <span class="font-medium">{headline(&bulk)}</span>
            {(!says.is_empty()).then(|| format!(": {says}"))}
            {waits.then(|| view! { <span class="text-muted" aria-hidden="true">{format!(" in {left} s")}</span> })}
        </span>
        {waits
            .then(|| view! {
                <button type="button" class="btn btn-sm" on:click=move |_| triage.undo(job)>
                    <Icon name=IconName::Undo />
                    "Undo"
                </button>
            })}
        <a class="textlink" href=bulk_href(job)>"Details"</a>
        <button type="button" class="btn btn-ghost btn-xs btn-square" aria-label="Dismiss" on:click=move |_| triage.dismiss(job)>
            <Icon name=IconName::X class="size-3.5" />
        </button>
    }
}

/// The element that an event is about.
#[must_use]
pub fn target_element(event: &web_sys::Event) -> Option<web_sys::Element> {
    event.target().and_then(|target| target.dyn_into().ok())
}
