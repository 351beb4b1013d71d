//! `/notifications`: what the viewer was told, newest first. Without JavaScript every button is a plain post to this
//! address; the list itself is in the URL (`show`, `before`).

use domain::{
    Timestamp,
    ids::NoticeId,
    lifecycle::ActionKind,
    notice::NoticeKind,
    view::{NoticePage, NoticeView},
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;

use crate::{
    api,
    components::{
        Alert, EmptyState, ErrorPanel, Icon, IconName, Loading, MeResource, PageHeader, TimeAgo, here, refresh_on_live,
    },
    links::{self, use_query_of},
    posted::use_posted,
};

const PATH: &str = "/notifications";

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    all: bool,
    before: Option<NoticeId>,
}

impl Asked {
    fn from_pairs(pairs: &[(String, String)]) -> Self {
        let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        Self { all: value("show") == Some("all"), before: value("before").and_then(|text| text.parse().ok()) }
    }

    fn href(all: bool, before: Option<NoticeId>) -> String {
        let show = all.then(|| ("show", "all".to_owned()));
        let before = before.map(|id| ("before", id.to_string()));
        links::href(PATH, &show.into_iter().chain(before).collect::<Vec<_>>())
    }
}

#[component]
pub fn NotificationsPage() -> impl IntoView {
    let asked = use_query_of(Asked::from_pairs);
    let page = Resource::new_blocking(move || asked.get(), |asked| api::notices(asked.all, asked.before));
    refresh_on_live(move || page.refetch());
    let refused = use_posted().map(|posted| view! { <Alert kind="error" text=posted.error.to_string() /> });
    let tab = move |all: bool, label: &'static str| {
        let chosen = move || asked.with(|asked| asked.all == all).then_some("true");
        view! { <a href=Asked::href(all, None) aria-current=chosen>{label}</a> }
    };
    view! {
        <Title text="Notifications" />
        <PageHeader title="Notifications" subtitle="What happened to requests that concern you.">
            <a class="btn btn-sm" href="/settings/notifications">"Preferences"</a>
        </PageHeader>
        {refused}
        <nav class="queue-tabs mb-4" aria-label="Which notifications">{tab(false, "Unread")} {tab(true, "All")}</nav>
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <List page all=asked.with_untracked(|asked| asked.all) /> }.into_any(),
                    Err(error) => view! { <ErrorPanel error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn List(page: NoticePage, all: bool) -> impl IntoView {
    let NoticePage { rows, next, unread, newest, now, .. } = page;
    let older = next.map(|before| view! { <a class="btn btn-sm" href=Asked::href(all, Some(before))>"Older"</a> });
    if rows.is_empty() {
        let text = if all { "Nothing was told to you yet." } else { "You have read everything." };
        return view! {
            <section class="panel">
                <EmptyState title="Nothing here" text>{older}</EmptyState>
            </section>
        }
        .into_any();
    }
    let read_all = (unread > 0).then(|| {
        view! {
            <form method="post" action=here() class="p-3">
                <input type="hidden" name="read_up_to" value=newest.to_string() />
                <button type="submit" class="btn btn-sm">
                    <Icon name=IconName::Check />
                    "Mark all read"
                </button>
            </form>
        }
    });
    view! {
        <section class="panel" aria-label="Notifications">
            {read_all}
            <ol class="divide-y divide-base-300">{rows.into_iter().map(|row| item(row, now)).collect_view()}</ol>
            {older.map(|older| view! { <div class="border-t border-base-300 p-3">{older}</div> })}
        </section>
    }
    .into_any()
}

fn item(notice: NoticeView, now: Timestamp) -> impl IntoView {
    let says = says(&notice);
    let NoticeView { id, request, full_name, at, read, excerpt, comment, .. } = notice;
    let me = use_context::<MeResource>();
    let href =
        comment.map_or_else(|| format!("/requests/{request}"), |comment| format!("/requests/{request}#{comment}"));
    let on_click = move |_| {
        if !read {
            spawn_local(async move {
                let was_read = api::notice_read(id).await.is_ok();
                if was_read && let Some(me) = me {
                    me.refetch();
                }
            });
        }
    };
    let mark = (!read).then(|| {
        view! {
            <form method="post" action=here()>
                <input type="hidden" name="read" value=id.to_string() />
                <button type="submit" class="btn btn-ghost btn-sm" aria-label=format!("Mark read: {says}")>
                    "Mark read"
                </button>
            </form>
        }
    });
    view! {
        <li class="flex items-start gap-3 p-4" data-read=read.to_string()>
            <span class="mt-2 size-2 shrink-0 rounded-full" class:bg-primary=!read aria-hidden="true"></span>
            <div class="min-w-0 flex-1">
                <p class="wrap-anywhere">
                    {(!read).then(|| view! { <span class="sr-only">"Unread: "</span> })}
                    <a class="textlink" href=href on:click=on_click>{says.clone()}</a>
                    " "
                    <span class="mono text-xs text-muted">{full_name}</span>
                </p>
                {excerpt.map(|text| view! { <p class="mt-0.5 text-muted wrap-anywhere">{text}</p> })}
                <p class="mt-0.5 text-xs text-muted"><TimeAgo at now /></p>
            </div>
            {mark}
        </li>
    }
}

/// What a notice says in one line.
fn says(notice: &NoticeView) -> String {
    let who = notice.by.as_ref().map_or("KVStore", |person| person.name.as_str());
    let request = notice.request;
    match (notice.kind, notice.action) {
        (NoticeKind::Mentioned, _) => format!("{who} mentioned you in {request}"),
        (NoticeKind::Assigned, ActionKind::Assign) => format!("{who} assigned {request} to you"),
        (NoticeKind::Filed, ActionKind::Submit) => format!("{who} filed {request}"),
        (_, ActionKind::Comment) => format!("{who} commented on {request}"),
        (_, ActionKind::Ask) => format!("{who} asked a question about {request}"),
        (_, ActionKind::Reply) => format!("{who} replied in {request}"),
        (_, ActionKind::Vote) => format!("{who} approved {request}"),
        (_, ActionKind::Remind) => format!("{request} still waits for your answer"),
        (_, ActionKind::TimeOut) => format!("{request} expired, because nobody answered"),
        (_, ActionKind::Finish) => format!("{request} is provisioned"),
        (_, ActionKind::Fail) => format!("Provisioning of {request} failed"),
        (_, action) => format!("{who} {} ({request})", action.past()),
    }
}
