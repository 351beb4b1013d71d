//! The list of keys: prefix, pages, folders, and changes as they happen.

use std::{collections::HashMap, time::Duration};

use domain::format::{count, size};
use leptos::{prelude::*, task::spawn_local};

use super::{
    follow::{Connection, Stream, Told, follow},
    parts::{Ago, Expires, Failure},
    state::{Console, Step},
};
use crate::{
    components::{EmptyState, Icon, IconName, followed_text},
    console::{
        address::{self, Open, Place},
        client::Call,
        examples,
        key::Key,
        rows::{Line, Mark, above, folded, followed},
        value::Format,
        wire::{Change, Listing, Problem, Row},
    },
};

/// Keys a page, and the most that one call gives.
const PAGE: usize = 100;
const MOST: usize = 1_000;
/// How long changes are gathered before the list is read again.
const GATHER: Duration = Duration::from_millis(300);

/// The list and what is happening to it.
#[derive(Clone, Copy)]
struct List {
    console: Console,
    /// None before the first answer.
    rows: RwSignal<Option<Vec<Row>>>,
    next: RwSignal<Option<String>>,
    failure: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
    marks: RwSignal<HashMap<Key, Mark>>,
    /// Rises with each reading: the answer to an older one comes too late.
    reading: StoredValue<u32>,
    connection: RwSignal<Connection>,
}

impl List {
    /// Reads from the beginning, at least as much as is shown where `keep` says so.
    fn read(self, keep: bool) {
        let shown = self.rows.with_untracked(|rows| rows.as_ref().map_or(0, Vec::len));
        let limit = if keep { shown.clamp(PAGE, MOST) } else { PAGE };
        self.call(None, limit, move |list, page| {
            let rows = if keep {
                let before = list.rows.get_untracked().unwrap_or_default();
                list.marks.with_untracked(|marks| followed(&before, page.keys, marks))
            } else {
                page.keys
            };
            let more = if page.next_cursor.is_some() { " and more" } else { "" };
            list.console.say(format!("{} keys{more}", rows.len()));
            list.rows.set(Some(rows));
            list.next.set(page.next_cursor);
        });
    }

    fn read_more(self) {
        let cursor = self.next.get_untracked();
        self.call(cursor, PAGE, |list, page| {
            list.console.say(format!("{} more keys", page.keys.len()));
            list.rows.update(|rows| rows.get_or_insert_default().extend(page.keys));
            list.next.set(page.next_cursor);
        });
    }

    fn call(self, cursor: Option<String>, limit: usize, then: impl FnOnce(Self, Listing) + 'static) {
        let name = self.console.name();
        let prefix = self.console.place.with_untracked(|place| place.prefix.clone());
        self.reading.update_value(|reading| *reading += 1);
        let mine = self.reading.get_value();
        self.busy.set(true);
        spawn_local(async move {
            let path = address::list(&name, &prefix, limit, cursor.as_deref());
            let page = Call::get(path).send().await.and_then(|answer| answer.json::<Listing>());
            if self.reading.try_get_value() != Some(mine) {
                return;
            }
            self.busy.set(false);
            self.failure.set(page.as_ref().err().cloned());
            if let Ok(page) = page {
                then(self, page);
            }
        });
    }

    /// Writes what the example pipelines read.
    fn write_examples(self) {
        let call = examples::filling(&self.console.name());
        spawn_local(async move {
            let written = call.send().await;
            if let Err(problem) = written {
                self.failure.try_set(Some(problem));
            } else {
                self.console.read_list_again();
            }
        });
    }

    fn hear(self, change: &Change) {
        let Change { key, etag } = change;
        let known = self
            .rows
            .with_untracked(|rows| rows.iter().flatten().find(|row| row.key == *key).map(|row| row.etag.clone()));
        let mark = match (etag, known) {
            (None, _) => Mark::Deleted,
            // Our own write, after which the list was read.
            (Some(etag), Some(known)) if *etag == known => return,
            (Some(_), Some(_)) => Mark::Changed,
            (Some(_), None) => Mark::Added,
        };
        self.marks.update(|marks| _ = marks.insert(key.clone(), mark));
    }
}

