//! What happened and what was said, oldest first, and a form to say more.

use domain::{Timestamp, lifecycle::ActionKind, view::Entry};
use leptos::prelude::*;

use super::{
    acting::Acting,
    form::{ActionFrame, NoteInput},
};
use crate::components::{Icon, IconName, PersonChip, TimeAgo};

#[component]
pub fn Thread(acting: Acting) -> impl IntoView {
    let thread = acting.part(|view| (view.thread.clone(), view.now));
    let may_comment = acting.allows(ActionKind::Comment);
    let entries = move || {
        let (entries, now) = thread.get();
        match entries {
            None => view! { <p class="p-4 text-muted">"The thread is for the team that owns the request and for reviewers."</p> }.into_any(),
            Some(entries) if entries.is_empty() => view! { <p class="p-4 text-muted">"Nothing has happened yet."</p> }.into_any(),
            Some(entries) => {
                let items: Vec<_> = entries.into_iter().map(|entry| item(entry, now)).collect();
                view! { <ol class="divide-y divide-base-300">{items}</ol> }.into_any()
            }
        }
    };
    let comment = move || {
        may_comment.get().then(|| {
            view! {
                <div class="border-t border-base-300 p-4">
                    <ActionFrame acting action=ActionKind::Comment button="btn btn-sm">
                        <NoteInput
                            acting
                            action=ActionKind::Comment
                            name="comment"
                            label="Add a comment"
                            help="Markdown works. Everybody who sees this thread can read it."
                        />
                    </ActionFrame>
                </div>
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="thread-title">
            <div class="panel-head">
                <h2 id="thread-title" class="panel-title">
                    "Thread"
                </h2>
            </div>
            {entries}
            {comment}
        </section>
    }
}

fn item(entry: Entry, now: Timestamp) -> impl IntoView {
    let Entry { by, at, action, comment, html, .. } = entry;
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
        </li>
    }
}
