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
    filters::{Chips, Filters, ScopeTabs},
    follow::Follower,
    state::{Loaded, QueueState},
    table::Table,
};
use crate::{
    api,
    components::{Alert, ErrorPanel, Icon, IconName, Loading, MeResource, PageHeader},
    links,
    live::{Connection, use_live},
};

pub mod board;
pub mod filters;
pub mod follow;
pub mod inbox;
mod row;
pub mod state;
pub mod steps;
pub mod table;

/// The page at `/queue`.
#[component]
pub fn QueuePage() -> impl IntoView {
    let query = links::use_query_of(read_query);
    let page = Resource::new_blocking(
        move || query.get(),
        |query| async move { Loaded { page: api::queue_page(query.clone()).await, query } },
    );
    let state = QueueState::default();
    let follower = follow::follow(state, page);
    view! {
        <Title text="Queue" />
        <PageHeader title="Queue" subtitle="Every request for a dataset, and what it waits for.">
            <LiveDot />
            <NewRequest />
        </PageHeader>
        <div class="flex flex-col gap-4">
            <ScopeTabs query />
            <Filters query />
            <Transition fallback=Loading>
                {Suspend::new(async move {
                    state.load(page.await);
                    view! { <Shown state query follower /> }
                })}
            </Transition>
        </div>
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