#[component]
pub(super) fn KeyList(console: Console) -> impl IntoView {
    let list = List {
        console,
        rows: RwSignal::new(None),
        next: RwSignal::new(None),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
        marks: RwSignal::new(HashMap::new()),
        reading: StoredValue::new(0),
        connection: RwSignal::new(Connection::Off),
    };
    let range = Memo::new(move |_| {
        let prefix = console.place.with(|place| place.prefix.clone());
        (console.dataset.with(|one| one.as_ref().map(|one| one.name.clone())), prefix)
    });
    Effect::new(move |before: Option<(Option<String>, String)>| {
        let now = range.get();
        if before.as_ref().is_some_and(|before| before.0 != now.0) {
            list.rows.set(None);
        }
        list.marks.update(HashMap::clear);
        list.next.set(None);
        list.read(false);
        now
    });
    Effect::new(move |before: Option<u32>| {
        let stale = console.stale.get();
        if before.is_some() {
            list.read(true);
        }
        stale
    });
    let new_href = move || console.place.with(|place| place.opened(Open::New).href());
    let folders = Memo::new(move |_| console.place.with(|place| place.folders));
    let body = move || {
        folders.track();
        let rows = list.rows.get();
        match (list.failure.get(), rows) {
            (Some(problem), _) => {
                view! { <div class="p-3"><Failure problem retry=move || list.read(true) /></div> }.into_any()
            }
            (None, None) => view! {
                <div class="flex flex-col gap-2 p-4" role="status">
                    <span class="sr-only">"Loading…"</span>
                    <div class="skeleton h-9"></div>
                    <div class="skeleton h-9"></div>
                    <div class="skeleton h-9"></div>
                </div>
            }
            .into_any(),
            (None, Some(rows)) if rows.is_empty() => view! { <Nothing list /> }.into_any(),
            (None, Some(rows)) => view! { <Rows list rows /> }.into_any(),
        }
    };
    let told = move || {
        let shown = list.rows.with(|rows| rows.as_ref().map_or(0, Vec::len));
        let more = if list.next.with(Option::is_some) { "+" } else { "" };
        format!("{}{more} {}", count(shown as u64), if shown == 1 { "key" } else { "keys" })
    };
    view! {
        <section class="panel console-list" aria-labelledby="console-keys">
            <div class="panel-head">
                <h2 id="console-keys" class="panel-title" tabindex="-1">"Keys"</h2>
                <span class="text-xs text-muted tabular-nums">{told}</span>
                <Show when=move || console.may_write.get()>
                    <a class="btn btn-sm btn-primary ml-auto" href=new_href data-noscroll>
                        <Icon name=IconName::Plus class="size-3.5" />"New key"
                    </a>
                </Show>
            </div>
            <Tools list />
            {body}
            <Show when=move || list.next.with(Option::is_some) && list.failure.with(Option::is_none)>
                <div class="border-t border-base-300 p-2">
                    <button type="button" class="btn btn-sm w-full" disabled=move || list.busy.get() on:click=move |_| list.read_more()>
                        "Load more"
                    </button>
                </div>
            </Show>
        </section>
    }
}

