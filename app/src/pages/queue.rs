//! The queue: whose requests, filtered, sorted, page by page, and live.
//!
//! The whole view lives in the URL ([`QueueQuery`]), so that everything here is a link or a GET form and works without
//! JavaScript. What is shown is one [`QueueState`], filled by each page that is loaded and changed row by row by what
//! [`follow`] hears. The pure parts are [`board`] (how a change comes into the table), [`inbox`] (which rows to ask for)
//! and [`steps`] (where each link leads).

use domain::query::QueueQuery;
use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use self::{
    bulk_bar::{BulkBar, Progress},
    filters::{Chips, Filters, ScopeTabs},
    follow::Follower,
    keys::Keys,
    state::{Loaded, QueueState},
    table::Table,
    views::{Exports, Views},
};
use crate::{
    api,
    components::{Alert, ErrorPanel, Icon, IconName, Loading, MeResource, PageHeader},
    links,
    live::{Connection, use_live},
    posted::{Posted, use_posted},
};

pub mod board;
mod bulk_bar;
pub mod filters;
pub mod follow;
pub mod inbox;
mod keys;
mod row;
pub mod state;
pub mod steps;
pub mod table;
pub mod triage;
mod views;

/// The page at `/queue`.
#[component]
pub fn QueuePage() -> impl IntoView {
    let query = links::use_query_of(read_query);
    let page = Resource::new_blocking(
        move || query.get(),
        |query| async move { Loaded { page: api::queue_page(query.clone()).await, query } },
    );
    let state = QueueState::default();
    let posted = use_posted();
    state.triage.restore(posted.as_ref());
    let desk = Resource::new_blocking(|| (), |()| api::triage_desk());
    let follower = follow::follow(state, page);
    view! {
        <Title text="Queue" />
        <PageHeader title="Queue" subtitle="Every request for a dataset, and what it waits for.">
            <LiveDot />
            <Keys state />
            <a class="btn btn-sm" href="/queue/analytics">"Decisions"</a>
            <NewRequest />
        </PageHeader>
        <div class="flex flex-col gap-4">
            <ScopeTabs query />
            <Filters query />
            {posted.clone().map(|posted| view! { <Alert kind="error" text=posted.error.to_string() /> })}
            <Transition>
                {move || {
                    let posted = posted.clone();
                    Suspend::new(async move {
                        // Without it the queue itself still works.
                        desk.await.ok().map(|desk| view! { <Tools state query desk posted /> })
                    })
                }}
            </Transition>
            <Transition fallback=Loading>
                {Suspend::new(async move {
                    state.load(page.await);
                    view! { <Shown state query follower /> }
                })}
            </Transition>
        </div>
    }
}

/// Named views, files, and for reviewers what is done to many requests.
#[component]
fn Tools(
    state: QueueState,
    query: Memo<QueueQuery>,
    desk: domain::triage::Desk,
    posted: Option<Posted>,
) -> impl IntoView {
    let reviews = desk.reviewer.is_some();
    view! {
        <div class="queue-tools">
            <Views query desk=desk.clone() posted=posted.clone() />
            <Exports query />
        </div>
        <Progress state />
        {reviews.then(|| view! { <BulkBar state query desk posted /> })}
    }
}

/// What was loaded: chips with counts and the table, or what went wrong.
#[component]
fn Shown(state: QueueState, query: Memo<QueueQuery>, follower: Follower) -> impl IntoView {
    let behind = Memo::new(move |_| state.query.with(|shown| query.with(|asked| shown != asked)));
    view! {
        <Chips query counts=state.counts />
        {move || state.message.get().map(|message| view! { <Alert kind="error" text=message /> })}
        {move || match state.error.get() {
            Some(error) => Either::Left(view! { <ErrorPanel error /> }),
            None => Either::Right(view! {
                <section aria-label="Requests" aria-busy=move || behind.get().to_string()>
                    <Table state asked=query follower />
                </section>
            }),
        }}
    }
}

/// Says quietly that the page follows what happens, or that it lost touch.
#[component]
fn LiveDot() -> impl IntoView {
    let connection = use_live().connection;
    move || match connection.get() {
        Connection::Off => None,
        Connection::Live => Some(view! {
            <span class="queue-live" data-tone="green" title="Changes show here as they happen.">
                <span class="queue-dot" aria-hidden="true"></span>
                "Live"
            </span>
        }),
        Connection::Reconnecting => Some(view! {
            <span class="queue-live" data-tone="amber" title="The connection is gone; what was missed will be shown when it is back.">
                <span class="queue-dot" aria-hidden="true"></span>
                "Reconnecting"
            </span>
        }),
    }
}

/// The way to a new request, for who may file one.
#[component]
fn NewRequest() -> impl IntoView {
    let me = expect_context::<MeResource>();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let may_file = me.await.ok().flatten().is_some_and(|me| me.may_file);
                may_file.then(|| view! {
                    <a class="btn btn-primary btn-sm" href="/requests/new">
                        <Icon name=IconName::Plus />
                        "New request"
                    </a>
                })
            })}
        </Transition>
    }
}

fn read_query(pairs: &[(String, String)]) -> QueueQuery {
    QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
