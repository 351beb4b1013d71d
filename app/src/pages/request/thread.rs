//! What happened and what was said, oldest first, a form to say more, and who hears of it.

use domain::{
    Timestamp,
    ids::CommentId,
    lifecycle::ActionKind,
    notice::Watching,
    view::{CommentVersion, Entry},
};
use leptos::{ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::HtmlFormElement};

use super::{acting::Acting, composer::Composer, form::ActionFrame};
use crate::{
    api,
    components::{Icon, IconName, PersonChip, TimeAgo, form::area_text},
};

#[component]
pub fn Thread(acting: Acting) -> impl IntoView {
    let thread = acting.part(|view| view.thread.clone());
    let may_comment = acting.allows(ActionKind::Comment);
    let is_hidden = move || thread.with(Option::is_none);
    let is_empty = move || thread.with(|thread| thread.as_ref().is_some_and(Vec::is_empty));
    let why_empty = move || {
        let why = if is_hidden() {
            "The thread is for the team that owns the request and for reviewers."
        } else if is_empty() {
            "Nothing has happened yet."
        } else {
            return None;
        };
        Some(view! { <p class="p-4 text-muted">{why}</p> })
    };
    let comment = move || {
        may_comment.get().then(|| {
            view! {
                <div class="border-t border-base-300 p-4">
                    <ActionFrame acting action=ActionKind::Comment button="btn btn-sm">
                        <Composer acting />
                    </ActionFrame>
                </div>
            }
        })
    };
    view! {
        <section class="panel" id="thread" aria-labelledby="thread-title">
            <div class="panel-head">
                <h2 id="thread-title" class="panel-title">
                    "Thread"
                </h2>
                <WatchSwitch acting />
            </div>
            {why_empty}
            <ol class="divide-y divide-base-300" hidden=move || is_hidden() || is_empty()>
                // An entry that stays as it is keeps what is being typed into its form.
                <For each=move || thread.get().unwrap_or_default() key=key children=move |entry| item(acting, entry) />
            </ol>
            {comment}
        </section>
        <Watchers acting />
    }
}

/// What tells entries apart, and one from what it becomes.
fn key(entry: &Entry) -> (Timestamp, ActionKind, Option<CommentId>, usize, Option<Timestamp>) {
    (entry.at, entry.action, entry.comment, entry.versions.len(), entry.withdrawn_at)
}

fn item(acting: Acting, entry: Entry) -> impl IntoView {
    let Entry { by, at, action, comment, html, versions, withdrawn_at, source, .. } = entry;
    let now = acting.view.with_untracked(|view| view.now);
    let who = match by {
        Some(person) => view! { <PersonChip handle=person.handle name=person.name /> }.into_any(),
        None => view! {
            <span class="inline-flex items-center gap-1.5">
                <Icon name=IconName::Server class="size-4" />
                "KVStore"
            </span>
        }
        .into_any(),
    };
    let withdrawn = withdrawn_at.map(|at| {
        let says = if html.is_some() {
            "Withdrawn by its author; kept for auditors and admins."
        } else {
            "Withdrawn by its author."
        };
        view! { <p class="text-sm text-muted">{says} " " <TimeAgo at now /></p> }
    });
    view! {
        <li class="flex flex-col gap-2 p-4" id=comment.map(|id| id.to_string()) data-action=action.word()>
            <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span class="font-medium">{who}</span>
                <span>{action.past()}</span>
                <span class="text-xs text-muted">
                    <TimeAgo at now />
                </span>
                {action.clock_effect().map(|says| view! { <span class="text-xs text-muted">{says}</span> })}
            </p>
            {html.filter(|html| !html.is_empty()).map(|html| view! { <div class="rich" inner_html=html></div> })}
            {withdrawn}
            {(!versions.is_empty()).then(|| earlier(versions, now))}
            {comment.zip(source).map(|(comment, source)| view! { <OwnComment acting comment source /> })}
        </li>
    }
}