/// The prefix, folders, and the switch to follow changes.
#[component]
fn Tools(list: List) -> impl IntoView {
    let console = list.console;
    let (typed, on_input) = followed_text(
        move || console.place.with(|place| place.prefix.clone()),
        |prefix| prefix,
        move |prefix| console.go(&Place { prefix, ..console.place.get_untracked() }, Step::Replaced),
    );
    let folders = move || console.place.with(|place| place.folders);
    let fold = move |_| {
        let place = console.place.get_untracked();
        console.go(&Place { folders: !place.folders, ..place }, Step::Replaced);
    };
    let can_follow =
        Memo::new(move |_| console.dataset.with(|one| one.as_ref().is_some_and(|one| one.capabilities.watch)));
    view! {
        <div class="flex flex-col gap-2 border-b border-base-300 p-3">
            <label class="input w-full">
                <Icon name=IconName::Search class="size-4 text-muted" />
                <span class="sr-only">"Keys that begin with"</span>
                <input
                    type="search"
                    class="mono"
                    placeholder="Prefix, such as user:"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    prop:value=typed
                    on:input=on_input
                />
            </label>
            <div class="flex flex-wrap items-center gap-x-4 gap-y-1">
                <label class="console-check" title="Gather keys by their next / or :">
                    <input type="checkbox" class="checkbox checkbox-xs" prop:checked=folders on:change=fold />
                    "Folders"
                </label>
                <Show when=move || can_follow.get()><Follow list /></Show>
                <button
                    type="button"
                    class="btn btn-ghost btn-xs btn-square ml-auto"
                    title="Read the list again"
                    on:click=move |_| {
                        list.marks.update(HashMap::clear);
                        list.read(true);
                    }
                >
                    <Icon name=IconName::Rotate class="size-3.5" />
                    <span class="sr-only">"Read the list again"</span>
                </button>
            </div>
        </div>
    }
}

#[component]
fn Follow(list: List) -> impl IntoView {
    let console = list.console;
    let on = RwSignal::new(false);
    let stream: Stream = StoredValue::new_local(None);
    let waiting = StoredValue::new(false);
    let again_soon = move || {
        if !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        list.read(true);
                    }
                },
                GATHER,
            );
        }
    };
    let hear = move |told: Told| match told {
        Told::Open => drop(list.connection.try_set(Connection::Live)),
        Told::Broken => drop(list.connection.try_set(Connection::Reconnecting)),
        Told::Reset => again_soon(),
        Told::Change(change) => {
            list.hear(&change);
            console.heard.set(Some((change.key, change.etag)));
            again_soon();
        }
    };
    let watched = Memo::new(move |_| {
        let prefix = console.place.with(|place| place.prefix.clone());
        let name = console.dataset.with(|one| one.as_ref().map(|one| one.name.clone()).unwrap_or_default());
        on.get().then(|| address::dataset(&name, &format!("/watch?prefix={}", address::escaped(&prefix))))
    });
    Effect::new(move |_| match watched.get() {
        None => {
            stream.set_value(None);
            list.connection.set(Connection::Off);
        }
        Some(address) => {
            list.connection.set(Connection::Opening);
            stream.set_value(follow(&address, hear));
        }
    });
    on_cleanup(move || drop(stream.try_set_value(None)));
    let label = move || list.connection.get().label();
    let tone = move || match list.connection.get() {
        Connection::Live => "green",
        Connection::Reconnecting => "amber",
        Connection::Off | Connection::Opening => "gray",
    };
    view! {
        <label class="console-check">
            <input
                type="checkbox"
                role="switch"
                class="toggle toggle-xs"
                prop:checked=on
                on:change=move |event| on.set(event_target_checked(&event))
            />
            "Follow changes"
        </label>
        <Show when=move || list.connection.get() != Connection::Off>
            <span class="tone-bare" data-tone=tone><span class="queue-dot" aria-hidden="true"></span>{label}</span>
        </Show>
    }
}

#[component]
fn Nothing(list: List) -> impl IntoView {
    let console = list.console;
    let prefix = console.place.with_untracked(|place| place.prefix.clone());
    if prefix.is_empty() {
        view! {
            <EmptyState title="No keys yet" text="Entries appear here as soon as something is written.">
                <Show when=move || console.may_write.get()>
                    <button type="button" class="btn btn-sm" on:click=move |_| list.write_examples()>"Write example entries"</button>
                </Show>
            </EmptyState>
        }
        .into_any()
    } else {
        let all = Place { prefix: String::new(), ..console.place.get_untracked() }.href();
        view! {
            <EmptyState title="No key begins so" text="Upper and lower case differ, and spaces count.">
                <a class="btn btn-sm" href=all data-noscroll>"Show all keys"</a>
            </EmptyState>
        }
        .into_any()
    }
}

