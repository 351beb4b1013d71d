//! Webhooks, for admins: where events go besides people, and what became of the last messages. Every form is posted
//! plainly to `/admin/webhooks`.

use domain::{
    Timestamp,
    ids::HookId,
    notice::NoticeKind,
    view::{HookDelivery, HookView, HooksView},
};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api,
    components::{EmptyState, ErrorPage, Loading, PageHeader, PlainField, Refusal, TimeAgo, ToldOnce, message_of},
    posted::{Posted, use_posted},
};

const PATH: &str = "/admin/webhooks";

#[component]
pub fn WebhooksPage() -> impl IntoView {
    let hooks = Resource::new_blocking(|| (), |()| api::hooks());
    let posted = StoredValue::new(use_posted());
    view! {
        <Title text="Webhooks" />
        <PageHeader title="Webhooks" subtitle="Events of requests, signed, in Slack's format. They carry no word of a thread." />
        <ToldOnce />
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match hooks.await {
                    Ok(hooks) => view! { <Hooks hooks posted=posted.get_value() /> }.into_any(),
                    Err(error) => view! { <ErrorPage error posted=posted.get_value() /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Hooks(hooks: HooksView, posted: Option<Posted>) -> impl IntoView {
    let HooksView { hooks, now } = hooks;
    let is_add = posted.as_ref().is_some_and(|posted| posted.value("do") == Some("add"));
    let (added, other) = if is_add { (posted, None) } else { (None, posted) };
    let panels = if hooks.is_empty() {
        view! {
            <section class="panel">
                <EmptyState title="No webhook yet" text="Events can go to a Slack channel or to a program of yours." />
            </section>
        }
        .into_any()
    } else {
        hooks.into_iter().map(|hook| view! { <HookPanel hook now /> }).collect_view().into_any()
    };
    view! {
        <div class="flex max-w-4xl flex-col gap-6">
            <Refusal posted=other />
            <AddPanel posted=added />
            {panels}
        </div>
    }
}

#[component]
fn AddPanel(#[prop(optional_no_strip)] posted: Option<Posted>) -> impl IntoView {
    let chosen = match &posted {
        Some(posted) => kinds_of(&posted.values),
        None => vec![NoticeKind::Filed, NoticeKind::Decided],
    };
    let missing = message_of(posted.as_ref(), "kind");
    view! {
        <section class="panel" aria-labelledby="add-title">
            <div class="panel-head"><h2 id="add-title" class="panel-title">"Add a webhook"</h2></div>
            <form method="post" action=PATH class="flex flex-col gap-4 p-4">
                <input type="hidden" name="do" value="add" />
                <PlainField label="Address" name="url" kind="url" autocomplete="off" help="https://… of a Slack channel, or of a program of yours." posted />
                <Kinds chosen />
                {missing.map(|message| view! { <p class="text-sm text-error">{message}</p> })}
                <div><button type="submit" class="btn btn-primary btn-sm">"Add"</button></div>
            </form>
        </section>
    }
}

#[component]
fn HookPanel(hook: HookView, now: Timestamp) -> impl IntoView {
    let HookView { id, url, kinds, active, deliveries } = hook;
    let title = format!("{id}-title");
    let labelled_by = title.clone();
    view! {
        <section class="panel" aria-labelledby=labelled_by>
            <div class="panel-head"><h2 id=title class="panel-title mono wrap-anywhere">{url}</h2></div>
            <form method="post" action=PATH class="flex flex-col gap-4 p-4">
                <input type="hidden" name="hook" value=id.0.to_string() />
                <label class="flex items-center gap-2 font-medium">
                    <input type="checkbox" class="checkbox checkbox-sm" name="active" value="on" checked=active />
                    "Send events there"
                </label>
                <Kinds chosen=kinds />
                <div class="flex flex-wrap gap-2">
                    <button type="submit" class="btn btn-sm" name="do" value="change">"Save"</button>
                    <button type="submit" class="btn btn-sm" name="do" value="test">"Send a test"</button>
                    <button type="submit" class="btn btn-ghost btn-sm text-error" name="do" value="remove">"Remove"</button>
                </div>
            </form>
            {(!deliveries.is_empty()).then(|| view! { <Deliveries id deliveries now /> })}
        </section>
    }
}

/// Everything but mentions, which concern one person.
#[component]
fn Kinds(chosen: Vec<NoticeKind>) -> impl IntoView {
    let boxes = NoticeKind::ALL.iter().filter(|kind| **kind != NoticeKind::Mentioned).map(|kind| {
        view! {
            <label class="flex items-center gap-2">
                <input type="checkbox" class="checkbox checkbox-sm" name="kind" value=kind.word() checked=chosen.contains(kind) />
                {event_label(*kind)}
            </label>
        }
    });
    view! {
        <fieldset>
            <legend class="mb-2 text-sm font-medium">"Events"</legend>
            <div class="flex flex-wrap gap-x-5 gap-y-2">{boxes.collect_view()}</div>
        </fieldset>
    }
}

fn kinds_of(values: &[(String, String)]) -> Vec<NoticeKind> {
    values.iter().filter(|(name, _)| name == "kind").filter_map(|(_, word)| NoticeKind::from_word(word)).collect()
}

/// A kind as a channel sees it, which is nobody in particular.
fn event_label(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Filed => "New requests",
        NoticeKind::Assigned => "Claimed and assigned",
        NoticeKind::Asked => "Questions",
        NoticeKind::Replied => "Answers and edits",
        NoticeKind::Decided => "Decisions",
        NoticeKind::Progress => "Provisioning",
        NoticeKind::Mentioned => "Mentions",
        NoticeKind::Commented => "Comments",
        NoticeKind::Reminded => "Reminders and expiry",
    }
}

#[component]
fn Deliveries(id: HookId, deliveries: Vec<HookDelivery>, now: Timestamp) -> impl IntoView {
    let rows = deliveries.into_iter().map(|delivery| {
        let HookDelivery { id, at, attempts, status, error, finished_at } = delivery;
        let state = match (finished_at, &error) {
            (Some(_), None) => "Delivered",
            (Some(_), Some(_)) => "Given up",
            (None, _) if attempts == 0 => "Waiting",
            (None, _) => "To be tried again",
        };
        let answered = if status == 0 { "–".to_owned() } else { status.to_string() };
        view! {
            <tr>
                <td class="mono whitespace-nowrap">{id.to_string()}</td>
                <td class="whitespace-nowrap"><TimeAgo at now /></td>
                <td class="whitespace-nowrap">{state}</td>
                <td class="tabular-nums">{answered}</td>
                <td class="tabular-nums">{attempts}</td>
                <td class="min-w-56 wrap-anywhere">{error.unwrap_or_default()}</td>
            </tr>
        }
    });
    view! {
        <div class="overflow-x-auto border-t border-base-300" role="region" tabindex="0" aria-labelledby=format!("{id}-last")>
            <table class="table">
                <caption id=format!("{id}-last") class="sr-only">"Last messages"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Message"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Attempts"</th>
                        <th scope="col">"Reason"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