/// What a comment said before.
fn earlier(versions: Vec<CommentVersion>, now: Timestamp) -> impl IntoView {
    let items = versions.into_iter().map(|version| {
        view! {
            <li class="flex flex-col gap-1 border-l-2 border-base-300 pl-3">
                <span class="text-xs text-muted">"said " <TimeAgo at=version.at now /></span>
                <div class="rich" inner_html=version.html></div>
            </li>
        }
    });
    view! {
        <details class="text-sm">
            <summary class="cursor-pointer text-xs text-muted">"edited"</summary>
            <ol class="mt-2 flex flex-col gap-2">{items.collect_view()}</ol>
        </details>
    }
}

/// How the author of a comment changes it or takes it back.
#[component]
fn OwnComment(acting: Acting, comment: CommentId, source: String) -> impl IntoView {
    let address = format!("/requests/{}", acting.id);
    let sends = move |action: ActionKind| {
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            if let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) {
                acting.send(action, form);
            }
        }
    };
    let hidden = move |action: ActionKind| {
        view! {
            <input type="hidden" name="action" value=action.word() />
            <input type="hidden" name="entry" value=comment.to_string() />
        }
    };
    let id = format!("edit-{comment}");
    let is_pending = move || acting.pending.get().is_some();
    view! {
        <details class="text-sm">
            <summary class="cursor-pointer text-xs text-muted">"Edit or withdraw"</summary>
            <div class="mt-2 flex flex-col gap-2">
                <form
                    method="post"
                    action=address.clone()
                    class="flex flex-col gap-2"
                    on:submit=sends(ActionKind::EditComment)
                >
                    {hidden(ActionKind::EditComment)}
                    <label class="text-sm font-medium" for=id.clone()>"Your comment"</label>
                    <textarea class="textarea w-full" id=id name="comment" rows="3">{area_text(source)}</textarea>
                    <button type="submit" class="btn btn-sm self-start" disabled=is_pending>
                        {ActionKind::EditComment.label()}
                    </button>
                </form>
                <form method="post" action=address on:submit=sends(ActionKind::WithdrawComment)>
                    {hidden(ActionKind::WithdrawComment)}
                    <button type="submit" class="btn btn-ghost btn-sm" disabled=is_pending>
                        {ActionKind::WithdrawComment.label()}
                    </button>
                </form>
            </div>
        </details>
    }
}

/// Whether the viewer hears of this request, and the button that changes it.
#[component]
fn WatchSwitch(acting: Acting) -> impl IntoView {
    let is_watching = acting.part(|view| view.is_watching);
    let next = move || if is_watching.get() { Watching::No } else { Watching::Yes };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let watching = next();
        spawn_local(async move {
            if let Ok(view) = api::request_watch(acting.id, watching).await
                && !acting.view.is_disposed()
            {
                acting.view.set(view);
            }
        });
    };
    view! {
        <form method="post" action=format!("/requests/{}", acting.id) on:submit=on_submit>
            <input type="hidden" name="watch" value=move || next().word() />
            <button type="submit" class="btn btn-ghost btn-xs gap-1.5" aria-pressed=move || is_watching.get().to_string()>
                <Icon name=IconName::Bell class="size-3.5" />
                {move || if is_watching.get() { "Watching" } else { "Watch" }}
            </button>
        </form>
    }
}

/// Who hears of comments.
#[component]
fn Watchers(acting: Acting) -> impl IntoView {
    let watchers = acting.part(|view| view.watchers.clone());
    move || {
        let people = watchers.get();
        (!people.is_empty()).then(|| {
            let chips = people
                .into_iter()
                .map(|person| view! { <li><PersonChip handle=person.handle name=person.name /></li> })
                .collect_view();
            view! {
                <section class="panel" aria-labelledby="watchers-title">
                    <div class="panel-head">
                        <h2 id="watchers-title" class="panel-title">"Watchers"</h2>
                    </div>
                    <ul class="flex flex-wrap gap-x-4 gap-y-2 p-4">{chips}</ul>
                </section>
            }
        })
    }
}