#[component]
fn Rows(list: List, rows: Vec<Row>) -> impl IntoView {
    let console = list.console;
    let (prefix, folders) = console.place.with_untracked(|place| (place.prefix.clone(), place.folders));
    let lines = if folders { folded(&rows, &prefix) } else { rows.into_iter().map(Line::Entry).collect() };
    let partial = list.next.with_untracked(Option::is_some);
    let last = lines.len().saturating_sub(1);
    let lines = lines.into_iter().enumerate().map(|(place, line)| match line {
        Line::Entry(row) => view! { <Entry list row /> }.into_any(),
        Line::Folder { prefix, keys } => {
            let more = if partial && place == last { "+" } else { "" };
            let href = Place { prefix: prefix.clone(), ..console.place.get_untracked() }.href();
            view! {
                <li>
                    <a class="console-row console-folder" href=href data-noscroll>
                        <Icon name=IconName::Archive class="size-4 text-muted" />
                        <span class="mono min-w-0 flex-1 truncate">{prefix}</span>
                        <span class="text-xs text-muted tabular-nums">{format!("{keys}{more}")}<span class="sr-only">" keys"</span></span>
                        <Icon name=IconName::ChevronRight class="size-3.5 text-muted" />
                    </a>
                </li>
            }
            .into_any()
        }
    });
    let up = (folders && !prefix.is_empty()).then(|| {
        let href = Place { prefix: above(&prefix).to_owned(), ..console.place.get_untracked() }.href();
        view! {
            <li>
                <a class="console-row console-folder" href=href data-noscroll>
                    <Icon name=IconName::ChevronUp class="size-4 text-muted" />
                    <span class="text-muted">"One folder up"</span>
                </a>
            </li>
        }
    });
    view! { <ul class="console-rows" aria-labelledby="console-keys" aria-busy=move || list.busy.get().to_string()>{up}{lines.collect_view()}</ul> }
}

#[component]
fn Entry(list: List, row: Row) -> impl IntoView {
    let console = list.console;
    let Row { key, content_type, size: bytes, updated_at, expires_at, .. } = row;
    let place = console.place.get_untracked();
    let href = place.opened(Open::Entry(key.clone())).href();
    let current = {
        let open = Open::Entry(key.clone());
        move || console.place.with(|place| place.open == open).then_some("true")
    };
    let mark = {
        let key = key.clone();
        Memo::new(move |_| list.marks.with(|marks| marks.get(&key).copied()))
    };
    let said = move || {
        mark.get().map(|mark| {
            let (word, tone, icon) = match mark {
                Mark::Changed => ("changed", "blue", IconName::Bolt),
                Mark::Added => ("new", "green", IconName::Plus),
                Mark::Deleted => ("deleted", "red", IconName::Trash),
            };
            view! { <span class="tone" data-tone=tone><Icon name=icon class="size-3" />{word}</span> }
        })
    };
    view! {
        <li>
            <a
                class="console-row"
                class:queue-lit=move || mark.get().is_some()
                class:console-gone=move || mark.get() == Some(Mark::Deleted)
                href=href
                aria-current=current
                data-noscroll
            >
                <span class="flex min-w-0 items-center gap-2">
                    <span class="mono min-w-0 flex-1 truncate font-medium" title=key.shown()>{key.shown()}</span>
                    {said}
                </span>
                <span class="mt-0.5 flex flex-wrap gap-x-3 text-xs text-muted">
                    <span title=content_type.clone()>{Format::of_type(&content_type).label()}</span>
                    <span class="tabular-nums">{size(bytes)}</span>
                    <Ago console at=updated_at />
                    {expires_at.map(|at| view! { <Expires console at /> })}
                </span>
            </a>
        </li>
    }
}
