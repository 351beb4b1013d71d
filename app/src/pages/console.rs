//! Browsing the data behind the API: keys, values, many keys at once, and pipelines.
//!
//! The server makes the frame of the page; what is in it comes from `/v1` by the browser, as a program would read it.

use domain::error::Error;
use leptos::prelude::*;
use leptos_meta::Title;

mod editor;
mod entry;
mod follow;
mod graph;
mod keys;
mod lookup;
mod parts;
mod pipeline;
mod state;
mod summary;

use self::{
    entry::EntryPane,
    keys::KeyList,
    lookup::Lookup,
    parts::Failure,
    pipeline::Playground,
    state::Console,
    summary::{DatasetBar, Summary},
};
use crate::{
    components::{ErrorPage, Icon, IconName, Loading, MeResource, PageHeader},
    console::address::{Open, Tab},
    error::AppError,
};

/// For a reader without scripts; as text of its own, because a browser with scripts reads nothing inside.
const NO_SCRIPT: &str = "<div class=\"notice\" data-tone=\"amber\"><div class=\"min-w-0\">\
    <p class=\"font-medium\">The console needs JavaScript: it calls the REST API from the browser.</p>\
    <p class=\"mt-1\">The same from a shell, with a token of <code class=\"mono\">kvstore token</code>:</p>\
    <pre class=\"console-pre mt-2\"><code>curl -sS \"$KVSTORE_URL/v1/datasets/default/keys?prefix=user:\" \\\n  \
    -H \"Authorization: Bearer $KVSTORE_TOKEN\"</code></pre>\
    <p class=\"mt-2\"><a class=\"textlink\" href=\"/docs/\">All that the API can do</a></p></div></div>";

#[component]
pub fn ConsolePage() -> impl IntoView {
    let me = expect_context::<MeResource>();
    view! {
        <Transition fallback=|| view! { <Loading /> }>
            {move || Suspend::new(async move {
                match me.await {
                    Ok(Some(_)) => view! { <Shell /> }.into_any(),
                    Ok(None) => view! { <ErrorPage error=AppError::Refused(Error::SignedOut) /> }.into_any(),
                    Err(error) => view! { <ErrorPage error /> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shell() -> impl IntoView {
    // What the server cannot know begins when the page is alive.
    let alive = RwSignal::new(false);
    Effect::new(move || alive.set(true));
    view! {
        <Title text="Console" />
        <PageHeader
            title="Console"
            subtitle="Read and edit entries, look up many at once, and try pipelines. All of it calls the REST API, as a program can."
        >
            <a class="btn btn-sm" href="/docs/" rel="external"><Icon name=IconName::ExternalLink />"API reference"</a>
        </PageHeader>
        <noscript inner_html=NO_SCRIPT></noscript>
        <Show when=move || alive.get() fallback=|| view! { <div class="console-wait"><Loading /></div> }>
            <Alive />
        </Show>
    }
}

#[component]
fn Alive() -> impl IntoView {
    let console = Console::provide();
    let tab = Memo::new(move |_| console.place.with(|place| place.tab));
    let ready = Memo::new(move |_| console.dataset.with(Option::is_some));
    let failure = move || {
        console.failure.get().map(|problem| view! { <Failure problem retry=move || console.read_datasets() /> })
    };
    view! {
        <p class="sr-only" role="status" aria-live="polite">{move || console.said.get()}</p>
        {failure}
        <Show
            when=move || ready.get()
            fallback=move || console.failure.with(Option::is_none).then(|| view! { <Loading /> })
        >
            <DatasetBar console />
            <Tabs console />
            {move || match tab.get() {
                Tab::Keys => view! { <Browser console /> }.into_any(),
                Tab::Lookup => view! { <Lookup console /> }.into_any(),
                Tab::Pipeline => view! { <Playground console /> }.into_any(),
            }}
        </Show>
    }
}

#[component]
fn Tabs(console: Console) -> impl IntoView {
    let links = Tab::ALL.map(|tab| {
        let href = move || console.place.with(|place| place.on(tab).href());
        let current = move || console.place.with(|place| place.tab == tab).then_some("page");
        view! { <a href=href aria-current=current data-noscroll>{tab.label()}</a> }
    });
    view! { <nav class="queue-tabs mb-4" aria-label="Parts of the console">{links.into_iter().collect_view()}</nav> }
}

/// The list beside what is open; on a narrow screen one of them.
#[component]
fn Browser(console: Console) -> impl IntoView {
    let open = Memo::new(move |_| console.place.with(|place| place.open.clone()));
    let is_open = move || open.with(|open| *open != Open::Nothing);
    view! {
        <div class="console-browser" class:console-opened=is_open>
            <div class="console-side"><KeyList console /></div>
            <div class="min-w-0">
                {move || match open.get() {
                    Open::Nothing => view! { <Summary console /> }.into_any(),
                    Open::Entry(key) => view! { <EntryPane console key=Some(key) /> }.into_any(),
                    Open::New => view! { <EntryPane console key=None /> }.into_any(),
                }}
            </div>
        </div>
    }
}
